package terminal

import (
	"sync"
	"time"
)

const (
	// patience is how long a line may take before a sign says that it still does.
	patience = time.Second
	// mostPending is how many lines are watched; of more nobody is told that they
	// are still going on.
	mostPending = 100
	// lost is when nobody expects an outcome any more.
	lost = time.Hour
)

// pending knows whether lines have no outcome yet. Safe for concurrent use.
type pending struct {
	mu       sync.Mutex
	patience time.Duration // of who waits for a sign
	count    int
	life     time.Time // when something was said last
}

// begin counts a line; false if there are too many.
func (p *pending) begin(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count >= mostPending {
		return false
	}
	if p.count == 0 {
		p.life = now
	}
	p.count++
	return true
}

// end takes back one begin.
func (p *pending) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count--
}

// said notes a sign of life.
func (p *pending) said(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.life = now
}

// silent says whether something goes on and nothing was said of it for long.
func (p *pending) silent(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count > 0 && now.Sub(p.life) >= p.patience
}
