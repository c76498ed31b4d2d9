package irc

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Config is what the operator says. Each field is a variable of the environment
// of the adapter's process.
type Config struct {
	// Server is IRC_SERVER, HOST or HOST:PORT. The port is 6697 unless given,
	// without TLS 6667.
	Server string
	// TLS is false if IRC_TLS is "off". Otherwise the certificate has to be one
	// that the system trusts, or if IRC_TLS is "sha256=HEX" the one with that
	// hash and no other.
	TLS bool
	Pin []byte
	// Nick is IRC_NICK, User IRC_USER, RealName IRC_REALNAME: "oco" and
	// "OpenChatOps" unless given.
	Nick, User, RealName string
	// Channels is IRC_CHANNELS: names, each with its key behind a space if it has
	// one, with commas between: "#ops, #secret key".
	Channels []Channel
	// Password of the server: the content of the file IRC_PASSWORD_FILE.
	Password string
	// SASLUser is IRC_SASL_USER, SASLPassword the content of the file
	// IRC_SASL_PASSWORD_FILE. With them the adapter logs in or stays away.
	SASLUser, SASLPassword string
	// Burst lines may be said at once, and one more for each Interval: IRC_FLOOD,
	// "5/2s" unless given.
	Burst    int
	Interval time.Duration
	// RetryFirst and RetryMost bound how long a lost connection is waited for:
	// anything below the first, then below twice that, up to the second.
	// IRC_RECONNECT, "2s/1m" unless given.
	RetryFirst, RetryMost time.Duration
	// MaxLines of one text are posted: IRC_MAX_LINES, 15 unless given.
	MaxLines int
}

// Channel is a channel that the adapter joins and in which it stays.
type Channel struct{ Name, Key string }

// load reads the configuration. Its error names everything that is wrong.
func load(getenv func(string) string) (Config, error) {
	r := reader{getenv: getenv}
	c := Config{
		Nick: r.word("IRC_NICK", "oco"), User: r.word("IRC_USER", "oco"), RealName: r.text("IRC_REALNAME", "OpenChatOps"),
		Password: r.secret("IRC_PASSWORD_FILE"),
		SASLUser: r.text("IRC_SASL_USER", ""), SASLPassword: r.secret("IRC_SASL_PASSWORD_FILE"),
		MaxLines: r.number("IRC_MAX_LINES", 15, 2, 1000),
	}
	c.TLS, c.Pin = r.tls()
	c.Server = r.server(c.TLS)
	c.Channels = r.channels()
	c.Burst, c.Interval = r.flood()
	c.RetryFirst, c.RetryMost = r.reconnect()
	if (c.SASLUser == "") != (c.SASLPassword == "") {
		r.wrong("IRC_SASL_USER and IRC_SASL_PASSWORD_FILE belong together: give both or neither")
	}
	if host, _, err := net.SplitHostPort(c.Server); err == nil && !c.TLS && !loopback(host) && (c.SASLPassword != "" || c.Password != "") {
		r.wrong("IRC_TLS is off and a password is given, which would travel in the clear: leave IRC_TLS out")
	}
	return c, errors.Join(r.errs...)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// reader collects what is wrong.
type reader struct {
	getenv func(string) string
	errs   []error
}

func (r *reader) wrong(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("irc: "+format, args...))
}

// text reads a value that becomes part of a line.
func (r *reader) text(name, unless string) string {
	value := strings.TrimSpace(r.getenv(name))
	if value == "" {
		return unless
	}
	if strings.IndexFunc(value, unicode.IsControl) >= 0 {
		r.wrong("%s has a control character in it", name)
		return unless
	}
	return value
}

// word reads a value that is one word of a line.
func (r *reader) word(name, unless string) string {
	value := r.text(name, unless)
	if strings.ContainsAny(value, " ,:!@*?#&$") {
		r.wrong("%s: %q is not a name that IRC takes", name, value)
	}
	return value
}

func (r *reader) number(name string, unless, least, most int) int {
	value := r.text(name, strconv.Itoa(unless))
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		r.wrong("%s: %q is not a number from %d to %d", name, value, least, most)
		return unless
	}
	return n
}

// secret reads a file. What is in it is in no error.
func (r *reader) secret(name string) string {
	path := r.getenv(name)
	if path == "" {
		return ""
	}
	content, err := os.ReadFile(path)
	if err != nil {
		r.wrong("%s: %w", name, err)
		return ""
	}
	value := strings.TrimRight(string(content), "\r\n")
	if value == "" || strings.ContainsAny(value, "\r\n\x00") {
		r.wrong("%s: the file has to hold one line", name)
		return ""
	}
	return value
}

func (r *reader) tls() (on bool, pin []byte) {
	value := r.text("IRC_TLS", "system")
	digits, pinned := strings.CutPrefix(value, "sha256=")
	switch {
	case value == "off":
		return false, nil
	case pinned:
		pin, err := hex.DecodeString(strings.ReplaceAll(digits, ":", ""))
		if err != nil || len(pin) != sha256.Size {
			r.wrong("IRC_TLS: %q is not sha256= and 64 hexadecimal digits", value)
		}
		return true, pin
	case value != "system":
		r.wrong("IRC_TLS: %q is none of system, off and sha256=HEX", value)
	}
	return true, nil
}

func (r *reader) server(tls bool) string {
	value := r.text("IRC_SERVER", "")
	if value == "" {
		r.wrong("IRC_SERVER is not set: give the name of the server, in `env` of the adapter in the bot's configuration")
		return ""
	}
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		host, port = strings.Trim(value, "[]"), "6697"
		if !tls {
			port = "6667"
		}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || host == "" || strings.ContainsAny(host, " /@") {
		r.wrong("IRC_SERVER: %q is not HOST or HOST:PORT", value)
	}
	return net.JoinHostPort(host, port)
}

func (r *reader) channels() []Channel {
	var out []Channel
	for item := range strings.SplitSeq(r.text("IRC_CHANNELS", ""), ",") {
		name, key, _ := strings.Cut(strings.TrimSpace(item), " ")
		key = strings.TrimSpace(key)
		switch {
		case name == "":
			continue
		case !strings.ContainsAny(name[:1], "#&+!"):
			r.wrong("IRC_CHANNELS: %q is not the name of a channel: it begins with none of # & + !", name)
		case strings.Contains(key, " ") || strings.HasPrefix(key, ":"):
			r.wrong("IRC_CHANNELS: the key of %s is not one word", name)
		}
		out = append(out, Channel{name, key})
	}
	return out
}

func (r *reader) flood() (burst int, interval time.Duration) {
	value := r.text("IRC_FLOOD", "5/2s")
	head, tail, _ := strings.Cut(value, "/")
	burst, err := strconv.Atoi(head)
	interval, err2 := time.ParseDuration(tail)
	if err != nil || err2 != nil || burst < 1 || burst > 10000 || interval < time.Millisecond || interval > time.Minute {
		r.wrong("IRC_FLOOD: %q is not BURST/INTERVAL, for example 5/2s", value)
		return 5, 2 * time.Second
	}
	return burst, interval
}

func (r *reader) reconnect() (first, most time.Duration) {
	value := r.text("IRC_RECONNECT", "2s/1m")
	head, tail, _ := strings.Cut(value, "/")
	first, err := time.ParseDuration(head)
	most, err2 := time.ParseDuration(tail)
	if err != nil || err2 != nil || first < time.Millisecond || most < first || most > time.Hour {
		r.wrong("IRC_RECONNECT: %q is not FIRST/MOST, for example 2s/1m", value)
		return 2 * time.Second, time.Minute
	}
	return first, most
}
