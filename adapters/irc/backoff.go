package irc

import (
	"math/rand/v2"
	"time"
)

// backoff draws how long to wait after failures in a row: anything below a limit
// that doubles, so that a thousand clients of a server that was restarted come
// back apart.
type backoff struct {
	first, most time.Duration
	failures    int
}

func (b *backoff) next() time.Duration {
	limit := b.most
	if b.failures < 30 {
		limit = min(b.most, b.first<<b.failures)
	}
	b.failures++
	return rand.N(limit)
}

func (b *backoff) reset() { b.failures = 0 }
