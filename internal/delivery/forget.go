package delivery

import (
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/record"
)

// Erase takes a person out of the rows that are named here, as Names finds them:
// what they said, what was said about it, their id, and where they speak with the
// bot alone. What is open, may yet be resolved, or has something that waits to be
// posted, is left as it is. The answer is Erased.
type Erase struct {
	Person
	Rows   [][]byte // of deliveries and sends that ended
	Writes []Write
}

// Erased counts what an Erase changed.
type Erased struct {
	Events, Deliveries, Messages int
	// Open are the deliveries of the person that it left as they are: among the rows,
	// and all that have not ended if no row is named.
	Open int
}

func (Erase) input() {}

// A Person is whom records may name.
type Person struct {
	User  string
	Rooms []string // direct rooms with them
}

// at reports whether a place is one where the person speaks with the bot alone.
func (p *Person) at(to *record.Place) bool {
	return to.GetUser() == p.User || to.GetRoom() != "" && slices.Contains(p.Rooms, to.GetRoom())
}

// NamedIn reports whether the record of an ended delivery is the person's, or names
// them or a direct room with them.
func (p *Person) NamedIn(row *record.Delivery) bool {
	return row.User == p.User || p.at(row.Place) || p.in(row.UserText) || p.in(row.Detail)
}

// NamedInSend is the same of a send that has ended.
func (p *Person) NamedInSend(row *record.Send) bool {
	return p.at(row.Place) || p.in(row.Detail) || p.in(row.What)
}

func (p *Person) in(text string) bool {
	_, found := p.cut(text)
	return found
}

// nobody stands where a person was named.
const nobody = "(forgotten)"

// cut puts nobody in the place of the person's ids.
func (p *Person) cut(text string) (without string, found bool) {
	without = text
	for _, id := range append([]string{p.User}, p.Rooms...) {
		if id != "" && strings.Contains(without, id) {
			without = replaceID(without, id)
		}
	}
	return without, without != text
}

// replaceID puts nobody in the place of an id, but not of one that begins or ends
// with it.
func replaceID(text, id string) string {
	var b strings.Builder
	before := byte(0)
	for {
		at := strings.Index(text, id)
		if at < 0 {
			b.WriteString(text)
			return b.String()
		}
		if at > 0 {
			before = text[at-1]
		}
		rest := text[at+len(id):]
		b.WriteString(text[:at])
		if inID(before) || goesOn(rest) {
			b.WriteString(id)
		} else {
			b.WriteString(nobody)
		}
		before, text = id[len(id)-1], rest
	}
}

// goesOn says whether an id goes on with rest: a mark that ends a word does not
// belong to it.
func goesOn(rest string) bool {
	rest = strings.TrimLeft(rest, ".:/-")
	return rest != "" && inID(rest[0])
}

func inID(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '~'
}

func (m *Machine) erase(s *step, in Erase) {
	var out Erased
	if len(in.Rows) == 0 {
		for _, d := range m.open {
			if d.from.user == in.User {
				out.Open++
			}
		}
	}
	of := m.families(s, in.Rows)
	for _, key := range in.Rows {
		switch kind, id := splitRow(key); kind {
		case prefixEnded:
			if f := of[id]; f != nil && !f.done {
				f.done = true
				m.eraseFamily(s, f, &in.Person, &out)
			}
		case prefixSent:
			var row record.Send
			if s.facts.read(key, &row) && in.eraseSend(&row) {
				s.putLazily(key, &row)
				out.Messages++
			}
		}
	}
	s.write(in.Writes)
	s.sync = true
	s.reply(out, nil)
}

// eraseFamily is for all deliveries of an event. They are one person's: whose event
// it was.
func (m *Machine) eraseFamily(s *step, f *family, p *Person, out *Erased) {
	if f.members[0].row.User != p.User {
		for _, d := range f.members {
			if p.eraseNames(&d.row) {
				s.putLazily(EndedKey(d.id), &d.row)
			}
		}
		return
	}
	waits := 0
	for _, d := range f.members {
		if m.leases[leaseID(d.id, d.row.Offers)] != nil || d.resolvable() && !s.over(d.row.EndMs, lateKept) {
			waits++
		}
	}
	if f.open || f.spoken {
		waits = len(f.members)
	}
	if out.Open += waits; waits > 0 {
		return
	}
	out.Events += m.bare(s, f, p)
	out.Deliveries += len(f.members)
}

// erase takes the person out of the record of their own delivery. Nil is nobody.
func (p *Person) erase(row *record.Delivery) (changed bool) {
	if p == nil {
		return false
	}
	row.User, row.Place, row.Forgotten = "", nil, true
	return true
}

// eraseNames takes the person out of the record of somebody else's delivery.
func (p *Person) eraseNames(row *record.Delivery) (changed bool) {
	if p.at(row.Place) {
		row.Place, changed = nil, true
	}
	for _, text := range []*string{&row.UserText, &row.Detail} {
		if without, found := p.cut(*text); found {
			*text, changed = without, true
		}
	}
	return changed
}

// eraseSend takes the person out of the record of what was said to them.
func (p *Person) eraseSend(row *record.Send) (changed bool) {
	if p == nil {
		return false
	}
	if row.Place != nil || row.Detail != "" {
		row.Place, row.Detail, changed = nil, "", true
	}
	if without, found := p.cut(row.What); found {
		row.What, changed = without, true
	}
	return changed
}

// ErasedPrefixes are those of the rows in which a person is named, or was while they
// were open.
func ErasedPrefixes() (all [][]byte) {
	for _, p := range []string{prefixEvent, prefixOpen, prefixTurn, prefixEnded, prefixOutbox, prefixSendTurn, prefixSent} {
		all = append(all, []byte(p))
	}
	return all
}
