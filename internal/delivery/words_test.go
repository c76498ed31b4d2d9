package delivery

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// A text is repeated up to a size, and no character is cut in two.
func TestHowMuchIsRepeated(t *testing.T) {
	full := strings.Repeat("x", maxTold)
	for name, c := range map[string]struct{ text, want string }{
		"none":            {"", ""},
		"short":           {"no such app", "no such app"},
		"as much as may":  {full, full},
		"one too many":    {full + "x", full + "…"},
		"within a letter": {full[1:] + "é", full[1:] + "…"},
	} {
		if got := clip(c.text); got != c.want {
			t.Errorf("%s: %d bytes that end with %q", name, len(got), got[max(0, len(got)-5):])
		}
	}
}

// How often it was tried is said where that is more than once and it ran.
func TestHowOftenItWasTried(t *testing.T) {
	w := words{nil, "oco"}
	for _, o := range []chat.Outcome{chat.Failed, chat.Unknown, chat.Expired, chat.Cancelled, chat.Refused} {
		for attempt, want := range map[int]bool{0: false, 1: false, 2: o != chat.Refused, 5: o != chat.Refused} {
			if got := strings.Contains(w.ended("deploy", "d1", o, cause{text: "x", who: "x"}, attempt), " times."); got != want {
				t.Errorf("%s after %d attempts says how often: %t", o, attempt, got)
			}
		}
	}
}

// Why a delivery waits is told by what keeps it, in the order in which that matters.
func TestWhyItWaits(t *testing.T) {
	patient := func(r *Route) { r.StaleAfter = time.Hour }
	pause := func(r *rig, plugin string) { r.do(Pause{Plugin: plugin, Paused: true, By: "op", Reason: "release"}) }
	for name, c := range map[string]struct {
		play func(r *rig)
		want string
	}{
		"none":             {func(*rig) {}, "far is not running. It runs if far is back within 1 h."},
		"none, and paused": {func(r *rig) { pause(r, "far") }, "far is not running."},
		"paused":           {func(r *rig) { r.come(far, 1); pause(r, "far") }, "far is paused by an operator: release."},
		"all paused":       {func(r *rig) { r.come(far, 1); pause(r, "") }, "far is paused by an operator: release."},
		"another paused":   {func(r *rig) { r.come(far, 0); pause(r, "kid") }, "far is busy."},
		"busy":             {func(r *rig) { r.come(far, 0) }, "far is busy."},
		"behind":           {func(r *rig) { r.come(far, 9); r.ask(route("far", patient), unaddressed) }, " runs first, because one of yours runs here at a time."},
		"paused, and behind": {func(r *rig) {
			r.come(far, 9)
			r.ask(route("far", patient), unaddressed)
			pause(r, "far")
		}, "far is paused by an operator: release."},
	} {
		r := newRig(t)
		r.pass(time.Minute)
		c.play(r)
		r.ask(route("far", patient))
		r.pass(4 * time.Second)
		if got := r.said(); !strings.Contains(got, "deploy waits: ") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Who was told that it is tried again is not told that it waits, until the pause is over
// and it still does.
func TestWhyItWaitsAfterAPause(t *testing.T) {
	for name, c := range map[string]struct {
		pause time.Duration
		want  string
	}{
		"that goes on": {DefaultOptions().WaitTold + 1, ""},
		"that is over": {DefaultOptions().WaitTold, "far is busy."},
	} {
		r := newRig(t)
		r.come(far, 1)
		r.pass(time.Minute)
		r.do(Heartbeat{far, nil})
		id := r.ask(route("far", unordered))
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Retried, Delay: c.pause})
		r.ask(route("far", unordered), unaddressed) // it takes the slot
		if r.said() == "" {
			t.Fatal("nobody is told that it is tried again")
		}
		r.pass(DefaultOptions().WaitTold)
		if got := r.said(); strings.Contains(got, "waits: ") != (c.want != "") || !strings.Contains(got, c.want) {
			t.Errorf("a pause %s: %q, want %q", name, got, c.want)
		}
	}
}

// After a restart of the bot who asked is told of that only while it is what keeps the
// delivery (OCO-DLV-43).
func TestWhyItWaitsAfterARestart(t *testing.T) {
	const told = 3 * time.Second
	restarted := func(plugin Replica, hold time.Duration, pause time.Duration, early time.Duration) string {
		r := newRig(t, func(o *Options) { o.RestartHold, o.WaitTold = hold, told })
		r.pass(time.Minute)
		r.come(plugin, 1)
		id := r.ask(route(plugin.Plugin, unordered))
		if pause > 0 {
			r.verdict(Committed, plugin, Completion{Lease: r.first(id), Kind: Retried, Delay: pause})
			r.restart(early)
		} else { // it waits for a slot
			r.verdict(Committed, plugin, Completion{Lease: r.first(id), Kind: DoneKind})
			r.come(plugin, 0)
			r.ask(route(plugin.Plugin, unordered))
			r.restart(early)
		}
		r.come(plugin, 0)
		r.pass(told - early)
		_, said, _ := strings.Cut(r.said(), "waits: ")
		return said
	}
	for name, c := range map[string]struct{ got, want string }{
		"remote, while the bot goes on":          {restarted(far, 15*time.Second, 0, time.Second), "the bot was started again"},
		"a child, for which nothing is held":     {restarted(kid, 15*time.Second, 0, time.Second), "kid is busy."},
		"a child in a pause":                     {restarted(kid, 2*time.Second, 10*time.Second, time.Second), ""},
		"a child whose pause is over":            {restarted(kid, 15*time.Second, told, time.Second), "kid is busy."},
		"remote, at the moment the bot goes on":  {restarted(far, 2*time.Second, 0, time.Second), "far is busy."},
		"remote, in a pause that goes on longer": {restarted(far, 2*time.Second, 10*time.Second, time.Second), ""},
	} {
		if c.want == "" && c.got != "" || !strings.HasPrefix(c.got, c.want) {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
}

// A request id is not remembered once a day is over, to the millisecond (OCO-DLV-35).
func TestOldRequests(t *testing.T) {
	now := simStart.Add(100 * time.Hour)
	log := rows{}
	for key, age := range map[string]time.Duration{
		"a": requestKept - time.Millisecond, "b": requestKept, "c": requestKept + time.Millisecond, "d": 0, "e": 99 * time.Hour, "f": -time.Hour,
	} {
		value, err := proto.Marshal(&record.Request{MadeMs: ms(now.Add(-age))})
		if err != nil {
			t.Fatal(err)
		}
		log[prefixRequest+key] = value
	}
	in := Stretch{Most: 99, Reads: 99}
	if got, want := found(OldRequests(reading{log}, now, in)), "q/b q/c q/e last q/f more false"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
