package delivery

import (
	"strconv"
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"google.golang.org/protobuf/proto"
)

// transact lets a completion that is done count itself and leave its name, at
// times under a guard.
func (w *world) transact(done *Completion, plugin string) {
	if !w.chance(40) {
		return
	}
	t := &Transaction{Namespace: plugin, Writes: []EntryWrite{
		{Op: AddEntry, Key: "n", Delta: 1}, {Op: PutEntry, Key: done.Delivery, Value: []byte("done")},
	}}
	if w.chance(30) {
		t.Guards = []Guard{{Key: "n", Revision: uint64(w.rng.IntN(20))}}
	}
	done.Transact = t
}

// stateFollowsOutcomes: what a transaction left is of a delivery that is done,
// in the batch that ended it, and each counted once (OCO-STO-12).
func (x *sim) stateFollowsOutcomes(c Change) {
	for w := range c.Batch.Writes {
		namespace, key, ok := splitEntry(string(w.Key))
		if !ok || key == "n" {
			continue
		}
		var row record.Delivery
		if err := proto.Unmarshal(x.applied[string(EndedKey(key))], &row); err != nil {
			x.failf("%v", err)
		}
		if chat.Outcome(row.Outcome) != chat.Done && chat.Outcome(row.Resolved) != chat.Done {
			x.failf("%s left state and ended %s, resolved %s", key, chat.Outcome(row.Outcome), chat.Outcome(row.Resolved))
		}
		names := -1 // the counter is none
		for k := range x.applied {
			if strings.HasPrefix(k, string(entryKey(namespace, ""))) {
				names++
			}
		}
		var counter record.Entry
		if err := proto.Unmarshal(x.applied[string(entryKey(namespace, "n"))], &counter); err != nil {
			x.failf("%v", err)
		}
		if string(counter.Value) != strconv.Itoa(names) {
			x.failf("%d deliveries left state, %s were counted", names, counter.Value)
		}
	}
}
