package delivery

import (
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// planOf looks at the transaction of a completion. Its guards must hold, else
// the completion is refused whole and the lease stays (OCO-STO-13).
func (m *Machine) planOf(s *step, c Completion) (*plan, Verdict) {
	if c.Transact == nil || c.Kind != DoneKind {
		return nil, Verdict{Kind: Committed}
	}
	p, refused := m.plan(s, c.Transact)
	switch {
	case refused != nil:
		return nil, Verdict{Kind: NotTaken, Err: refused}
	case !p.out.Committed:
		v := refuse(chat.GuardFailed, "%d guards of the transaction did not hold: read the keys again, and complete anew", len(p.out.Conflicts))
		v.Store = &p.out
		return nil, v
	}
	return p, Verdict{Kind: Committed}
}

// verdict tells of a completion whose plan, if it had one, was committed.
func (p *plan) verdict(kind VerdictKind) Verdict {
	if p == nil {
		return Verdict{Kind: kind}
	}
	return Verdict{Kind: kind, Store: &p.out}
}

// wantTransaction names the rows that a transaction is decided by.
func (w *want) wantTransaction(t *Transaction) {
	w.key(namespaceKey(t.Namespace))
	for _, g := range t.Guards {
		w.key(entryKey(t.Namespace, g.Key))
	}
	for _, e := range t.Writes {
		w.key(entryKey(t.Namespace, e.Key))
	}
}

func (w *want) wantSwept(due [][]byte) {
	for _, key := range due {
		_, row, _ := splitDue(key)
		if namespace, _, ok := splitEntry(row); ok {
			w.key([]byte(row))
			w.key(namespaceKey(namespace))
		}
	}
}

// sweep removes what is over. An entry that was written since has another row
// in the index, so that it stays.
func (m *Machine) sweep(s *step, in Sweep) {
	spaces := map[string]*record.Namespace{}
	for _, due := range in.Due {
		at, row, ok := splitDue(due)
		if !ok || at > ms(s.now) {
			continue
		}
		s.batch.Delete(due)
		s.sync = true
		namespace, key, ok := splitEntry(row)
		if !ok {
			if strings.HasPrefix(row, prefixTransacted) {
				s.batch.Delete([]byte(row))
			}
			continue
		}
		before := s.entry(namespace, key)
		if before == nil || before.ExpireMs != at {
			continue
		}
		space := spaces[namespace]
		if space == nil {
			space = &record.Namespace{}
			s.facts.read(namespaceKey(namespace), space)
			space.Revision++
			spaces[namespace] = space
		}
		space.Bytes -= cost(key, before)
		space.Keys--
		s.replaceEntry(namespace, &touched{key: key, before: before})
	}
	for namespace, space := range spaces {
		s.put(namespaceKey(namespace), space)
	}
	s.reply(nil, nil)
}
