package delivery

import (
	"fmt"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// What all processes of the bot's own hold is counted, and nothing of others.
func TestQuietCountsWhatIsHeld(t *testing.T) {
	r := newRig(t)
	for n, plugin := range []string{"kid", "kid", "far"} {
		r.come(Replica{plugin, string(rune('a' + n))}, n+1)
		for range n + 1 {
			r.ask(route(plugin, unordered))
		}
	}
	for plugin, want := range map[string]int{"kid": 3, "far": 0} {
		if n := r.do(Quiet{Plugin: plugin, On: true}); n != want {
			t.Errorf("%s holds %v, want %d", plugin, n, want)
		}
	}
}

// What a process holds may finish while it is quiet, nothing new begins in it, and
// what waited goes on when it is over.
func TestAQuietPluginGetsNothing(t *testing.T) {
	r := newRig(t)
	r.come(kid, 4)
	r.ask(route("kid", unordered))
	held := of[Offer](r)[0].Lease
	if n := r.do(Quiet{Plugin: "kid", On: true}); n != 1 {
		t.Fatalf("it holds %v", n)
	}
	r.ask(route("kid", unordered))
	if len(of[Offer](r)) != 0 {
		t.Fatal("something began in a quiet process")
	}
	r.verdict(Committed, kid, Completion{Lease: held, Kind: DoneKind})
	if n := r.do(Quiet{Plugin: "kid", On: true}); n != 0 {
		t.Fatalf("it holds %v", n)
	}
	r.do(Gone{Replica{Plugin: "kid"}})
	r.come(kid, 4)
	if len(of[Offer](r)) != 0 {
		t.Fatal("something began in a quiet process")
	}
	r.do(Quiet{Plugin: "kid"})
	if len(of[Offer](r)) != 1 {
		t.Fatalf("what waited does not go on: %+v", r.frames)
	}
}

// A quiet adapter is not asked for anything, and loses nothing.
func TestAQuietAdapterPostsNothing(t *testing.T) {
	r := newRig(t)
	r.come(irc, 4)
	r.do(Quiet{Plugin: "irc", On: true})
	r.tell("one")
	if len(of[Operate](r)) != 0 {
		t.Fatal("a quiet adapter was asked to post")
	}
	r.do(Quiet{Plugin: "irc"})
	if len(of[Operate](r)) != 1 {
		t.Fatalf("what waited is not posted: %+v", r.frames)
	}
}

// A stream that is to open anew ends in order; what its replica holds stays, and
// the next stream has the limits of its time.
func TestReopen(t *testing.T) {
	r := newRig(t)
	sink := r.come(far, 4)
	r.ask(route("far", unordered))
	held := of[Offer](r)[0].Lease
	r.do(Reopen{Plugin: "far"})
	if c := of[CloseSink](r); len(c) != 1 || c[0].Sink != sink || c[0].Err != nil {
		t.Fatalf("%+v", r.frames)
	}
	r.do(Reopen{Plugin: "nobody"})
	r.do(Connect{Replica: far, Sink: 90, Credit: 1})
	r.ask(route("far", unordered))
	if len(of[Offer](r)) != 0 {
		t.Fatal("more than the new limit")
	}
	r.verdict(Committed, far, Completion{Lease: held, Kind: DoneKind})
	if len(of[Offer](r)) != 1 {
		t.Fatalf("%+v", r.frames)
	}
	if lost := r.do(Heartbeat{far, []Lease{held}}).([]string); len(lost) != 1 {
		t.Fatalf("lost: %v", lost)
	}
}

// Only streams are to open anew: a long poll ends by itself, and who has neither has
// nothing to end.
func TestReopenEndsStreamsOnly(t *testing.T) {
	r := newRig(t)
	polls, away, streams := far, far2, Replica{"far", "f3"}
	gone := r.come(away, 1)
	r.do(Disconnect{Replica: away, Sink: gone})
	r.come(polls, 1)
	r.do(Connect{Replica: polls, Sink: 90, Credit: 1, Pull: 1})
	sink := r.come(streams, 1)
	r.do(Reopen{Plugin: "far"})
	if c := of[CloseSink](r); len(c) != 1 || c[0].Sink != sink {
		t.Errorf("%+v", r.frames)
	}
	r.do(Disconnect{Replica: streams, Sink: sink})
	r.ask(route("far"))
	if f := of[Offer](r); len(f) != 1 || f[0].Sink != 90 {
		t.Errorf("the long poll takes nothing any more: %+v", r.frames)
	}
}

// The numbers of a machine that runs can be changed.
func TestTune(t *testing.T) {
	r := newRig(t)
	r.do(Tune{QueueItems: 1, QueueBytes: 1 << 20, Operators: chat.Place{Room: "room:1:new"}, BotName: "robin", ChildPlugins: map[string]bool{"far": true}})
	if r.m.opt.QueueItems != 1 || r.m.opt.Operators.Room != "room:1:new" || r.m.opt.BotName != "robin" || r.m.opt.LeaseTerm != 30*time.Second {
		t.Errorf("%+v", r.m.opt)
	}
	if !r.m.pluginOf("far").child {
		t.Error("a plugin that the bot runs now is not its child")
	}
	// Who is there already stays what it is until it has gone.
	r.come(far, 1)
	r.do(Tune{ChildPlugins: map[string]bool{"far": true}})
	if r.m.pluginOf("far").child {
		t.Error("a process of somebody else has become the bot's own")
	}
	r.do(Gone{far})
	r.do(Tune{ChildPlugins: map[string]bool{"far": true}})
	if !r.m.pluginOf("far").child {
		t.Error("a plugin of which nothing runs is not what the bot was told")
	}
	r.do(Tune{})
	if r.m.opt.QueueItems != DefaultOptions().QueueItems {
		t.Errorf("no number is not the default: %+v", r.m.opt)
	}
}

// A replica of a plugin that the operator registered is known from its first poll
// or heartbeat on, until the operator takes that back (OCO-LIF-29).
func TestADeclaredPluginNeedNotRegister(t *testing.T) {
	r := newRig(t)
	one := route("far", unordered)
	definitions := map[string]struct{}{one.Definition: {}}
	r.do(Declare{Plugin: "far", Definitions: definitions, Writes: []Write{{Key: []byte("p/far"), Value: []byte("x")}}})
	if string(r.rows["p/far"]) != "x" {
		t.Error("its row is not written")
	}
	r.do(Connect{Replica: far, Sink: 7, Credit: 4, Pull: 1})
	r.ask(one)
	offers := of[Offer](r)
	if len(offers) != 1 {
		t.Fatalf("%+v", r.frames)
	}
	if lost := r.do(Heartbeat{far2, nil}).([]string); len(lost) != 0 {
		t.Errorf("lost: %v", lost)
	}
	r.do(Connect{Replica: far2, Sink: 8, Credit: 4})

	// Another manifest holds for who is there already.
	other := one
	other.Definition = "another"
	r.do(Declare{Plugin: "far", Definitions: map[string]struct{}{"another": {}}})
	r.ask(one)
	if len(of[Offer](r)) != 0 {
		t.Error("a route that is not declared any more was offered")
	}
	r.ask(other)
	if len(of[Offer](r)) != 1 {
		t.Error("a route that is declared now was not offered")
	}

	r.do(Declare{Plugin: "far"})
	if c := of[CloseSink](r); len(c) != 1 || c[0].Sink != 8 || c[0].Err.Reason != chat.ReplicaNotFound {
		t.Errorf("its stream: %+v", r.frames)
	}
	r.refused(Connect{Replica: far, Sink: 9, Credit: 4}, chat.ReplicaNotFound)
	r.verdict(Committed, far, Completion{Lease: offers[0].Lease, Kind: DoneKind})

	r.do(Gone{far})
	r.do(Gone{far2})
	r.do(Declare{Plugin: "far", Definitions: definitions})
	for n := range MaxReplicas {
		r.do(Heartbeat{Replica{"far", fmt.Sprint(n)}, nil})
	}
	r.refused(Heartbeat{far, nil}, chat.QuotaExceeded)
}

// A declaration holds for who registered by itself, too, and brings back a plugin
// whose registration was dropped; to take it back does not.
func TestADeclarationReplacesARegistration(t *testing.T) {
	r := newRig(t)
	one := route("far", unordered, func(r *Route) { r.Definition = "declared" })
	sink := r.come(far, 4)
	r.ask(one)
	if len(of[Offer](r)) != 0 {
		t.Fatal("a route that it did not register was offered")
	}
	r.do(Declare{Plugin: "far", Definitions: map[string]struct{}{"declared": {}}})
	if len(of[Offer](r)) != 1 {
		t.Errorf("a route that is declared now was not offered: %+v", r.frames)
	}
	r.do(Forget{Plugin: "far"})
	r.do(Declare{Plugin: "far"})
	if c := of[CloseSink](r); len(c) != 1 || c[0].Sink != sink {
		t.Errorf("its stream: %+v", r.frames)
	}
	r.outcome(r.ask(one), chat.Expired)
	r.do(Declare{Plugin: "far", Definitions: map[string]struct{}{"declared": {}}})
	r.do(Connect{Replica: far, Sink: 77, Credit: 4})
	r.ask(one)
	if len(of[Offer](r)) != 1 {
		t.Errorf("it does not go on: %+v", r.frames)
	}
}
