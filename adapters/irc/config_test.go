package irc

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func loadFrom(env map[string]string) (Config, error) {
	return load(func(name string) string { return env[name] })
}

func secretFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	c, err := loadFrom(map[string]string{"IRC_SERVER": "irc.example.org"})
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
	c, err := loadFrom(map[string]string{
		"IRC_SERVER": "[::1]", "IRC_TLS": "off", "IRC_NICK": "opsbot", "IRC_USER": "ops", "IRC_REALNAME": "The bot of ops",
		"IRC_CHANNELS": " #ops, #secret  key ,,&local", "IRC_PASSWORD_FILE": secretFile(t, "door\n"),
		"IRC_SASL_USER": "opsbot", "IRC_SASL_PASSWORD_FILE": secretFile(t, "pass word\r\n"),
		"IRC_FLOOD": "10/500ms", "IRC_MAX_LINES": "40", "IRC_RECONNECT": "100ms/10s",
	})
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
	c, err = loadFrom(map[string]string{"IRC_SERVER": "h:1", "IRC_TLS": "sha256=" + strings.Repeat("Ab:", 31) + "cd"})
	if err != nil || len(c.Pin) != 32 || !c.TLS {
		t.Errorf("%+v, error %v", c, err)
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"no server":      {map[string]string{"IRC_SERVER": " "}, "IRC_SERVER is not set"},
		"bad port":       {map[string]string{"IRC_SERVER": "h:ssl"}, "IRC_SERVER"},
		"a URL":          {map[string]string{"IRC_SERVER": "irc://h"}, "IRC_SERVER"},
		"bad TLS":        {map[string]string{"IRC_TLS": "no"}, "none of system, off and sha256=HEX"},
		"bad pin":        {map[string]string{"IRC_TLS": "sha256=abcd"}, "64 hexadecimal digits"},
		"bad nick":       {map[string]string{"IRC_NICK": "the bot"}, "IRC_NICK"},
		"a line in nick": {map[string]string{"IRC_NICK": "oco\r\nQUIT"}, "IRC_NICK has a control character"},
		"bad channel":    {map[string]string{"IRC_CHANNELS": "ops"}, "none of # & + !"},
		"two keys":       {map[string]string{"IRC_CHANNELS": "#ops a b"}, "not one word"},
		"no such file":   {map[string]string{"IRC_SASL_USER": "x", "IRC_SASL_PASSWORD_FILE": "/does/not/exist"}, "IRC_SASL_PASSWORD_FILE"},
		"half a login":   {map[string]string{"IRC_SASL_USER": "x"}, "belong together"},
		"in the clear":   {map[string]string{"IRC_TLS": "off", "IRC_PASSWORD_FILE": secretFile(t, "x")}, "in the clear"},
		"two lines":      {map[string]string{"IRC_PASSWORD_FILE": secretFile(t, "hunter2\nx")}, "one line"},
		"bad flood":      {map[string]string{"IRC_FLOOD": "5"}, "IRC_FLOOD"},
		"bad lines":      {map[string]string{"IRC_MAX_LINES": "1"}, "IRC_MAX_LINES"},
		"bad reconnect":  {map[string]string{"IRC_RECONNECT": "10s/1s"}, "IRC_RECONNECT"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, ok := test.env["IRC_SERVER"]; !ok {
				test.env["IRC_SERVER"] = "irc.example.org"
			}
			_, err := loadFrom(test.env)
			if err == nil || !strings.Contains(err.Error(), strings.ReplaceAll(test.want, "`", "")) {
				t.Errorf("error %v, want it to say %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Error("the error tells the secret")
			}
		})
	}
	_, err := loadFrom(map[string]string{"IRC_TLS": "no", "IRC_FLOOD": "x"})
	for _, want := range []string{"IRC_SERVER", "IRC_TLS", "IRC_FLOOD"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}

func TestAWrongConfigurationIsSaidByRun(t *testing.T) {
	t.Setenv("IRC_SERVER", "")
	if New().Name() != "irc" {
		t.Error("the plugin is not called irc")
	}
	cfg, wrong := loadFrom(nil)
	a := newAdapter(cfg, quiet())
	a.wrong = wrong
	if err := a.Run(t.Context(), &fakeBot{}); err == nil || !strings.Contains(err.Error(), "IRC_SERVER is not set") {
		t.Errorf("Run: %v", err)
	}
}
