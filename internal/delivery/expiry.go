package delivery

import (
	"fmt"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// What waits in the outbox for too long is not worth posting any more: it ends
// expired, and the line of its room goes on (OCO-DLV-59).

// endOf is when a send is not worth posting any more.
func (m *Machine) endOf(o *send) int64 {
	end := o.born + int64(m.worth(o))
	for _, part := range o.merged {
		end = max(end, m.endOf(part))
	}
	return end
}

// worth is how long a send is worth posting.
func (m *Machine) worth(o *send) time.Duration {
	if o.valid == 0 {
		return m.opt.SendAge
	}
	return min(m.opt.SendAge, time.Duration(o.valid)*time.Millisecond)
}

// expire ends what waits in a line and has its time over, and sets the alarm for
// what will have next.
func (m *Machine) expire(s *step, t *outlet) {
	var due []*send
	t.over, t.gone = never, 0
	inTime := func(line []*send) []*send {
		kept := line[:0]
		for _, o := range line {
			switch end := m.endOf(o); {
			case o.withdrawn:
			case end <= s.at:
				due = append(due, o)
			default:
				t.over = min(t.over, end)
				kept = append(kept, o)
			}
		}
		clear(line[len(kept):])
		return kept
	}
	t.sends, t.notices = inTime(t.sends), inTime(t.notices)
	if t.over != never {
		m.set(t, t.over)
	}
	why := m.whyWaits(s, t)
	for _, o := range due {
		m.endSend(s, o, m.overdue(o, why))
	}
}

// overdue is the end of a send whose time is over.
func (m *Machine) overdue(o *send, why string) OperationResult {
	limit := fmt.Sprintf("the %s that messages may wait", m.worth(o))
	if o.valid > 0 {
		limit = fmt.Sprintf("the %s that it was valid for", m.worth(o))
	}
	if o.unsure {
		return OperationResult{State: chat.SendUnknown, Detail: fmt.Sprintf("an attempt may have done it, and %s were over before it could be made sure: %s", limit, why)}
	}
	return OperationResult{State: chat.SendExpired, Detail: fmt.Sprintf("%s were over before it could be posted: %s", limit, why)}
}

// whyWaits says for the record what a line waits for.
func (m *Machine) whyWaits(s *step, t *outlet) string {
	switch {
	case m.adapter() == nil || m.adapter().sink == 0:
		return "no adapter was connected"
	case t.hold > s.at:
		return "the adapter had put its room off"
	case t.busy != nil:
		return "the adapter was busy with another one of its room"
	}
	return "the adapter was busy"
}

// endPassing ends the notices about how a delivery stands that nobody has read
// yet: it has ended, and who asked reads how instead (OCO-DLV-62). What the
// adapter has already is not called back.
func (m *Machine) endPassing(s *step, d *delivery) {
	all := m.passing[d.id]
	delete(m.passing, d.id)
	for _, o := range all {
		if o.lease == nil && o.lead == nil && !o.unsure {
			m.outletOf(o.place).withdraw(o)
			m.endSend(s, o, outlived)
		}
	}
}

// outlived is the end of a notice that says nothing any more.
var outlived = OperationResult{State: chat.SendExpired, Detail: "its delivery had ended before it could be posted"}

// outlives says that a notice would say what is not so any more.
func (m *Machine) outlives(o *send) bool { return o.passing && !o.unsure && m.open[o.delivery] == nil }

// passed forgets a notice about how a delivery stands.
func (m *Machine) passed(o *send) {
	all := m.passing[o.delivery]
	for i, other := range all {
		if other == o {
			all = append(all[:i], all[i+1:]...)
			break
		}
	}
	if len(all) == 0 {
		delete(m.passing, o.delivery)
	} else {
		m.passing[o.delivery] = all
	}
}

// msOf rounds up: a time that somebody asked for is not cut short.
func msOf(d time.Duration) uint32 {
	return uint32(min(max((d+time.Millisecond-1)/time.Millisecond, 0), 1<<32-1))
}
