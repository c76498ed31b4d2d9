package bot

import "testing"

func TestTheURLOfTheHTTPPort(t *testing.T) {
	for _, c := range []struct{ configured, address, want string }{
		{"127.0.0.1:8765", "127.0.0.1:8765", "http://127.0.0.1:8765"},
		{"127.0.0.1:0", "127.0.0.1:41234", "http://127.0.0.1:41234"},
		{":8765", "[::]:8765", "http://127.0.0.1:8765"},
		{"0.0.0.0:8765", "[::]:8765", "http://127.0.0.1:8765"},
		{"[::1]:8765", "[::1]:8765", "http://[::1]:8765"},
		{"bot.example.com:80", "192.0.2.7:80", "http://bot.example.com:80"},
	} {
		if got := webURL(c.configured, c.address); got != c.want {
			t.Errorf("%s that is %s has the URL %s, want %s", c.configured, c.address, got, c.want)
		}
	}
}
