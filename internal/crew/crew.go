// Package crew runs jobs at once and beside the caller, in goroutines that are
// used again.
//
// Where many short jobs come together, waking a goroutine for each costs more than
// the jobs. So only one is woken at a time: it wakes the next before it begins, if
// there is more to do. A job that blocks holds up no other, and one that is over
// in no time leaves the next one to the same goroutine.
package crew

import (
	"context"
	"sync"
)

// A Crew runs jobs. Its goroutines end with its life, but for those that have
// a job.
type Crew struct {
	life context.Context
	kept int
	wake chan struct{} // to one of idle

	mu     sync.Mutex
	jobs   []func() // that nobody has begun
	idle   int      // goroutines that wait
	coming bool     // one was woken, or is new, and has not looked at jobs yet
}

// New makes a crew in which at most kept goroutines wait for the next job.
func New(life context.Context, kept int) *Crew {
	return &Crew{life: life, kept: kept, wake: make(chan struct{}, 1)}
}

// Do runs a job. It does not block.
func (c *Crew) Do(job func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jobs = append(c.jobs, job)
	c.call()
}

// call makes a goroutine come, unless one does. The caller holds mu.
func (c *Crew) call() {
	if c.coming {
		return
	}
	c.coming = true
	if c.idle == 0 {
		go c.work()
		return
	}
	c.idle--
	c.wake <- struct{}{} // never blocks: only one comes at a time
}

// work does jobs until there are none and enough others wait for more.
func (c *Crew) work() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.coming = false
	for {
		for len(c.jobs) > 0 {
			job := c.take()
			c.mu.Unlock()
			job()
			c.mu.Lock()
		}
		if c.idle == c.kept || !c.wait() {
			return
		}
		c.coming = false
	}
}

// take takes the first job, and lets somebody come for those behind it. The caller
// holds mu.
func (c *Crew) take() func() {
	job := c.jobs[0]
	c.jobs[0] = nil
	if c.jobs = c.jobs[1:]; len(c.jobs) > 0 {
		c.call()
	}
	return job
}

// wait waits to be woken; false if life is over. The caller holds mu.
func (c *Crew) wait() bool {
	c.idle++
	c.mu.Unlock()
	defer c.mu.Lock()
	select {
	case <-c.wake:
	case <-c.life.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		select {
		case <-c.wake: // who called counts on somebody
		default:
			c.idle--
			return false
		}
	}
	return true
}
