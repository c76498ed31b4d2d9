package delivery

import (
	"math"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// transactedKept is how long a request id is remembered.
const transactedKept = 24 * time.Hour

// transact does a transaction that comes by itself.
func (m *Machine) transact(s *step, in Transact) {
	key := transactedKey(in.Caller, in.Request)
	var known record.Transacted
	switch {
	case len(in.Caller)+len(in.Request) > maxRequest:
		s.reply(nil, chat.Refuse(chat.FieldInvalid, "the request id has %d bytes", len(in.Request)))
		return
	case in.Request != "" && s.facts.read(key, &known):
		if string(known.BodyHash) != string(in.Body[:]) {
			s.reply(nil, chat.Refuse(chat.RequestIDReused, "request id %q was used for another transaction", in.Request))
			return
		}
		s.reply(repeated(&known), nil)
		return
	}
	p, refused := m.plan(s, &in.Transaction)
	if refused != nil {
		s.reply(nil, refused)
		return
	}
	if p.out.Committed && in.Request != "" {
		s.put(key, p.remembered(in.Body))
		s.batch.Put(dueKey(ms(s.now.Add(transactedKept)), key), nil)
	}
	p.commit(s)
	s.reply(p.out, nil)
}

// A plan is a transaction that was looked at and can be committed.
type plan struct {
	namespace string
	space     record.Namespace
	out       Transacted
	touched   map[string]*touched
	order     []*touched
}

// touched is a key that a plan writes: its row before and after; nil is none.
type touched struct {
	key         string
	before, now *record.Entry
	value       []byte // of now, if it is apart
}

// plan looks at a transaction and changes nothing yet.
func (m *Machine) plan(s *step, t *Transaction) (*plan, *chat.Error) {
	p := &plan{namespace: t.Namespace, touched: map[string]*touched{}}
	s.facts.read(namespaceKey(t.Namespace), &p.space)
	p.out.Revision = p.space.Revision
	for _, g := range t.Guards {
		row := s.entry(t.Namespace, g.Key)
		if row == nil || over(row, s.now) {
			row = &record.Entry{}
		}
		if row.Revision != g.Revision {
			p.out.Conflicts = append(p.out.Conflicts, entryOf(g.Key, row))
		}
	}
	if len(p.out.Conflicts) > 0 {
		return p, nil
	}
	p.out.Committed = true
	if len(t.Writes) == 0 {
		return p, nil
	}
	bytes, keys := p.space.Bytes, p.space.Keys
	p.space.Revision++
	p.out.Revision = p.space.Revision
	for i, w := range t.Writes {
		if refused := p.write(s, i, w); refused != nil {
			return nil, refused
		}
	}
	for _, k := range p.order {
		p.space.Bytes += cost(k.key, k.now) - cost(k.key, k.before)
		p.space.Keys += count(k.now) - count(k.before)
	}
	switch q := m.opt.quota(t.Namespace); {
	case p.space.Bytes > q.Bytes && p.space.Bytes > bytes:
		return nil, overQuota(t.Namespace, "bytes", p.space.Bytes, q.Bytes)
	case p.space.Keys > q.Keys && p.space.Keys > keys:
		return nil, overQuota(t.Namespace, "keys", p.space.Keys, q.Keys)
	}
	return p, nil
}

func overQuota(namespace, what string, n, limit int64) *chat.Error {
	return chat.Refuse(chat.QuotaExceeded, "the namespace %s would hold %d %s, and may hold %d: delete some first", namespace, n, what, limit).
		With("quota", what).With("limit", strconv.FormatInt(limit, 10))
}

func cost(key string, row *record.Entry) int64 {
	if row == nil {
		return 0
	}
	return int64(len(key) + valueSize(row))
}

func count(row *record.Entry) int64 {
	if row == nil {
		return 0
	}
	return 1
}

// entry is the row of an entry as it is, nil if there is none.
func (s *step) entry(namespace, key string) *record.Entry {
	row := &record.Entry{}
	if !s.facts.read(entryKey(namespace, key), row) {
		return nil
	}
	return row
}

func (p *plan) touch(s *step, key string) *touched {
	k := p.touched[key]
	if k == nil {
		k = &touched{key: key, before: s.entry(p.namespace, key)}
		if k.before != nil && !over(k.before, s.now) {
			k.now = proto.CloneOf(k.before)
		}
		p.touched[key] = k
		p.order = append(p.order, k)
	}
	return k
}

// write plans one write.
func (p *plan) write(s *step, i int, w EntryWrite) *chat.Error {
	k := p.touch(s, w.Key)
	if w.Op == DeleteEntry {
		k.now, k.value = nil, nil
		p.out.Results = append(p.out.Results, Entry{Key: w.Key})
		return nil
	}
	next := &record.Entry{Revision: p.space.Revision, CreateRevision: p.space.Revision}
	if k.now != nil {
		next.CreateRevision = k.now.CreateRevision
	}
	k.value = nil
	switch w.Op {
	case PutEntry:
		if len(w.Value) > inline {
			next.Apart, k.value = uint32(len(w.Value)), w.Value
		} else {
			next.Value = w.Value
		}
		if w.TTL > 0 {
			next.ExpireMs = ms(s.now) + int64((w.TTL+time.Millisecond-1)/time.Millisecond)
		}
	case AddEntry:
		sum, refused := add(k.now, i, w)
		if refused != nil {
			return refused
		}
		next.Value = strconv.AppendInt(nil, sum, 10)
		if k.now != nil {
			next.ExpireMs = k.now.ExpireMs
		}
	default:
		return chat.Refuse(chat.FieldInvalid, "writes[%d]: a write of kind %d", i, w.Op)
	}
	k.now = next
	result := entryOf(w.Key, next)
	if w.Op == AddEntry {
		result.Value = next.Value
	}
	p.out.Results = append(p.out.Results, result)
	return nil
}

func add(row *record.Entry, i int, w EntryWrite) (int64, *chat.Error) {
	old := int64(0)
	if row != nil {
		var err error
		old, err = strconv.ParseInt(string(row.Value), 10, 64)
		if err != nil || row.Apart > 0 {
			return 0, chat.Refuse(chat.FieldInvalid, "writes[%d].add: the value of %q is no counter: it is not the decimal text of an int64", i, w.Key).With("field", "writes")
		}
	}
	if w.Delta > 0 && old > math.MaxInt64-w.Delta || w.Delta < 0 && old < math.MinInt64-w.Delta {
		return 0, chat.Refuse(chat.FieldInvalid, "writes[%d].add: %d and %d are more than a counter of 64 bits holds", i, old, w.Delta).With("field", "writes")
	}
	return old + w.Delta, nil
}

// commit does what was planned.
func (p *plan) commit(s *step) {
	if p == nil || len(p.order) == 0 {
		return
	}
	for _, k := range p.order {
		s.replaceEntry(p.namespace, k)
	}
	s.put(namespaceKey(p.namespace), &p.space)
}

func (s *step) replaceEntry(namespace string, k *touched) {
	row := entryKey(namespace, k.key)
	if k.before != nil && k.before.ExpireMs != 0 {
		s.batch.Delete(dueKey(k.before.ExpireMs, row))
	}
	if k.before != nil && k.before.Apart > 0 && (k.now == nil || k.now.Apart == 0) {
		s.batch.Delete(valueKey(namespace, k.key))
	}
	if k.now == nil {
		s.batch.Delete(row)
		s.wrote(row, nil)
		s.sync = true
		return
	}
	s.put(row, k.now)
	if k.value != nil {
		s.batch.Put(valueKey(namespace, k.key), k.value)
	}
	if k.now.ExpireMs != 0 {
		s.batch.Put(dueKey(k.now.ExpireMs, row), nil)
	}
}

func (p *plan) remembered(body [16]byte) *record.Transacted {
	row := &record.Transacted{BodyHash: body[:], Revision: p.out.Revision}
	for _, e := range p.out.Results {
		r := &record.Result{Key: e.Key, Value: e.Value, Revision: e.Revision, CreateRevision: e.Created}
		if !e.Expires.IsZero() {
			r.ExpireMs = ms(e.Expires)
		}
		row.Results = append(row.Results, r)
	}
	return row
}

func repeated(row *record.Transacted) Transacted {
	out := Transacted{Committed: true, Revision: row.Revision}
	for _, r := range row.Results {
		e := entryOf(r.Key, &record.Entry{Revision: r.Revision, CreateRevision: r.CreateRevision, ExpireMs: r.ExpireMs})
		e.Value = r.Value
		out.Results = append(out.Results, e)
	}
	return out
}
