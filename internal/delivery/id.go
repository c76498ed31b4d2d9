package delivery

import (
	"crypto/sha256"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// People read and type these ids: no letter looks like another one. The letters
// are in the order of their bytes, so ids are in the order of their bits.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const (
	idLetters = 12
	idBits    = 5 * idLetters
	// countBits are those that tell the ids of one millisecond apart; the others
	// are the milliseconds since idEpoch, which last until 2095.
	countBits = 19
	idEpoch   = 1_767_225_600_000 // 2026-01-01, in Unix milliseconds
	// idRoom is how much later than the last known sign of life of a bot it may
	// have drawn ids.
	idRoom = 2 * time.Second
)

// IDs mints the ids of what the bot made. They go up with time, so that the rows
// under them are written one behind the other and not all over the store. One
// generator gives no id twice, also when the clock goes back. Generators that run
// at the same time must mint different kinds. It is safe for concurrent use.
type IDs struct {
	mu   sync.Mutex
	last uint64
}

// NewIDs makes a generator whose ids are new even if another one, of a process
// before this one, was in use until last by its clock.
func NewIDs(last time.Time) *IDs {
	d := &IDs{}
	d.skip(last)
	return d
}

// skip goes past all ids that were drawn until last.
func (d *IDs) skip(last time.Time) {
	if at, ok := idTime(last.Add(idRoom)); ok {
		d.mu.Lock()
		d.last = max(d.last, at<<countBits)
		d.mu.Unlock()
	}
}

// DrawAfter makes the machine draw ids that are new even if another one was in use
// until then by its clock. It is called before Recover. Two machines one after the
// other must not be given the same moment, or both would draw the same ids.
func (m *Machine) DrawAfter(last time.Time) { m.ids.skip(last) }

// Draw mints an id: a letter that says what it is of, the time in milliseconds,
// and 19 bits that begin anywhere in each millisecond and count up in it. With a
// clock that is wrong by years all of its bits are random.
func (d *IDs) Draw(kind byte, at time.Time, r *rand.Rand) string {
	bits := r.Uint64()
	if ms, ok := idTime(at); ok {
		bits = d.next(ms, bits)
	}
	b := [1 + idLetters]byte{kind}
	for i := idLetters; i > 0; i-- {
		b[i] = alphabet[bits&31]
		bits >>= 5
	}
	return string(b[:])
}

func (d *IDs) next(ms, random uint64) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if ms > d.last>>countBits {
		d.last = ms<<countBits | random&(1<<countBits-1)
	} else {
		d.last++ // perhaps into the next millisecond
	}
	return d.last
}

// idTime is a time as ids have it, if they can.
func idTime(at time.Time) (ms uint64, ok bool) {
	n := at.UnixMilli() - idEpoch
	return uint64(n), n >= 0 && n < 1<<(idBits-countBits)
}

// The kinds of drawn ids.
const (
	KindDelivery  = 'd'
	KindLease     = 'l'
	KindSend      = 'm'
	KindOperation = 'o'
)

// token is what makes a send recognisable to a chat service that can: at most
// 25 characters, the same at each attempt.
func token(message string) string {
	sum := sha256.Sum256([]byte(message))
	var b [24]byte
	for i := range b {
		b[i] = alphabet[sum[i]&31]
	}
	return string(b[:])
}

// IsID reports whether id has the form of one that was drawn of this kind.
func IsID(kind byte, id string) bool {
	if len(id) != 1+idLetters || id[0] != kind {
		return false
	}
	for i := 1; i < len(id); i++ {
		if !strings.ContainsRune(alphabet, rune(id[i])) {
			return false
		}
	}
	return true
}
