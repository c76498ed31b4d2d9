package delivery

import (
	"encoding/binary"
	"fmt"
	"time"
)

// A room that the chat service limits is put off, whoever of those that wait in it met
// the limit: the room has a row of its own, so that it waits over a restart of the bot
// too (OCO-DLV-61).

// maxHold bounds how long a room is put off after a restart, whatever the clocks
// say.
const maxHold = 24 * time.Hour

// putOff has nothing be said in a room before then. Who calls it writes the send that
// waits, which syncs.
func (m *Machine) putOff(s *step, t *outlet, until int64) {
	t.hold = until
	whole := m.wall(until + int64(time.Millisecond-1))
	s.batch.Put(putOffKey(t.key), binary.BigEndian.AppendUint64(nil, uint64(whole)))
}

// goOn has a room be put off no longer. A crash that loses this loses nothing: its time
// is over, or a send that is to be tried at once is written with it.
func (m *Machine) goOn(s *step, t *outlet) {
	if t.hold != noAge {
		t.hold = noAge
		s.batch.Delete(putOffKey(t.key))
	}
}

func (m *Machine) recoverPutOff(s *step, scan Scan) error {
	return scan([]byte(prefixPutOff), func(key, value []byte) error {
		if len(value) != 8 {
			return fmt.Errorf("a time has %d bytes", len(value))
		}
		t := m.outletAt(string(key[len(prefixPutOff):]))
		t.hold = min(m.moment(int64(binary.BigEndian.Uint64(value))), s.at+int64(maxHold))
		m.pump(t)
		return nil
	})
}
