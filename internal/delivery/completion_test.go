package delivery

import (
	"bytes"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// Progress alone neither shortens nor lengthens the run of a callback, and is
// written nowhere: it changes nothing that a restart must know.
func TestProgressAloneChangesNothing(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	for range 5 {
		r.pass(10 * time.Second)
		before := r.copy()
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Progress})
		if !maps.EqualFunc(before, r.rows, bytes.Equal) {
			t.Fatal("a progress that says nothing was written")
		}
		r.open(id)
	}
	r.pass(9 * time.Second)
	r.open(id)
	r.pass(time.Second)
	r.outcome(id, chat.Unknown)
}

// The record says of each attempt when it ran and how it ended.
func TestTheRecordTellsOfEachAttempt(t *testing.T) {
	for how, last := range map[string]CompletionKind{"done": DoneKind, "fail": Fail} {
		r := newRig(t)
		r.come(far, 1)
		r.pass(time.Minute)
		began := ms(r.now)
		id := r.ask(route("far"))
		r.pass(7 * time.Second)
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Retried, Delay: 20 * time.Second})
		r.pass(20 * time.Second)
		r.pass(4 * time.Second)
		r.verdict(Committed, far, Completion{Lease: Lease{id, id + ".2"}, Kind: last})
		var ended Report
		for _, f := range of[Report](r) {
			if f.Kind == "ended" {
				ended = f
			}
		}
		if ended.Took != 31*time.Second || ended.Attempt != 2 {
			t.Errorf("%s: it is reported to have taken %s in %d attempts", how, ended.Took, ended.Attempt)
		}
		got := ""
		for _, a := range r.ended(id).Attempts {
			got += fmt.Sprintf("%d %s %d-%d %s; ", a.Attempt, a.Replica, a.StartMs-began, a.EndMs-began, a.EndedBy)
		}
		if want := "1 f1 0-7000 retry; 2 f1 27000-31000 " + how + "; "; got != want {
			t.Errorf("%s: %s, want %s", how, got, want)
		}
	}
}

// The outbox is filled to the brim, and so is what one delivery may send.
func TestSendsUpToTheirLimits(t *testing.T) {
	sends := func(n, first int) (all []KeyedSend) {
		for i := range n {
			all = append(all, KeyedSend{Key: fmt.Sprintf("k%d", first+i), Text: "x"})
		}
		return all
	}
	r := newRig(t, func(o *Options) { o.OutboxItems = 3 })
	r.come(far, 1)
	id := r.ask(route("far"))
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Progress, Sends: sends(3, 0)})
	if v := r.say(far, Completion{Lease: r.first(id), Kind: Progress, Sends: sends(1, 3)}); v.Err == nil || v.Err.Reason != chat.QueueFull {
		t.Errorf("one more than the outbox holds: %+v", v)
	}

	r = newRig(t)
	r.come(far, 1)
	id = r.ask(route("far"))
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Progress, Sends: sends(maxKeys-1, 0)})
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Progress, Sends: sends(1, maxKeys-1)})
	if v := r.say(far, Completion{Lease: r.first(id), Kind: Progress, Sends: sends(1, maxKeys)}); v.Err == nil || v.Err.Reason != chat.QuotaExceeded {
		t.Errorf("one more than a delivery may send: %+v", v)
	}
}

// What a command says to somebody else is no answer to who asked (OCO-DLV-13).
func TestAMessageToSomebodyElseIsNoAnswer(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	bob := KeyedSend{Key: "a", Text: "look", Place: chat.Place{User: "bob"}, Elsewhere: true}
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind, Sends: []KeyedSend{bob}})
	r.saidExactly("> look", "room:1:ops> deploy: done.")
}

// What a route says of its deliveries holds for those that are open when the bot
// starts again.
func TestARouteIsTheSameAfterARestart(t *testing.T) {
	r := newRig(t)
	one := route("kid", func(r *Route) { r.Sensitive, r.MaxRun, r.StaleAfter = true, 90*time.Second, 7*time.Minute })
	id := r.ask(one)
	r.restart(time.Second)
	if got := r.m.open[id].route.Route; got != one {
		t.Errorf("%+v, want %+v", got, one)
	}
	r.come(kid, 1)
	if f := of[Offer](r); len(f) != 1 || f[0].MaxRun != 90*time.Second || f[0].RunPolicy != chat.Once {
		t.Errorf("%+v", f)
	}
}
