package irc

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/openchatops/oco"
)

// settings are what the operator says, under `settings` of the adapter.
type settings struct {
	Server       string        `help:"HOST or HOST:PORT. Without a port: 6697, without TLS 6667."`
	TLS          string        `default:"system" help:"system: certificates that the system trusts. sha256=HEX: the one with that hash, for a server with a certificate of its own. off: none."`
	Nick         string        `default:"oco" help:"The bot's nick."`
	User         string        `default:"oco" help:"The bot's user name."`
	RealName     string        `default:"OpenChatOps" help:"The bot's real name."`
	Channels     []string      `oco:",optional" help:"Channels to be in, each with its key behind a space if it has one."`
	SASLUser     string        `oco:",optional" help:"The account to log in to. With it the bot logs in or stays away."`
	SASLPassword string        `oco:",secret,optional" help:"The password of the account."`
	Password     string        `oco:",secret,optional" help:"The password of the server."`
	FloodLines   int           `default:"5" help:"Lines that may be said at once, 1 to 10000."`
	FloodPause   time.Duration `default:"2s" help:"How long until one more, 1ms to 1m."`
	MaxLines     int           `default:"15" help:"Lines of one text, 2 to 1000; of a longer one the rest is left out, and a note says so."`
	RetryFirst   time.Duration `default:"2s" help:"How long to wait for a lost connection: below this, then below twice that, and so on."`
	RetryMost    time.Duration `default:"1m" help:"The longest of these waits, at most 1h."`
}

// Config is what the settings mean.
type Config struct {
	// Server is HOST:PORT.
	Server string
	// With TLS the certificate has to be one that the system trusts, or with a Pin
	// the one with that hash and no other.
	TLS bool
	Pin []byte
	// Nick, User and RealName say how the bot is called.
	Nick, User, RealName string
	// Channels are those in which the adapter stays.
	Channels []Channel
	// Password of the server.
	Password string
	// With an SASLUser the adapter logs in or stays away.
	SASLUser, SASLPassword string
	// Burst lines may be said at once, and one more for each Interval.
	Burst    int
	Interval time.Duration
	// RetryFirst and RetryMost bound how long a lost connection is waited for:
	// anything below the first, then below twice that, up to the second.
	RetryFirst, RetryMost time.Duration
	// MaxLines of one text are posted.
	MaxLines int
}

// Channel is a channel that the adapter joins and in which it stays.
type Channel struct{ Name, Key string }

// config reads the settings. Its error names everything that is wrong, and nothing
// that is secret.
func (s settings) config() (Config, error) {
	var r reader
	c := Config{
		Nick: r.word("nick", s.Nick), User: r.word("user", s.User), RealName: r.text("real_name", s.RealName),
		Password: r.secret("password", s.Password),
		SASLUser: r.text("sasl_user", s.SASLUser), SASLPassword: r.secret("sasl_password", s.SASLPassword),
		Burst: s.FloodLines, Interval: s.FloodPause, RetryFirst: s.RetryFirst, RetryMost: s.RetryMost, MaxLines: s.MaxLines,
	}
	c.TLS, c.Pin = r.tls(s.TLS)
	c.Server = r.server(s.Server, c.TLS)
	c.Channels = r.channels(s.Channels)
	r.between("flood_lines", s.FloodLines, 1, 10000)
	r.between("max_lines", s.MaxLines, 2, 1000)
	if s.FloodPause < time.Millisecond || s.FloodPause > time.Minute {
		r.wrong("flood_pause", "it is %s, and must be 1ms to 1m", s.FloodPause)
	}
	if s.RetryFirst < time.Millisecond || s.RetryMost < s.RetryFirst || s.RetryMost > time.Hour {
		r.wrong("retry_first", "it is %s and `retry_most` %s: they are 1ms to 1h, the second not below the first", s.RetryFirst, s.RetryMost)
	}
	if c.SASLUser != "" && c.SASLPassword == "" {
		r.wrong("sasl_user", "it needs `sasl_password`: give both or neither")
	}
	if c.SASLUser == "" && c.SASLPassword != "" {
		r.wrong("sasl_password", "it needs `sasl_user`: give both or neither")
	}
	if host, _, err := net.SplitHostPort(c.Server); err == nil && !c.TLS && !loopback(host) && (c.SASLPassword != "" || c.Password != "") {
		r.wrong("tls", "it is off and a password is given, which would travel in the clear: leave it out")
	}
	return c, errors.Join(r.problems...)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// reader collects what is wrong.
type reader struct{ problems []error }

func (r *reader) wrong(setting, format string, args ...any) {
	r.problems = append(r.problems, oco.AtSetting(setting, fmt.Errorf(format, args...)))
}

// text reads a value that becomes part of a line.
func (r *reader) text(name, value string) string {
	value = strings.TrimSpace(value)
	if strings.IndexFunc(value, unicode.IsControl) >= 0 {
		r.wrong(name, "it has a control character in it")
		return ""
	}
	return value
}

// word reads a value that is one word of a line.
func (r *reader) word(name, value string) string {
	before := len(r.problems)
	value = r.text(name, value)
	if len(r.problems) == before && (value == "" || strings.ContainsAny(value, " ,:!@*?#&$")) {
		r.wrong(name, "%q is not a name that IRC takes", value)
	}
	return value
}

// secret reads a value that becomes part of a line and is in no error.
func (r *reader) secret(name, value string) string {
	value = strings.TrimRight(value, "\r\n")
	if strings.ContainsAny(value, "\r\n\x00") {
		r.wrong(name, "it has to be one line")
		return ""
	}
	return value
}

func (r *reader) between(name string, value, least, most int) {
	if value < least || value > most {
		r.wrong(name, "it is %d, and must be %d to %d", value, least, most)
	}
}

func (r *reader) tls(value string) (on bool, pin []byte) {
	value = r.text("tls", value)
	digits, pinned := strings.CutPrefix(value, "sha256=")
	switch {
	case value == "off":
		return false, nil
	case pinned:
		pin, err := hex.DecodeString(strings.ReplaceAll(digits, ":", ""))
		if err != nil || len(pin) != sha256.Size {
			r.wrong("tls", "%q is not sha256= and 64 hexadecimal digits", value)
		}
		return true, pin
	case value != "system":
		r.wrong("tls", "%q is none of system, off and sha256=HEX", value)
	}
	return true, nil
}

func (r *reader) server(value string, tls bool) string {
	value = r.text("server", value)
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		host, port = strings.Trim(value, "[]"), "6697"
		if !tls {
			port = "6667"
		}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || host == "" || strings.ContainsAny(host, " /@") {
		r.wrong("server", "%q is not HOST or HOST:PORT", value)
	}
	return net.JoinHostPort(host, port)
}

func (r *reader) channels(items []string) []Channel {
	var out []Channel
	for i, item := range items {
		at := fmt.Sprintf("channels[%d]", i)
		name, key, _ := strings.Cut(r.text(at, item), " ")
		key = strings.TrimSpace(key)
		switch {
		case name == "" || !strings.ContainsAny(name[:1], "#&+!"):
			r.wrong(at, "%q is not the name of a channel: it begins with none of # & + !; quotes keep YAML from taking # for a comment", name)
		case strings.ContainsAny(name, ",:"):
			r.wrong(at, "%q is not the name of a channel: write one to an item", name)
		case strings.Contains(key, " ") || strings.HasPrefix(key, ":"):
			r.wrong(at, "the key of %s is not one word", name)
		}
		out = append(out, Channel{name, key})
	}
	return out
}
