package engine

import (
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
)

// What an input of a batch wrote is a fact for those behind it: the same request
// twice in one batch is one message (OCO-DLV-35).
func TestABatchSeesItself(t *testing.T) {
	e := open(t, newGated(), Options{})
	e.Stop() // this test is the loop now
	e.changes = make(chan release, 8)
	l := &committer{e: e, batch: &store.Batch{}, alarm: time.NewTimer(time.Hour), lazy: time.NewTimer(time.Hour)}
	say := delivery.Say{Caller: "client:ci", Request: "r1", Send: delivery.NewSend{Place: chat.Place{Room: "room:1:ops"}, Text: "hi", Reason: chat.ForClient}}
	calls := []*call{{in: say, done: make(chan answer, 1)}, {in: say, done: make(chan answer, 1)}}
	l.begin()
	for _, c := range calls {
		if !l.step(c) {
			t.Fatal("the store failed")
		}
	}
	if !l.commit(l.session.End()) {
		t.Fatal("the store failed")
	}
	close(e.changes)
	for r := range e.changes {
		e.perform(r.effects)
	}
	first, again := <-calls[0].done, <-calls[1].done
	if first.err != nil || again.err != nil || first.value.(delivery.SendEnd).Message != again.value.(delivery.SendEnd).Message {
		t.Errorf("%+v, then %+v", first, again)
	}
}
