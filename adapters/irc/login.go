package irc

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// capabilities are what the adapter asks for.
var capabilities = []string{
	"account-notify", "account-tag", "batch", "cap-notify", "chghost", "draft/message-redaction", "extended-join", "message-tags",
	"multi-prefix", "server-time",
	// These make sense together only.
	"echo-message", "labeled-response",
}

// knownCapability says whether a capability is one that the adapter may ask for. Of others
// nothing is remembered.
func knownCapability(name string) bool { return name == "sasl" || slices.Contains(capabilities, name) }

// login is where a connection stands before the server has let it in.
type login struct {
	offered map[string]string // capabilities with their values
	asked   int               // requests without an answer
	on      map[string]bool   // capabilities that are on
	ended   bool              // CAP END was sent
	logged  bool              // SASL went well

	tries  int // nicks that were tried
	length int // longest nick that the server seems to take, 0: not known
}

// offer notes what the server offers.
func (l *login) offer(list []string) {
	for _, item := range list {
		if name, value, _ := strings.Cut(item, "="); knownCapability(name) {
			l.offered[name] = strings.Clone(value)
		}
	}
}

// greet begins a connection.
func (s *session) greet() error {
	lines := []message{{command: "CAP", params: []string{"LS", "302"}}}
	if s.cfg.Password != "" {
		lines = append(lines, message{command: "PASS", params: []string{s.cfg.Password}})
	}
	lines = append(lines,
		message{command: "NICK", params: []string{s.cfg.Nick}},
		message{command: "USER", params: []string{s.cfg.User, "0", "*", s.cfg.RealName}})
	for _, m := range lines {
		if err := s.wire.write(m); err != nil {
			return err
		}
	}
	return nil
}

// capability takes a CAP message.
func (s *session) capability(m message) error {
	list := strings.Fields(m.last())
	switch m.param(1) {
	case "LS":
		s.login.offer(list)
		if len(m.params) > 3 { // more to come
			return nil
		}
		return s.request()
	case "NEW":
		s.login.offer(list)
		return s.request()
	case "DEL":
		for _, name := range list {
			delete(s.login.offered, name)
			s.turn(name, false)
		}
	case "ACK":
		for _, item := range list {
			name, off := strings.CutPrefix(item, "-")
			s.turn(name, !off)
		}
		s.login.asked = max(s.login.asked-1, 0)
		return s.negotiated()
	case "NAK":
		s.login.asked = max(s.login.asked-1, 0)
		if len(list) > 1 { // one of them; ask one by one
			for _, name := range list {
				if err := s.ask(name); err != nil {
					return err
				}
			}
		}
		return s.negotiated()
	}
	return nil
}

func (s *session) turn(name string, on bool) {
	if !knownCapability(name) {
		return
	}
	all := s.login.on
	all[name] = on
	s.labelled.Store(all["labeled-response"] && all["echo-message"] && all["batch"])
	s.mu.Lock()
	defer s.mu.Unlock()
	switch name {
	case "account-tag":
		s.people.tagged = on
	case "account-notify":
		s.people.notified = on
	case "message-tags":
		s.features.tagged = on
		s.changed()
		return
	case "draft/message-redaction":
		s.features.redacts = on
		s.changed()
		return
	default:
		return
	}
	if !on { // what was known may be wrong from now on
		s.people.forgetAccounts()
	}
}

// request asks for what is wanted, offered and not on.
func (s *session) request() error {
	has := func(name string) bool { _, ok := s.login.offered[name]; return ok }
	echo := has("labeled-response") && has("echo-message") && has("batch")
	var names []string
	for _, name := range capabilities {
		if !has(name) || s.login.on[name] || !echo && (name == "echo-message" || name == "labeled-response") {
			continue
		}
		names = append(names, name)
	}
	if len(names) > 0 {
		if err := s.ask(strings.Join(names, " ")); err != nil {
			return err
		}
	}
	if s.cfg.SASLUser != "" && !s.login.ended {
		mechanisms, offered := s.login.offered["sasl"]
		if !offered || mechanisms != "" && !slices.Contains(strings.Split(mechanisms, ","), "PLAIN") {
			return errors.New("the server offers no login by SASL PLAIN, and the setting sasl_user asks for one")
		}
		if err := s.ask("sasl"); err != nil {
			return err
		}
	}
	return s.negotiated()
}

func (s *session) ask(names string) error {
	s.login.asked++
	return s.wire.write(message{command: "CAP", params: []string{"REQ", names}})
}

// negotiated goes on when every request has its answer.
func (s *session) negotiated() error {
	switch {
	case s.login.asked > 0 || s.login.ended:
		return nil
	case s.cfg.SASLUser == "" || s.login.logged:
		s.login.ended = true
		return s.wire.write(message{command: "CAP", params: []string{"END"}})
	case !s.login.on["sasl"]:
		return errors.New("the server refused SASL, and the setting sasl_user asks for it")
	}
	return s.wire.write(message{command: "AUTHENTICATE", params: []string{"PLAIN"}})
}

// authenticate answers the server's readiness.
func (s *session) authenticate(m message) error {
	if m.param(0) != "+" || s.cfg.SASLUser == "" || s.login.ended {
		return nil
	}
	const most = 400
	rest := base64.StdEncoding.EncodeToString([]byte("\x00" + s.cfg.SASLUser + "\x00" + s.cfg.SASLPassword))
	for {
		part := rest[:min(most, len(rest))]
		rest = rest[len(part):]
		if err := s.wire.write(message{command: "AUTHENTICATE", params: []string{part}}); err != nil {
			return err
		}
		if rest == "" {
			if len(part) < most {
				return nil
			}
			return s.wire.write(message{command: "AUTHENTICATE", params: []string{"+"}})
		}
	}
}

// authenticated takes the server's word on the login.
func (s *session) authenticated(m message) error {
	switch m.command {
	case "903", "907":
		s.login.logged = true
		return s.negotiated()
	}
	return unwelcome{fmt.Errorf("the server does not accept the login of sasl_user %q: %s", s.cfg.SASLUser, plain(m.last()))}
}

// welcomed notes the nick that the server gave.
func (s *session) welcomed(m message) error {
	if s.cfg.SASLUser != "" && !s.login.logged {
		return errors.New("the server let us in without the login that the setting sasl_user asks for")
	}
	s.login.ended = true
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people.self = m.param(0)
	return nil
}

// nickRefused tries another nick before the server has let us in.
func (s *session) nickRefused(m message) error {
	if m.command == "432" {
		// How long a nick may be the server says only later; all take 9.
		if s.login.length != 0 || len(s.cfg.Nick) <= 9 && s.login.tries == 0 {
			return fmt.Errorf("the server does not take the nick %q: %s", s.cfg.Nick, plain(m.last()))
		}
		s.login.length = 9
	} else {
		s.login.tries++
	}
	if s.login.tries > 10 {
		return fmt.Errorf("the nick %q and ten like it are in use", s.cfg.Nick)
	}
	return s.wire.write(message{command: "NICK", params: []string{alternative(s.cfg.Nick, s.login.tries, s.login.length)}})
}

// alternative returns the nick for a try; 0 is the wanted one. length is how
// long it may be, 0: any.
func alternative(nick string, try, length int) string {
	suffix := strings.Repeat("_", try)
	if try > 2 {
		suffix = fmt.Sprintf("%04d", rand.N(10000))
	}
	if length > 0 {
		nick = nick[:min(len(nick), max(length-len(suffix), 1))]
	}
	return nick + suffix
}

// features names the capabilities that are on, for the log.
func (l *login) features() string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(l.on)) {
		if l.on[name] {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}
