package delivery

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

// Of what a replica names each counts for itself: what is not its own any more is
// lost, and what stands behind that in the list is renewed all the same.
func TestAHeartbeatIsAboutEachLease(t *testing.T) {
	r := newRig(t)
	r.come(far, 3)
	r.come(kid, 1)
	first, second, other := r.ask(route("far", unordered)), r.ask(route("far", unordered)), r.ask(route("kid"))
	held := []Lease{r.first("unknown"), r.first(first), r.first(other), r.first(second)}
	for range 4 {
		r.pass(10 * time.Second)
		if lost := r.do(Heartbeat{far, held}).([]string); !slices.Equal(lost, []string{"unknown.1", other + ".1"}) {
			t.Fatalf("lost: %q", lost)
		}
	}
	r.open(first)
	r.open(second)
}

// What never left the bot is offered again, whatever else the list names.
func TestEachUnsentLeaseIsOfferedAgain(t *testing.T) {
	r := newRig(t)
	sink := r.come(far, 2)
	r.come(kid, 1)
	first, second, other := r.ask(route("far", unordered)), r.ask(route("far", unordered)), r.ask(route("kid"))
	r.do(Disconnect{Replica: far, Sink: sink, Unsent: []Lease{r.first("unknown"), r.first(first), r.first(other), r.first(second)}})
	if len(of[Offer](r)) != 0 || r.m.open[other].lease == nil {
		t.Fatalf("%+v", r.frames)
	}
	r.come(far, 2)
	var again []string
	for _, o := range of[Offer](r) {
		again = append(again, o.Lease.ID)
	}
	if slices.Sort(again); !slices.Equal(again, []string{first + ".2", second + ".2"}) {
		t.Errorf("offered again: %q", again)
	}
}

// The end of one process is not that of its siblings, and who is not the bot's own
// does not end with those that are.
func TestOneProcessEnds(t *testing.T) {
	r := newRig(t)
	sibling := Replica{"kid", "k2"}
	r.come(kid, 1)
	r.come(sibling, 1)
	r.come(far, 1)
	lives := func(want ...Replica) {
		t.Helper()
		for _, id := range []Replica{kid, sibling, far} {
			if _, err := r.m.find(id); (err == nil) != slices.Contains(want, id) {
				t.Errorf("%v lives: %t", id, err == nil)
			}
		}
	}
	r.do(Gone{kid})
	lives(sibling, far)
	r.do(Gone{Replica{Plugin: "far"}})
	lives(sibling, far)
	r.do(Gone{Replica{Plugin: "kid"}})
	lives(far)
}

// What a replica held is lost in the order in which it was given, so that a
// schedule can be played again and people read what they asked in that order.
func TestLeasesAreLostInOrder(t *testing.T) {
	r := newRig(t)
	r.come(far, 9)
	for n := range 6 {
		r.ask(route("far", unordered, named(fmt.Sprintf("command%d", n))))
	}
	r.do(Gone{far})
	var said []string
	for line := range strings.Lines(r.said()) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "room:1:ops> "), ":")
		said = append(said, name)
	}
	if !slices.Equal(said, []string{"command0", "command1", "command2", "command3", "command4", "command5"}) {
		t.Errorf("told of: %q", said)
	}
}

// Every handler hears that the bot stops, in the order of their names; the adapter
// does not.
func TestAllHandlersHearThatTheBotStops(t *testing.T) {
	r := newRig(t)
	want := []Sink{}
	for _, id := range []Replica{{"zoo", "r"}, {"ant", "r2"}, {"kid", "r"}, {"far", "r"}, {"ant", "r1"}, {"ant", "r3"}} {
		want = append(want, r.come(id, 1))
	}
	r.come(irc, 1)
	r.do(Drain{Grace: time.Minute})
	var told []Sink
	for _, f := range of[DrainFrame](r) {
		told = append(told, f.Sink)
	}
	if want = []Sink{want[4], want[1], want[5], want[3], want[2], want[0]}; !slices.Equal(told, want) {
		t.Errorf("told: %v, want %v", told, want)
	}
}

// A machine in which nothing happens is looked at when its replicas would be gone,
// and not before.
func TestNothingToDoIsNothingToWakeFor(t *testing.T) {
	r := newRig(t)
	if at, ok := r.m.Next(); ok {
		t.Errorf("an empty machine wakes up at %s", at)
	}
	r.do(Hello{Replica: far, Role: chat.RoleHandler})
	r.do(Heartbeat{far, nil})
	if at, ok := r.m.Next(); !ok || !at.Equal(r.now.Add(30*time.Second)) {
		t.Errorf("it wakes up at %s %t, now it is %s", at, ok, r.now)
	}
}

// The memory to write rows in is used again, and what a large one took is not kept.
func TestTheMemoryForRowsIsBounded(t *testing.T) {
	r := newRig(t)
	admit := func(payload int) {
		s := r.m.Begin(r.now, &store.Batch{})
		r.n++
		d := NewDelivery{ID: fmt.Sprintf("d%d", r.n), Route: route("far"), Place: r.room}
		s.Step(1, Admit{Events: []Event{{ID: fmt.Sprintf("e%d", r.n), Dedup: [16]byte{byte(r.n)}, Payload: make([]byte, payload), Deliveries: []NewDelivery{d}}}}, nil)
		s.End()
	}
	admit(1000)
	kept := cap(r.m.buffer)
	if kept == 0 {
		t.Error("nothing is kept")
	}
	admit(1 << 20)
	if cap(r.m.buffer) != kept {
		t.Errorf("%d bytes are kept, before it were %d", cap(r.m.buffer), kept)
	}
}
