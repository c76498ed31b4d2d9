package delivery

import (
	"slices"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/wire"
)

// A family is an event with all of its deliveries, as far as they have ended. They
// go together.
type family struct {
	event   string
	row     record.Event
	members []*member
	open    bool // one of them has not ended
	spoken  bool // of one of them something waits in the outbox
	ended   int64
	done    bool // dealt with in this step
}

// A member is an ended delivery of a family.
type member struct {
	id    string
	row   record.Delivery
	sends []*sentRow // what it said that has ended
}

// A sentRow is an ended send.
type sentRow struct {
	id  string
	row record.Send
}

// family reads what belongs to the row of an ended delivery. It is nil while rows are
// missing, which it asks for, and if there is no such delivery.
func (m *Machine) family(w *want, id string, whole bool) *family {
	var first record.Delivery
	if m.open[id] != nil || !w.row(EndedKey(id), &first) {
		return nil
	}
	f := &family{event: first.Event}
	ids := []string{id}
	if key := EventKey(first.Event); !w.key(key) {
		return nil
	} else if w.row(key, &f.row) {
		if ids = f.row.Deliveries; !slices.Contains(ids, id) {
			ids = append(slices.Clip(ids), id) // of the same event, when it was taken for new once more
		}
	}
	missing := len(w.keys)
	for _, one := range ids {
		if m.open[one] != nil {
			f.open = true
			continue
		}
		d := &member{id: one}
		if !w.row(EndedKey(one), &d.row) {
			continue
		}
		f.members = append(f.members, d)
		f.ended = max(f.ended, d.row.EndMs)
		for _, k := range d.row.Keys {
			o := &sentRow{id: chat.MessageID(one, k)}
			if m.outbox[o.id] != nil {
				f.spoken = true
			} else if w.row(SentKey(o.id), &o.row) {
				d.sends = append(d.sends, o)
				m.wantWays(w, &o.row, whole)
			}
		}
	}
	if len(w.keys) > missing {
		return nil
	}
	return f
}

// wantWays names the rows by which the chat service's id of a message leads to it.
func (m *Machine) wantWays(w *want, row *record.Send, whole bool) {
	if whole && row.ServiceId != "" && len(row.ServiceId) <= maxServiceID {
		for id := range m.accounts {
			w.key(ServiceKey(id, row.ServiceId))
		}
	}
}

// row decodes a row that is there and reports whether there is one; one that was not
// read yet is asked for.
func (w *want) row(key []byte, row wire.Message) bool { return w.key(key) && w.have.read(key, row) }

// wantRetained names the rows that a Retain is decided by, or an Erase.
func (m *Machine) wantRetained(w *want, rows [][]byte, whole bool) {
	for _, key := range rows {
		switch kind, id := splitRow(key); kind {
		case prefixEnded:
			m.family(w, id, whole)
		case prefixSent:
			var row record.Send
			if w.row(key, &row) {
				m.wantWays(w, &row, whole)
			}
		case prefixRequest:
			w.key(key)
		}
	}
}

// splitRow takes a key apart into its prefix and the rest.
func splitRow(key []byte) (prefix, id string) {
	n := min(len(key), len(prefixEnded))
	return string(key[:n]), string(key[n:])
}

// families reads the families of all rows that are ended deliveries, each once.
func (m *Machine) families(s *step, rows [][]byte) map[string]*family {
	of, events := map[string]*family{}, map[string]*family{}
	w := &want{have: s.facts}
	for _, key := range rows {
		kind, id := splitRow(key)
		if kind != prefixEnded || of[id] != nil {
			continue
		}
		f := m.family(w, id, false)
		if f == nil {
			continue
		}
		events[f.event] = f
		of[id] = f
		for _, d := range f.members {
			of[d.id] = f
		}
	}
	if len(of) == 0 {
		return of
	}
	for _, o := range m.outbox {
		f := of[o.delivery]
		if f == nil && o.event != nil {
			f = events[o.event.id]
		}
		if f != nil {
			f.spoken = true
		}
	}
	return of
}
