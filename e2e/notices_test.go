package e2e

import (
	"strings"
	"testing"
)

// Operators read in their room who paused a handler and why, who asks for it reads
// that it is paused, and both go on when it is resumed (OCO-DLV-40, OCO-DLV-68).
func TestPausedIsSaid(t *testing.T) {
	t.Parallel()
	s, b := withOdd(t, "bad", "operators_room: ops\n")
	in := func(room, begins string) func(post) bool {
		return func(p post) bool { return p.Room == room && strings.HasPrefix(p.Text, begins) }
	}
	b.must("pause", "--data", b.path("data"), "--reason", "release", "worker")
	s.expect(in("ops", "worker was paused by operator "), "that it is paused")
	s.say("m1", "once m1")
	s.expect(in("lobby", "once waits: worker is paused by an operator: release. To cancel it: oco cancel d"), "why nothing happens")
	b.must("resume", "--data", b.path("data"), "worker")
	s.expect(in("lobby", "once m1 ran"), "the result")
	p := s.expect(in("ops", "worker was resumed by operator "), "that it is resumed")
	if !strings.HasSuffix(p.Text, "1 delivery waits.") {
		t.Errorf("operators read %q", p.Text)
	}
}

// Without a room for them, status says that operators were to be told something
// (OCO-DLV-68).
func TestNobodyReadsWhatIsForOperators(t *testing.T) {
	t.Parallel()
	_, b := withOdd(t, "bad", "")
	const warning = "no operators_room is configured: 1 notice was said nowhere"
	warned := func() bool {
		status, err := b.status()
		return err == nil && strings.Contains(strings.Join(status.GetWarnings(), "\n"), warning)
	}
	if warned() {
		t.Error("warned before there was anything to say")
	}
	b.must("pause", "--data", b.path("data"), "worker")
	b.await("status warns", warned)
}
