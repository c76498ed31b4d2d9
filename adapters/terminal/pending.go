package terminal

import (
	"sync"
	"time"

	"github.com/openchatops/oco"
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
	life     time.Time  // when something was said last
	room     oco.RoomID // where the bot shows that it is at work
	until    time.Time  // and how long
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
	p.life, p.until = now, time.Time{}
}

// types notes that the bot shows that it is at work.
func (p *pending) types(room oco.RoomID, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.room, p.until = room, until
}

// silent says whether something goes on and nothing was said of it for long, or
// the bot shows here that it is at work.
func (p *pending) silent(now time.Time, here oco.RoomID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.room == here && now.Before(p.until) || p.count > 0 && now.Sub(p.life) >= p.patience
}
