package irc

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// defaults are the settings of an operator who wrote nothing but the server.
func defaults() settings {
	return settings{
		Server: "irc.example.org", TLS: "system", Nick: "oco", User: "oco", RealName: "OpenChatOps",
		FloodLines: 5, FloodPause: 2 * time.Second, MaxLines: 15, RetryFirst: 2 * time.Second, RetryMost: time.Minute,
	}
}

func secretFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The defaults stand in the tags, for operators to read; they are those that these
// tests take.
func TestTheTagsHaveTheDefaults(t *testing.T) {
	of, values := reflect.TypeFor[settings](), reflect.ValueOf(defaults())
	for i := range of.NumField() {
		f := of.Field(i)
		tag, want := f.Tag.Get("default"), ""
		switch v := values.Field(i).Interface().(type) {
		case string:
			want = v
		case int:
			want = map[int]string{5: "5", 15: "15"}[v]
		case time.Duration:
			want = map[time.Duration]string{2 * time.Second: "2s", time.Minute: "1m"}[v]
		}
		if f.Name != "Server" && tag != want {
			t.Errorf("%s has the default %q, the test %q", f.Name, tag, want)
		}
		if len(f.Tag.Get("help")) < 10 {
			t.Errorf("%s has no help", f.Name)
		}
	}
}

func TestDefaults(t *testing.T) {
	c, err := defaults().config()
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case c.Server != "irc.example.org:6697" || !c.TLS || c.Pin != nil:
		t.Errorf("connects to %s, TLS %v", c.Server, c.TLS)
	case c.Nick != "oco" || c.User != "oco" || c.RealName != "OpenChatOps" || len(c.Channels) != 0:
		t.Errorf("%+v", c)
	case c.Burst != 5 || c.Interval != 2*time.Second || c.MaxLines != 15 || c.RetryFirst != 2*time.Second || c.RetryMost != time.Minute:
		t.Errorf("%+v", c)
	}
}

func TestEverythingGiven(t *testing.T) {
	c, err := settings{
		Server: "[::1]", TLS: "off", Nick: "opsbot", User: "ops", RealName: " The bot of ops ",
		Channels: []string{" #ops", "#secret  key ", "&local"}, Password: "door\n", SASLUser: "opsbot", SASLPassword: "pass word\r\n",
		FloodLines: 10, FloodPause: 500 * time.Millisecond, MaxLines: 40, RetryFirst: 100 * time.Millisecond, RetryMost: 10 * time.Second,
	}.config()
	if err != nil {
		t.Fatal(err)
	}
	want := []Channel{{"#ops", ""}, {"#secret", "key"}, {"&local", ""}}
	switch {
	case c.Server != "[::1]:6667" || c.TLS:
		t.Errorf("connects to %s, TLS %v", c.Server, c.TLS)
	case !slices.Equal(c.Channels, want):
		t.Errorf("channels %q", c.Channels)
	case c.Password != "door" || c.SASLPassword != "pass word" || c.RealName != "The bot of ops":
		t.Errorf("%+v", c)
	case c.Burst != 10 || c.Interval != 500*time.Millisecond || c.MaxLines != 40 || c.RetryMost != 10*time.Second:
		t.Errorf("%+v", c)
	}
	pinned := defaults()
	pinned.Server, pinned.TLS = "h:1", "sha256="+strings.Repeat("Ab:", 31)+"cd"
	if c, err := pinned.config(); err != nil || len(c.Pin) != 32 || !c.TLS {
		t.Errorf("%+v, error %v", c, err)
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*settings)
		want   string
	}{
		"no server":      {func(s *settings) { s.Server = " " }, "server: "},
		"bad port":       {func(s *settings) { s.Server = "h:ssl" }, "server: "},
		"a URL":          {func(s *settings) { s.Server = "irc://h" }, "server: "},
		"bad TLS":        {func(s *settings) { s.TLS = "no" }, "none of system, off and sha256=HEX"},
		"bad pin":        {func(s *settings) { s.TLS = "sha256=abcd" }, "64 hexadecimal digits"},
		"bad nick":       {func(s *settings) { s.Nick = "the bot" }, "nick: "},
		"no nick":        {func(s *settings) { s.Nick = "" }, "nick: "},
		"a line in nick": {func(s *settings) { s.Nick = "oco\r\nQUIT" }, "nick: it has a control character"},
		"bad channel":    {func(s *settings) { s.Channels = []string{"#a", "ops"} }, "channels[1]: \"ops\" is not"},
		"no channel":     {func(s *settings) { s.Channels = []string{""} }, "none of # & + !"},
		"two in one":     {func(s *settings) { s.Channels = []string{"#ops,#dev"} }, "one to an item"},
		"two keys":       {func(s *settings) { s.Channels = []string{"#ops a b"} }, "not one word"},
		"half a login":   {func(s *settings) { s.SASLUser = "x" }, "sasl_user: it needs `sasl_password`"},
		"other half":     {func(s *settings) { s.SASLPassword = "hunter2" }, "sasl_password: it needs `sasl_user`"},
		"in the clear":   {func(s *settings) { s.TLS, s.Password = "off", "hunter2" }, "in the clear"},
		"two lines":      {func(s *settings) { s.Password = "hunter2\nx" }, "one line"},
		"bad flood":      {func(s *settings) { s.FloodLines = 0 }, "flood_lines: it is 0"},
		"bad pause":      {func(s *settings) { s.FloodPause = time.Hour }, "flood_pause: "},
		"bad lines":      {func(s *settings) { s.MaxLines = 1 }, "max_lines: "},
		"bad reconnect":  {func(s *settings) { s.RetryFirst, s.RetryMost = 10*time.Second, time.Second }, "retry_first: "},
	} {
		t.Run(name, func(t *testing.T) {
			s := defaults()
			test.change(&s)
			_, err := s.config()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want it to say %q", err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("the error tells the secret, or is no line: %v", err)
			}
		})
	}
	s := defaults()
	s.Server, s.TLS, s.FloodLines = "", "no", -1
	_, err := s.config()
	for _, want := range []string{"server: ", "tls: ", "flood_lines: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}
