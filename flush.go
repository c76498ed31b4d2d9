package oco

import (
	"sync"
	"time"
)

// flusher sends the replies of callbacks that go on for longer than flushAfter.
// All share one timer, which is set when somebody waits and no earlier one runs:
// most callbacks return before it, and a timer for each reply would wake the
// process for nothing.
type flusher struct {
	mu      sync.Mutex
	waiting map[*call]time.Time // when its replies are to leave
	armed   bool
}

// later lets what a call has queued leave after flushAfter.
func (f *flusher) later(c *call) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting == nil {
		f.waiting = map[*call]time.Time{}
	}
	f.waiting[c] = time.Now().Add(flushAfter)
	f.arm(flushAfter)
}

// forget is called when what was queued has left.
func (f *flusher) forget(c *call) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.waiting, c)
}

// arm sets the timer unless it runs. The caller holds mu.
func (f *flusher) arm(after time.Duration) {
	if !f.armed {
		f.armed = true
		time.AfterFunc(after, f.fire)
	}
}

// fire lets leave what is due, and sets the timer for what is due next.
func (f *flusher) fire() {
	for _, c := range f.due(time.Now()) {
		c.mu.Lock()
		if !c.ended {
			c.flushLocked(nil, nil)
		}
		c.mu.Unlock()
	}
}

func (f *flusher) due(now time.Time) (due []*call) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = false
	next := time.Duration(0)
	for c, at := range f.waiting {
		left := at.Sub(now)
		switch {
		case left <= 0:
			due = append(due, c)
			delete(f.waiting, c)
		case next == 0 || left < next:
			next = left
		}
	}
	if next > 0 {
		f.arm(next)
	}
	return due
}
