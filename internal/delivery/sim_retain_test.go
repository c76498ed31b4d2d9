package delivery

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
	"google.golang.org/protobuf/proto"
)

// A past is what the world knows of deliveries and messages that have ended.
type past struct {
	admitted map[string]bool // deliveries that the store had
	removed  map[string]bool // those that retention removed
	unheard  map[string]bool // those of which what was said may be removed, or nameless
	gone     map[string]bool // messages that may be removed
}

func newPast() past {
	return past{admitted: map[string]bool{}, removed: map[string]bool{}, unheard: map[string]bool{}, gone: map[string]bool{}}
}

// retain removes something of what has ended, or a person from it.
func (w *world) retain() {
	w.end() // so that the rows are as the machine will find them
	var all [][]byte
	for _, k := range slices.Sorted(maps.Keys(w.applied)) {
		if p := k[:2]; (p == prefixEnded || p == prefixSent || p == prefixRequest) && w.chance(70) {
			all = append(all, []byte(k))
		}
	}
	if w.chance(20) {
		w.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	if w.chance(25) {
		in := Erase{Person: Person{User: pick(w.sim, []string{"alice", "bob"}), Rooms: []string{"dev"}}, Rows: all}
		w.touch(all)
		w.do(in, func(r Reply) {
			if n := r.Value.(Erased); n.Deliveries < n.Events || n.Open < 0 {
				w.failf("an answer that does not add up: %+v", n)
			}
		})
		return
	}
	in := Retain{Rows: all, Remove: w.chance(60), Kept: Kept{
		Records: pick(w.sim, []time.Duration{time.Minute, 10 * time.Minute, 2 * time.Hour}), Most: w.rng.IntN(5),
		Text: pick(w.sim, []time.Duration{0, time.Minute, time.Hour}),
	}}
	ended := 0
	for k := range w.applied {
		if strings.HasPrefix(k, prefixEnded) {
			ended++
		}
	}
	in.Deliveries, in.Messages = ended-in.Kept.Most, w.rng.IntN(4)
	if in.Remove {
		w.touch(all)
	}
	list := w.m.onList
	w.do(in, func(r Reply) {
		if n := r.Value.(Retained); n.Unsettled > n.Deliveries || n.Unsettled > list || !in.Remove && n.Deliveries > 0 {
			w.failf("an answer that does not add up: %+v, the open list had %d", n, list)
		}
	})
}

// touch notes what may be removed: nothing is expected of it any more.
func (w *world) touch(all [][]byte) {
	forget := func(row *record.Send, id string) {
		w.past.gone[id] = true
		w.said = slices.DeleteFunc(w.said, func(s string) bool { return s == id })
		w.past.unheard[row.Delivery] = true
	}
	for _, key := range all {
		switch kind, id := splitRow(key); kind {
		case prefixSent:
			var row record.Send
			if err := proto.Unmarshal(w.applied[string(key)], &row); err != nil {
				w.failf("%v", err)
			}
			forget(&row, id)
		case prefixEnded:
			w.past.unheard[id] = true
		}
	}
}

// pastFollows holds what a session writes of what has ended to what retention may do.
func (x *sim) pastFollows(c Change) {
	x.t.Helper()
	p := &x.world.past
	for w := range c.Batch.Writes {
		kind, id := splitRow(w.Key)
		switch {
		case w.Op == store.OpPut && (kind == prefixOpen || kind == prefixEnded):
			if p.removed[id] {
				x.failf("%s was removed and is there again", id)
			}
			p.admitted[id] = true
		case w.Op == store.OpDelete && kind == prefixEnded:
			if x.m.open[id] != nil {
				x.failf("%s is removed and open", id)
			}
			p.removed[id] = true
		case w.Op == store.OpDelete && kind == prefixEvent:
			for _, d := range x.m.open {
				if d.event.id == id {
					x.failf("the event of %s is removed, which is open", d.id)
				}
			}
			for _, o := range x.m.outbox {
				if o.event != nil && o.event.id == id && o.event.pending > 0 {
					x.failf("the event that %s answers is removed", o.id)
				}
			}
		}
	}
}

// pastIsWhole: what was admitted is open, has ended or was removed (OCO-DLV-46).
func (x *sim) pastIsWhole() {
	x.t.Helper()
	p := &x.world.past
	for id := range p.admitted {
		_, open := x.applied[string(DeliveryKey(id))]
		_, ended := x.applied[string(EndedKey(id))]
		if n := count3(open, ended, p.removed[id]); n != 1 {
			x.failf("%s is open: %t, ended: %t, removed: %t", id, open, ended, p.removed[id])
		}
	}
	for k, v := range x.applied {
		switch kind, id := splitRow([]byte(k)); kind {
		case prefixEvent:
			var row record.Event
			if err := proto.Unmarshal(v, &row); err != nil || row.Bare && row.Payload != nil {
				x.failf("the event %s: %v %v", id, &row, err)
			}
			for _, d := range row.Deliveries {
				if x.m.open[d] != nil && row.Bare {
					x.failf("%s is open and the text of its event is gone", d)
				}
			}
		case prefixEnded:
			var row record.Delivery
			if err := proto.Unmarshal(v, &row); err != nil {
				x.failf("%v", err)
			}
			if _, there := x.applied[string(EventKey(row.Event))]; !there {
				x.failf("%s is kept and its event is not", id)
			}
			if row.Forgotten && (row.User != "" || row.Place != nil || !row.Bare) {
				x.failf("%s is forgotten and says %v", id, &row)
			}
		case prefixService:
			if !x.world.past.gone[string(v)] && x.applied[string(SentKey(string(v)))] == nil {
				x.failf("%s leads to %s, which is not kept", k, v)
			}
		}
	}
}

func count3(all ...bool) (n int) {
	for _, one := range all {
		if one {
			n++
		}
	}
	return n
}

// crashed: what was not durable never happened.
func (p *past) crashed(applied rows) {
	for id := range p.admitted {
		_, open := applied[string(DeliveryKey(id))]
		_, ended := applied[string(EndedKey(id))]
		switch {
		case open || ended:
			delete(p.removed, id)
		case !p.removed[id]:
			delete(p.admitted, id)
		}
	}
}
