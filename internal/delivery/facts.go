package delivery

import (
	"bytes"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/wire"
)

// Facts names the rows that the step of an input needs, beyond those in have.
// The caller reads them, a missing one as nil, and asks again until there are
// none. It must be called right before the step: what is named depends on what
// the steps before it did.
func (m *Machine) Facts(in Input, have Facts) [][]byte {
	w := want{have: have}
	switch in := in.(type) {
	case Admit:
		for _, c := range in.Completions {
			m.wantCompletion(&w, c, false)
		}
		for i := range in.Events {
			if in.Events[i].Word != nil {
				m.wantWord(&w, in.Events[i].Word)
			}
		}
	case Complete:
		for _, c := range in.Completions {
			m.wantCompletion(&w, c, in.Wait)
		}
	case Say:
		if in.Request == "" {
			break
		}
		key := RequestKey(in.Caller, in.Request)
		if w.key(key) {
			var row record.Request
			if value := have[string(key)]; value != nil && wire.Decode(value, &row) == nil && m.outbox[row.MessageId] == nil {
				w.key(SentKey(row.MessageId))
			}
		}
	case RetryOf, CancelOf, Drop:
		m.wantWord(&w, in)
	case Locate:
		if m.outbox[in.Message] == nil {
			w.key(SentKey(in.Message))
		}
	case Transact:
		if in.Request != "" {
			w.key(transactedKey(in.Caller, in.Request))
		}
		w.wantTransaction(&in.Transaction)
	case Sweep:
		w.wantSwept(in.Due)
	case Retain:
		m.wantRetained(&w, in.Rows, in.Remove)
	case Erase:
		m.wantRetained(&w, in.Rows, false)
	}
	return w.keys
}

// wrote keeps the facts of a step true when the step itself changes a row that was
// asked for. The row of an ended delivery is noted also where nobody asked,
// because it was open when it was asked, if the input names the delivery again.
func (s *step) wrote(key, value []byte) {
	if len(s.facts) == 0 && len(s.again) == 0 {
		return
	}
	_, noted := s.facts[string(key)]
	if rest, ended := bytes.CutPrefix(key, []byte(prefixEnded)); ended && !noted {
		_, noted = s.again[string(rest)]
	}
	if noted && s.facts != nil {
		s.facts[string(key)] = bytes.Clone(value)
	}
}

// again are the deliveries that completions name more than once.
func again(completions []Completion) map[string]struct{} {
	if len(completions) < 2 {
		return nil
	}
	var twice map[string]struct{}
	seen := make(map[string]struct{}, len(completions))
	for i := range completions {
		id := completions[i].Delivery
		if _, ok := seen[id]; ok {
			if twice == nil {
				twice = map[string]struct{}{}
			}
			twice[id] = struct{}{}
		}
		seen[id] = struct{}{}
	}
	return twice
}

type want struct {
	have Facts
	keys [][]byte
}

// key asks for a row and reports whether it is there already.
func (w *want) key(k []byte) bool {
	if _, ok := w.have[string(k)]; ok {
		return true
	}
	if len(k) > store.MaxKeySize {
		return false // there is no such row
	}
	w.keys = append(w.keys, k)
	return false
}

func (m *Machine) wantCompletion(w *want, c Completion, wait bool) {
	if c.Operation == nil && m.open[c.Delivery] == nil && m.outbox[c.Delivery] == nil {
		w.key(EndedKey(c.Delivery))
	}
	if d := m.open[c.Delivery]; d != nil && c.Kind == DoneKind && len(c.Sends) == 0 && m.reactsTo(d) {
		w.key(EventKey(d.event.id)) // what is reacted to stands there
	}
	if c.Transact != nil && c.Kind == DoneKind {
		w.wantTransaction(c.Transact)
	}
	if wait {
		for _, k := range c.Sends {
			if id := chat.MessageID(c.Delivery, k.Key); m.outbox[id] == nil {
				w.key(SentKey(id))
			}
		}
	}
}

func (m *Machine) wantWord(w *want, word Input) {
	switch in := word.(type) {
	case RetryOf:
		key := EndedKey(in.Old)
		if m.open[in.Old] != nil || !w.key(key) {
			return
		}
		var row record.Delivery
		if value := w.have[string(key)]; value != nil && wire.Decode(value, &row) == nil {
			w.key(EventKey(row.Event))
		}
	case CancelOf:
		if m.open[in.Delivery] == nil {
			w.key(EndedKey(in.Delivery))
		}
	case Drop:
		w.key(EndedKey(in.Delivery))
	}
}
