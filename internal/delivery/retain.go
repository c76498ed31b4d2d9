package delivery

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/texts"
)

// Kept says how much of what has ended is kept.
type Kept struct {
	// Records is how long a record stays after its end; 0: all is kept for ever,
	// whatever the other fields say.
	Records time.Duration
	// Most is how many deliveries that ended are kept at most, and beside them how
	// many messages and other operations that belong to none.
	Most int
	// Text is how long what people said stays after the last delivery of its event
	// has ended, and what was said about it.
	Text time.Duration
}

// Retain removes what was kept for long enough, of the rows that are named here,
// the oldest first: with Remove whole records, else what people said. What is open
// keeps all that it needs. The answer is Retained.
type Retain struct {
	Rows   [][]byte // of deliveries and sends that ended, and of request ids
	Kept   Kept
	Remove bool
	// Deliveries and Messages are how many there are beyond Kept.Most.
	Deliveries, Messages int
}

// Retained says how many were removed of each kind.
type Retained struct {
	Deliveries, Messages, Requests, Texts int
	Unsettled                             int // of Deliveries, those that were on the open list
	// Later are rows whose text stays, because they ended later than others of
	// their age, with when it goes.
	Later []Later
}

// Later is a row to look at again.
type Later struct {
	Row []byte
	At  time.Time
}

func (Retain) input() {}

const (
	// justEnded is how long a record stays whatever their number: who completed it
	// may ask again.
	justEnded = time.Minute
	// lateKept is the same of what may yet be resolved by a late completion.
	lateKept = time.Hour
	// requestKept is how long a request id is remembered at least, and how a message
	// ended that one may ask for (OCO-DLV-35).
	requestKept = 24 * time.Hour
)

func (m *Machine) retain(s *step, in Retain) {
	var out Retained
	of := m.families(s, in.Rows)
	for _, key := range in.Rows {
		switch kind, id := splitRow(key); kind {
		case prefixEnded:
			if f := of[id]; f == nil || f.done {
				continue
			} else if in.Remove {
				m.removeFamily(s, f, id, &in, &out)
			} else {
				m.bareFamily(s, f, key, in.Kept, &out)
			}
		case prefixSent:
			m.retainSend(s, key, &in, &out)
		case prefixRequest:
			m.retainRequest(s, key, &in, &out)
		}
	}
	if out.Unsettled > 0 {
		m.unsettled += out.Unsettled
		s.batch.Put(unsettledKey(), binary.BigEndian.AppendUint64(nil, uint64(m.unsettled)))
	}
	s.reply(out, nil)
}

// tellUnsettled tells operators what of the open list is gone. Until then it is on
// disk, so that a restart does not pass it over in silence (OCO-DLV-68).
func (m *Machine) tellUnsettled(s *step) {
	n := m.unsettled
	if n > 0 {
		m.unsettled, s.sync = 0, true
		s.batch.Delete(unsettledKey())
		m.tellOperators(s, nil, "", m.words().Say(texts.Gone, "n", n))
	}
	s.reply(n, nil)
}

func (m *Machine) recoverUnsettled(scan Scan) error {
	return scan(unsettledKey(), func(_, value []byte) error {
		if len(value) != 8 {
			return fmt.Errorf("their number has %d bytes", len(value))
		}
		m.unsettled = int(binary.BigEndian.Uint64(value))
		return nil
	})
}

// over says whether something that ended then was kept for so long.
func (s *step) over(endMS int64, kept time.Duration) bool {
	return endMS+kept.Milliseconds() <= ms(s.now)
}

// needed says whether somebody may still come back to a record.
func (m *Machine) needed(s *step, f *family) bool {
	if f.open || f.spoken || !s.over(f.ended, justEnded) {
		return true
	}
	for _, d := range f.members {
		if m.leases[leaseID(d.id, d.row.Offers)] != nil {
			return true // its callback has not returned
		}
		if d.resolvable() && !s.over(d.row.EndMs, lateKept) {
			return true
		}
	}
	return false
}

func (d *member) resolvable() bool {
	return chat.Outcome(d.row.Outcome) == chat.Unknown && d.row.Resolved == 0 && d.row.RetriedAs == "" && !d.row.Forgotten
}

func (d *member) listed() bool { return opens(chat.Outcome(d.row.Outcome)) && !d.row.Settled }

// removeFamily removes the records of an event: those that are too old, and if there
// are too many those that are over by number. There what is on the open list goes
// last, and what belongs together when its last delivery is met (OCO-DLV-52,
// OCO-DLV-53).
func (m *Machine) removeFamily(s *step, f *family, met string, in *Retain, out *Retained) {
	if m.needed(s, f) {
		return
	}
	listed := 0
	for _, d := range f.members {
		if d.listed() {
			listed++
		}
	}
	if !s.over(f.ended, in.Kept.Records) {
		last := f.members[len(f.members)-1].id == met
		if !last || in.Deliveries <= 0 || listed > 0 && m.onList <= in.Kept.Most {
			return
		}
	}
	f.done = true
	in.Deliveries -= len(f.members)
	out.Deliveries += len(f.members)
	out.Unsettled += listed
	for _, d := range f.members {
		s.remove(EndedKey(d.id))
		if d.listed() {
			s.remove(OpenListKey(d.id))
			m.onList--
		}
		for _, o := range d.sends {
			m.removeSent(s, o)
		}
	}
	s.remove(EventKey(f.event))
	if strings.Contains(f.event, hashedID) {
		s.remove(LongIDKey(f.event))
	}
}

// remove deletes a row; the next step that syncs may take that along.
func (s *step) remove(key []byte) {
	s.batch.Delete(key)
	s.wrote(key, nil)
}

// removeSent removes an ended send and the way to it from the chat service's id.
func (m *Machine) removeSent(s *step, o *sentRow) {
	s.remove(SentKey(o.id))
	if o.row.ServiceId == "" {
		return
	}
	for account := range m.accounts {
		way := ServiceKey(account, o.row.ServiceId)
		if bytes.Equal(s.facts[string(way)], []byte(o.id)) {
			s.remove(way)
		}
	}
}

// bareFamily removes what was said in an event and about its deliveries. The records
// still tell what ran, who asked, when, and how it ended (OCO-DLV-54).
func (m *Machine) bareFamily(s *step, f *family, key []byte, kept Kept, out *Retained) {
	if f.open {
		return // its end brings it here again
	}
	f.done = true
	if !s.over(f.ended, kept.Text) {
		out.Later = append(out.Later, Later{key, time.UnixMilli(f.ended).Add(kept.Text)})
		return
	}
	out.Texts += m.bare(s, f, nil)
}

// bare removes the text of a family, and the person from its rows if there is one.
// It returns the number of events whose text went.
func (m *Machine) bare(s *step, f *family, p *Person) (events int) {
	if f.row.Deliveries != nil && !f.row.Bare {
		f.row.Bare, f.row.Payload, f.row.Meant = true, nil, nil
		s.putLazily(EventKey(f.event), &f.row)
		events = 1
	}
	for _, d := range f.members {
		if changed := p.erase(&d.row); changed || !IsBare(&d.row) {
			d.row.Bare, d.row.UserText, d.row.Detail = true, "", ""
			s.putLazily(EndedKey(d.id), &d.row)
		}
		for _, o := range d.sends {
			if changed := p.eraseSend(&o.row); changed || o.row.Detail != "" {
				o.row.Detail = ""
				s.putLazily(SentKey(o.id), &o.row)
			}
		}
	}
	return events
}

// IsBare reports whether there is no text in the record of an ended delivery, nor in
// its event.
func IsBare(row *record.Delivery) bool { return row.Bare && row.UserText == "" && row.Detail == "" }

// retainSend is for a send that ended: one outside of a delivery goes by itself.
func (m *Machine) retainSend(s *step, key []byte, in *Retain, out *Retained) {
	_, id := splitRow(key)
	o := &sentRow{id: id}
	if !s.facts.read(key, &o.row) {
		return
	}
	if !in.Remove {
		switch {
		case o.row.Detail == "":
		case !s.over(o.row.EndMs, in.Kept.Text):
			out.Later = append(out.Later, Later{key, time.UnixMilli(o.row.EndMs).Add(in.Kept.Text)})
		default:
			o.row.Detail = ""
			s.putLazily(key, &o.row)
		}
		return
	}
	if strings.Contains(id, "/") || !s.over(o.row.EndMs, justEnded) {
		return // of a delivery, with which it goes
	}
	asked := o.row.Event == "" && o.row.Delivery == "" // perhaps with a request id
	if !s.over(o.row.EndMs, in.Kept.Records) && (in.Messages <= 0 || asked && !s.over(o.row.EndMs, requestKept)) {
		return
	}
	in.Messages--
	out.Messages++
	m.removeSent(s, o)
}

func (m *Machine) retainRequest(s *step, key []byte, in *Retain, out *Retained) {
	var row record.Request
	if in.Remove && s.facts.read(key, &row) && m.outbox[row.MessageId] == nil && s.over(row.MadeMs, requestKept) {
		s.remove(key)
		out.Requests++
	}
}

// TextGone says why a delivery cannot be run again.
func TextGone(delivery string) *chat.Error {
	return chat.Refuse(chat.DeliveryState, "what was said for %s is not kept any more, so that it cannot run again: say it anew", delivery).Saying(texts.TextGone, "id", delivery)
}
