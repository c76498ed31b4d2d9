package delivery

import (
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

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

	for n := range MaxReplicas + 1 {
		r.do(Declare{Plugin: "far", Definitions: definitions})
		id := Replica{"far", "n" + string(rune('a'+n/26)) + string(rune('a'+n%26))}
		if reply := r.asked[r.submit(Heartbeat{id, nil})]; reply.Err != nil {
			if reply.Err.Reason != chat.QuotaExceeded || n < MaxReplicas-2 {
				t.Errorf("replica %d: %v", n, reply.Err)
			}
			return
		}
	}
	t.Error("there is no end of replicas")
}
