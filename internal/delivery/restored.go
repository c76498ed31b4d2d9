package delivery

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/texts"
)

// RestoredKey is there until the first start on a store that was restored from a
// backup, with the time of the backup in milliseconds, eight bytes, big endian.
func RestoredKey() []byte { return []byte("m/restored") }

// RestoredAt is the value of RestoredKey.
func RestoredAt(backup time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(ms(backup)))
}

// recoverRestored doubts all that is open, if the store was restored: the bot that
// was backed up went on after that, so what was open may have run, and what waited
// to be posted may have been (OCO-STO-25). That is known to all from then on: the
// mark goes in the batch in which it is told.
func (m *Machine) recoverRestored(s *step, scan Scan) error {
	var found []byte
	err := scan(RestoredKey(), func(_, value []byte) error {
		found = append([]byte{}, value...)
		return nil
	})
	switch {
	case err != nil:
		return err
	case found == nil:
		return nil
	case len(found) != 8:
		return fmt.Errorf("the time of the backup has %d bytes", len(found))
	}
	s.batch.Delete(RestoredKey())
	s.sync = true
	of := time.UnixMilli(int64(binary.BigEndian.Uint64(found))).UTC()
	why := "restored from a backup of " + of.Format("2006-01-02 15:04") + " UTC: it may have run since"
	said := m.because(texts.WhyRestored, "time", of.Format("15:04")+" UTC")
	// Before anything is said of what follows.
	waiting := slices.SortedFunc(maps.Values(m.outbox), func(a, b *send) int { return cmp.Compare(a.row, b.row) })
	for _, id := range slices.Sorted(maps.Keys(m.open)) {
		m.doubt(s, m.open[id], said, why)
	}
	for _, o := range waiting {
		if m.outbox[o.id] == o { // it may have ended with another
			m.doubtSend(s, o, "restored from a backup of "+of.Format("2006-01-02 15:04")+" UTC: it may have been posted since")
		}
	}
	return nil
}

// doubt goes on with an open delivery that may have run since.
func (m *Machine) doubt(s *step, d *delivery, said cause, why string) {
	if l := d.lease; l != nil {
		m.free(l)
		l.delivery = nil
		m.interrupted(s, d, l, why, said)
		return
	}
	if d.route.RunPolicy != chat.Repeatable {
		m.endAs(s, d, chat.Unknown, said, why)
	}
}

// doubtSend goes on with a message that may have been posted since.
func (m *Machine) doubtSend(s *step, o *send, why string) {
	switch l := o.lease; {
	case l != nil:
		m.free(l)
		l.send = nil
		m.sendLost(s, o, true, why)
	case o.lead != nil: // as its leader
	case o.isAct(), m.idempotent(), !o.loss:
		o.unsure, o.repeat = true, o.repeat || !o.isAct() && !m.idempotent()
		m.writeSend(s, o)
	default:
		m.outletOf(o.place).withdraw(o)
		m.endSend(s, o, OperationResult{State: chat.SendUnknown, Detail: why + "; its policy is prefer_loss, so it is not posted again"})
	}
}
