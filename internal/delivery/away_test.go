package delivery

import (
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// For which time messages were not seen is told once, whoever was away: the link,
// the adapter or the bot (OCO-DLV-67).
func TestAway(t *testing.T) {
	const minute = "operators> I was away from 08:00:00 to 08:01:00 UTC (1 min): messages in that time were not seen."
	for name, c := range map[string]struct {
		play func(x *theatre)
		want []string
	}{
		"at the first start": {func(*theatre) {}, nil},
		"the link": {func(x *theatre) {
			x.connected(false)
			x.beat(time.Minute, far)
			x.connected(true)
			x.connected(true)
		}, []string{minute}},
		"the link, reported twice": {func(x *theatre) {
			x.connected(false)
			x.beat(30*time.Second, far)
			x.connected(false)
			x.beat(30*time.Second, far)
			x.connected(true)
		}, []string{minute}},
		"the link, for a moment": {func(x *theatre) {
			x.connected(false)
			x.pass(5*time.Second - 1)
			x.connected(true)
		}, nil},
		"the link, for just long enough": {func(x *theatre) {
			x.connected(false)
			x.pass(missedLeast)
			x.connected(true)
		}, []string{"operators> I was away from 08:00:00 to 08:00:05 UTC (5 s): messages in that time were not seen."}},
		"the link, for a moment and late": {func(x *theatre) {
			x.beat(time.Minute, far)
			x.connected(false)
			x.pass(time.Second)
			x.connected(true)
		}, nil},
		"the adapter's stream, not the link": {func(x *theatre) {
			x.do(Disconnect{Replica: irc, Sink: x.m.plugins["irc"].replicas["a1"].sink})
			x.pass(20 * time.Second)
			x.enter()
		}, nil},
		"the link, and then the adapter too": {func(x *theatre) {
			x.connected(false)
			x.pass(20 * time.Second)
			x.lives(irc)
			x.do(Disconnect{Replica: irc, Sink: x.m.plugins["irc"].replicas["a1"].sink})
			x.pass(20 * time.Second)
			x.adapter = Replica{"irc", "a2"}
			x.enter()
		}, []string{"operators> I was away from 08:00:00 to 08:00:40 UTC (40 s): messages in that time were not seen."}},
		"the adapter, whose end is known after a silence": {func(x *theatre) {
			x.pass(10 * time.Second)
			x.do(Gone{irc})
			x.pass(time.Minute)
			x.enter()
		}, []string{"operators> I was away from 08:00:10 to 08:01:10 UTC (1 min): messages in that time were not seen."}},
		"the adapter, whose end is known": {func(x *theatre) {
			x.do(Gone{irc})
			x.pass(time.Minute)
			x.enter()
		}, []string{minute}},
		"the adapter, which falls silent": {func(x *theatre) {
			x.do(Disconnect{Replica: irc, Sink: x.m.plugins["irc"].replicas["a1"].sink})
			x.pass(time.Minute)
			x.enter()
		}, []string{minute}},
		"the adapter, whose successor comes before its end is known": {func(x *theatre) {
			x.do(Disconnect{Replica: irc, Sink: x.m.plugins["irc"].replicas["a1"].sink})
			x.pass(20 * time.Second)
			x.adapter = Replica{"irc", "a2"}
			x.come(x.adapter, 8)
			x.pass(10 * time.Second)
			x.connected(true)
		}, []string{"operators> I was away from 08:00:00 to 08:00:30 UTC (30 s): messages in that time were not seen."}},
		"the bot": {func(x *theatre) {
			x.late(50 * time.Second)
			x.pass(10 * time.Second)
			x.enter()
		}, []string{minute}},
		"the bot, several times": {func(x *theatre) {
			x.late(20 * time.Second)
			x.pass(10 * time.Second)
			x.late(20 * time.Second)
			x.pass(10 * time.Second)
			x.enter()
		}, []string{minute}},
		"the bot, while the link was away": {func(x *theatre) {
			x.connected(false)
			x.pass(30 * time.Second)
			x.late(30 * time.Second)
			x.enter()
		}, []string{minute}},
		"the bot, right after it told": {func(x *theatre) {
			x.connected(false)
			x.pass(time.Minute)
			x.connected(true)
			x.late(time.Second)
			x.enter()
		}, []string{"operators> (perhaps said before) I was away from 08:00:00 to 08:01:00 UTC (1 min): messages in that time were not seen."}},
		"the bot, before it told": {func(x *theatre) {
			x.connected(false)
			x.pass(time.Minute - time.Second)
			before := x.copy()
			x.connected(true)
			x.rows = before
			x.late(time.Second)
			x.enter()
		}, []string{minute}},
		"the bot, by a clock that was set back": {func(x *theatre) {
			x.late(-time.Hour)
			x.enter()
		}, nil},
		"the link, after the bot's clock was set back": {func(x *theatre) {
			x.connected(false)
			x.late(-time.Hour)
			x.pass(time.Minute)
			x.enter()
		}, []string{"operators> I was away from 07:00:00 to 07:01:00 UTC (1 min): messages in that time were not seen."}},
		"over midnight": {func(x *theatre) {
			x.pass(15 * time.Hour)
			x.enter() // it said nothing for long
			x.play()
			x.seen = nil
			x.connected(false)
			x.pass(2 * time.Hour)
			x.enter()
		}, []string{"operators> I was away from 2027-01-15 23:00:00 to 2027-01-16 01:00:00 UTC (2 h): messages in that time were not seen."}},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTheatre(t)
			x.hand(far, 1)
			c.play(x)
			x.play()
			x.wants(c.want...)
		})
	}
}

// A service that replays what was missed has no gap, and status knows of the last
// one until another (OCO-DLV-67).
func TestAwayIsKept(t *testing.T) {
	x := newTheatre(t)
	report := func(on, replays bool) {
		x.do(Activate{Account: "account:1", From: irc, Name: "oco", Service: "irc", Connected: on, Replays: replays})
	}
	account := func() AccountState { return x.do(Inspect{}).(Snapshot).Accounts[0] }
	report(false, true)
	x.pass(time.Minute)
	report(true, true)
	if a := account(); !a.MissedTo.IsZero() || !x.m.Idle() {
		t.Fatalf("%+v", a)
	}
	report(true, false)
	if x.m.Idle() {
		t.Fatal("nobody notes when the bot was last alive")
	}
	report(false, false)
	if !x.m.Idle() {
		t.Fatal("when the bot was last alive matters to nobody, and is noted")
	}
	from := x.now
	x.pass(time.Minute)
	report(true, false)
	var told int
	for _, r := range of[Report](x.rig) {
		if r.Kind == "missed" && r.Took == time.Minute && r.Plugin == "irc" {
			told++
		}
	}
	x.late(time.Second)
	if a := account(); told != 1 || !a.MissedFrom.Equal(from) || !a.MissedTo.Equal(from.Add(time.Minute)) {
		t.Fatalf("reported %d times: %+v", told, a)
	}
}

// Operators read of it also if nobody else does, without their room it is counted
// (OCO-DLV-68).
func TestAwayWithoutAnOperatorsRoom(t *testing.T) {
	x := newTheatre(t, func(o *Options) { o.Operators = chat.Place{} })
	x.connected(false)
	x.pass(time.Minute)
	x.connected(true)
	x.play()
	x.wants()
	if n := x.do(Inspect{}).(Snapshot).Unheard; n != 1 {
		t.Fatal(n)
	}
}

// A successor that is connected when it comes takes over from one that was gone
// already: the time between is told. From one that is still there it takes over
// without a gap (OCO-DLV-67).
func TestAwayUntilASuccessorCame(t *testing.T) {
	for name, c := range map[string]struct {
		gone bool
		took time.Duration
		want []string
	}{
		"gone":              {true, 20 * time.Second, []string{"operators> I was away from 08:00:00 to 08:00:20 UTC (20 s): messages in that time were not seen."}},
		"gone for a moment": {true, missedLeast - 1, nil},
		"there":             {false, 20 * time.Second, nil},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTheatre(t)
			if c.gone {
				x.do(Disconnect{Replica: irc, Sink: x.m.plugins["irc"].replicas["a1"].sink})
			}
			x.pass(c.took)
			x.adapter = Replica{"irc", "a2"}
			x.do(Hello{Replica: x.adapter, Role: chat.RoleAdapter})
			x.connected(true)
			x.do(Connect{Replica: x.adapter, Sink: 99, Credit: 8})
			x.play()
			x.wants(c.want...)
		})
	}
}
