package irc

import (
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

const maxBatches = 100

// batch is what the server keeps together.
type batch struct {
	label   string // whose answer it is
	history bool   // it replays what was said before
	split   bool   // the network parts, or comes together again
}

// take does what a line asks for. An error ends the session.
func (s *session) take(line string) error {
	m, err := parse(repair(line))
	if err != nil {
		s.log.Debug("a line was not understood", "error", err)
		return nil
	}
	for _, step := range []func(message) (bool, error){s.takeLogin, s.takeReceipt} {
		if taken, err := step(m); taken || err != nil {
			return err
		}
	}
	if label, more := s.labelledAnswer(m); label != "" {
		if !more {
			// Whoever waits for the answer finds all of it noted.
			defer s.receipts.settle(label)
		}
		if isMessage(m) || refusal(m) != nil {
			return nil
		}
	}
	switch m.command {
	case "PRIVMSG", "NOTICE":
		s.arrive(m, line)
		return nil
	case "TAGMSG":
		s.reaction(m, line)
		return nil
	case "REDACT":
		s.redacted(m, line)
		return nil
	case "QUIT", "NICK":
		s.seekNick(m)
	}
	s.mu.Lock()
	before := s.people.self
	events := s.goings(m)
	s.people.track(m)
	events = append(events, s.comings(m)...)
	s.features.learn(m)
	if s.people.self != before {
		s.changed()
	}
	s.mu.Unlock()
	s.membership(m)
	for _, e := range events {
		s.happened(e)
	}
	return nil
}

func isMessage(m message) bool {
	return m.command == "PRIVMSG" || m.command == "NOTICE" || m.command == "TAGMSG" || m.command == "REDACT"
}

// takeLogin takes what belongs to the connection itself.
func (s *session) takeLogin(m message) (taken bool, err error) {
	switch m.command {
	case "PING":
		return true, s.wire.write(message{command: "PONG", params: m.params})
	case "ERROR":
		s.farewell = plain(m.last())
		return true, nil
	case "CAP":
		return true, s.capability(m)
	case "AUTHENTICATE":
		return true, s.authenticate(m)
	case "902", "903", "904", "905", "906", "907":
		return true, s.authenticated(m)
	case "001":
		return true, s.welcomed(m)
	case "004":
		if name := m.param(1); name != "" {
			s.mu.Lock()
			s.server = plain(name)
			s.mu.Unlock()
		}
		return true, nil
	case "376", "422":
		return true, s.enter()
	case "431", "432", "433", "436", "437":
		if s.entered || s.known() {
			return m.command != "437", nil // the wanted nick is still not ours
		}
		return true, s.nickRefused(m)
	case "464", "465":
		if !s.entered {
			return true, unwelcome{fmt.Errorf("the server refuses us: %s", plain(m.last()))}
		}
	}
	return false, nil
}

// known says whether the server has given us a nick.
func (s *session) known() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.people.self != ""
}

// enter begins what is done once the server has let us in.
func (s *session) enter() error {
	if s.entered || !s.known() {
		return nil
	}
	s.entered = true
	s.regain = s.now().Add(regainTerm)
	s.log.Info("connected", "server", s.server, "capabilities", s.login.features())
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range joins(s.wants, s.now()) {
		s.chore(m)
	}
	s.changed()
	return nil
}

// seekNick asks for the wanted nick as soon as who had it gives it up.
func (s *session) seekNick(m message) {
	nick, _, _ := splitSource(m.source)
	s.mu.Lock()
	defer s.mu.Unlock()
	if missed := s.nickMissed(); s.entered && missed != "" && s.people.same(nick, missed) && !s.people.isSelf(nick) {
		s.regain = s.now().Add(regainTerm)
		s.chore(message{command: "NICK", params: []string{missed}})
	}
}

// takeReceipt takes batches and what answers our own lines without a label.
func (s *session) takeReceipt(m message) (taken bool, err error) {
	switch m.command {
	case "PONG":
		s.receipts.settle(m.last())
		return true, nil
	case "BATCH":
		s.batch(m)
		return true, nil
	case "403", "405", "407", "437", "470", "471", "473", "474", "475", "476", "477", "479", "489", "520":
		taken = s.joinRefused(m)
	}
	if why := refusal(m); why != nil && !s.isLabelled(m) {
		about := m.param(1)
		if m.command == "FAIL" {
			about = m.param(2)
		}
		s.mu.Lock()
		target := s.people.fold(about)
		s.mu.Unlock()
		return s.receipts.refuse(target, why) || taken, nil
	}
	return taken && !s.isLabelled(m), nil
}

// refusal returns why the server did not pass a message on, nil if that is not
// what it says.
func refusal(m message) error {
	switch m.command {
	case "401", "402", "403":
		return refused{m.command, status.Errorf(codes.NotFound, "%s: %s", plain(m.param(1)), plain(m.last()))}
	case "404", "405", "408", "413", "414", "415", "441", "442", "443", "471", "473", "474", "475", "476", "477", "479", "480", "482", "484", "486", "488", "489", "520", "531":
		return refused{m.command, status.Errorf(codes.FailedPrecondition, "%s: %s", plain(m.param(1)), plain(m.last()))}
	case "FAIL":
		return status.Errorf(codes.FailedPrecondition, "%s %s: %s", plain(m.param(0)), plain(m.param(1)), plain(m.last()))
	case "263", "439":
		return fmt.Errorf("%s: %w", plain(m.last()), oco.RetryAfter(floodPause))
	}
	return nil
}

// refused is why the server did not do something, by its code.
type refused struct {
	code string
	error
}

func (r refused) Unwrap() error { return r.error }

func (s *session) batch(m message) {
	ref, ends := strings.CutPrefix(m.param(0), "-")
	if ends {
		if b, ok := s.batches[ref]; ok {
			delete(s.batches, ref)
			s.receipts.settle(b.label)
		}
		return
	}
	ref = strings.TrimPrefix(ref, "+")
	outer := s.batches[m.tags["batch"]]
	kind := m.param(1)
	if len(s.batches) < maxBatches {
		s.batches[ref] = batch{
			label:   m.tags["label"],
			history: outer.history || kind == "chathistory" || kind == "znc.in/playback",
			split:   outer.split || kind == "netsplit" || kind == "netjoin",
		}
	}
}

// labelOf returns the label of the line that m answers, and whether more answers
// to it may follow.
func (s *session) labelOf(m message) (label string, more bool) {
	if label := m.tags["label"]; label != "" {
		return label, false
	}
	label = s.batches[m.tags["batch"]].label
	return label, label != ""
}

func (s *session) isLabelled(m message) bool {
	label, _ := s.labelOf(m)
	return label != ""
}

// labelledAnswer notes an answer to a line of ours that somebody waits for, and
// returns its label and whether more may follow.
func (s *session) labelledAnswer(m message) (label string, more bool) {
	label, more = s.labelOf(m)
	if label == "" || !s.receipts.knows(label) {
		return "", false
	}
	id := ""
	if m.command == "PRIVMSG" {
		id = m.tags["msgid"]
	}
	s.receipts.note(label, id, refusal(m))
	return label, more
}
