package delivery

import (
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
	"google.golang.org/protobuf/proto"
)

// check holds what must be true of the store after a session.
func (x *sim) check(c Change) {
	x.t.Helper()
	x.leasesAreStored(c.Effects)
	x.rowsFollowTheContract(c)
	x.stateFollowsOutcomes(c)
	x.pastFollows(c)
	x.toldFollows(c)
	x.presenceAgrees()
	x.mailed(c)
}

// leasesAreStored: a lease is in the store before its frame is let out, unless
// what was offered ended in the same session (OCO-DLV-6).
func (x *sim) leasesAreStored(effects []Effect) {
	for _, e := range effects {
		f, ok := e.(Offer)
		if !ok {
			continue
		}
		fixed, open := x.applied[string(DeliveryKey(f.Lease.Delivery))]
		_, ended := x.applied[string(EndedKey(f.Lease.Delivery))]
		if open == ended {
			x.failf("%s is offered and open: %t, ended: %t", f.Lease.Delivery, open, ended)
		}
		if ended {
			continue
		}
		row, err := MergeDelivery(fixed, x.applied[string(TurnKey(f.Lease.Delivery))])
		if err != nil {
			x.failf("%v", err)
		}
		d := x.m.open[f.Lease.Delivery]
		if row.Lease != f.Lease.ID && !(d != nil && d.lease == nil) {
			x.failf("the lease %s is let out, the store has %q", f.Lease.ID, row.Lease)
		}
	}
}

// rowsFollowTheContract looks at the rows that a session wrote.
func (x *sim) rowsFollowTheContract(c Change) {
	for w := range c.Batch.Writes {
		key := string(w.Key)
		switch {
		case strings.HasPrefix(key, prefixEnded) && w.Op == store.OpPut:
			x.endedWell(key[len(prefixEnded):], w.Value)
		case strings.HasPrefix(key, prefixOutbox) && w.Value != nil:
			x.saidToTheRight(w.Value)
		}
	}
}

// endedWell: whoever addressed the bot sees a result, an acknowledgement or a
// notice (OCO-DLV-13, OCO-DLV-46).
func (x *sim) endedWell(id string, value []byte) {
	var row record.Delivery
	if err := proto.Unmarshal(value, &row); err != nil {
		x.failf("%v", err)
	}
	if row.Outcome == 0 || row.EndMs == 0 {
		x.failf("%s ended without an outcome: %v", id, &row)
	}
	if before, ok := x.world.outcomes[id]; ok && before != row.Outcome {
		x.failf("the outcome of %s was %d and is %d", id, before, row.Outcome)
	}
	x.world.outcomes[id] = row.Outcome
	if !row.Addressed || x.world.past.unheard[id] {
		return
	}
	for k, v := range x.applied {
		if !strings.HasPrefix(k, prefixOutbox) && !strings.HasPrefix(k, prefixSent) {
			continue
		}
		var send record.Send
		if err := proto.Unmarshal(v, &send); err != nil {
			x.failf("%v", err)
		}
		if send.Delivery == id && (send.Reason != uint32(chat.ForHandler) || row.Outcome == uint32(chat.Done) || row.Resolved != 0) {
			return
		}
	}
	x.failf("%s ended %s in silence", id, chat.Outcome(row.Outcome))
}

// saidToTheRight: who did not address the bot sees no notice (OCO-DLV-14).
func (x *sim) saidToTheRight(value []byte) {
	var row record.Send
	if err := proto.Unmarshal(value, &row); err != nil {
		x.failf("%v", err)
	}
	if row.Delivery == "" || row.Reason == uint32(chat.ForHandler) {
		return
	}
	if d := x.world.deliveries[row.Delivery]; d != nil && !d.addressed && place(row.Place) != x.opt.Operators {
		x.failf("a notice %q goes to somebody who did not address the bot", row.Text)
	}
}

// wholeStore: every admitted delivery is open or has ended, and the open list is
// what ended badly and is not settled (OCO-DLV-36, OCO-DLV-46).
func (x *sim) wholeStore() {
	x.t.Helper()
	x.pastIsWhole()
	list := 0
	for k, v := range x.applied {
		switch k[:2] {
		case prefixEvent:
			var row record.Event
			if err := proto.Unmarshal(v, &row); err != nil {
				x.failf("%v", err)
			}
			for _, id := range row.Deliveries {
				_, open := x.applied[string(DeliveryKey(id))]
				_, ended := x.applied[string(EndedKey(id))]
				if open == ended {
					x.failf("%s is open: %t, and ended: %t", id, open, ended)
				}
			}
		case prefixEnded:
			var row record.Delivery
			if err := proto.Unmarshal(v, &row); err != nil {
				x.failf("%v", err)
			}
			_, listed := x.applied[string(OpenListKey(k[2:]))]
			if want := opens(chat.Outcome(row.Outcome)) && !row.Settled; want != listed {
				x.failf("%s ended %s, settled %t, and is on the open list: %t", k, chat.Outcome(row.Outcome), row.Settled, listed)
			}
		case prefixOpenList:
			list++
		case prefixOpen:
			if x.m.open[k[2:]] == nil {
				x.failf("%s is open in the store only", k)
			}
		case prefixTurn:
			if x.m.open[k[2:]] == nil {
				x.failf("%s is left over", k)
			}
		case prefixOutbox:
			var row record.Send
			if err := proto.Unmarshal(v, &row); err != nil {
				x.failf("%v", err)
			}
			if o := x.m.outbox[row.Id]; o == nil || o.row != rowNumber(k[2:]) {
				x.failf("%s is in the outbox of the store only", row.Id)
			}
		case prefixSendTurn:
			if _, ok := x.applied[prefixOutbox+k[2:]]; !ok {
				x.failf("%q is left over", k)
			}
		}
	}
	if list != x.m.onList {
		x.failf("the open list has %d, the machine counts %d", list, x.m.onList)
	}
	for id := range x.m.open {
		if _, ok := x.applied[string(DeliveryKey(id))]; !ok {
			x.failf("%s is open in memory only", id)
		}
	}
	for _, o := range x.m.outbox {
		if _, ok := x.applied[string(OutboxKey(o.row))]; !ok {
			x.failf("%s is in the outbox of the memory only", o.id)
		}
	}
}
