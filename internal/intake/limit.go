package intake

import (
	"sync"
	"time"
)

// maxPeople bounds how many users are remembered. Who is forgotten has said nothing
// for longest.
const maxPeople = 4096

// limits are how much of what users say is taken, a minute. They are safe for
// concurrent use.
type limits struct {
	mu     sync.Mutex
	people recent[string, *allowance]
}

// An allowance is how much one user may say now.
type allowance struct {
	left float64
	at   time.Time // when that was so
	told time.Time // that it is used up
}

func newLimits() *limits { return &limits{people: recent[string, *allowance]{most: maxPeople}} }

// take takes one message of a user, of at most so many a minute and as many at
// once. over says that it is too many, and tell that the user has not been told for
// a minute.
func (l *limits) take(user string, now time.Time, aMinute int) (over, tell bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	most := float64(aMinute)
	a := l.people.of(user, func() *allowance { return &allowance{left: most, at: now} })
	a.left = min(most, a.left+max(0, now.Sub(a.at).Minutes())*most)
	a.at = now
	if a.left >= 1 {
		a.left--
		return false, false
	}
	if !a.told.IsZero() && now.Sub(a.told) < time.Minute {
		return true, false
	}
	a.told = now
	return true, true
}
