package supervise

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

// ask is what is asked of the loop of a child from outside: a restart within grace, or
// the end of a process that hangs.
type ask struct {
	hung  bool
	grace time.Duration
}

// child keeps one process alive. Its loop runs in one goroutine from Start to the end.
type child struct {
	supervisor *Supervisor
	process    Process // as it was first; only its name is used
	restarts   *restarts
	asks       chan ask      // one may wait; further ones add nothing
	stop       chan struct{} // closed: end for good
	now        chan struct{} // closed: kill
	done       chan struct{} // closed: the loop has ended and nothing runs

	mu       sync.Mutex
	next     Process // of the next launch
	status   Status
	over     chan struct{} // closed when the launch that runs has ended; nil while none runs
	ready    chan struct{} // closed by markReady; a new one for each launch
	stopping bool
	hurried  bool
	killed   bool // it had to be killed when it was to end for good
}

func newChild(s *Supervisor, p Process) *child {
	return &child{
		supervisor: s,
		process:    p,
		next:       p,
		restarts:   newRestarts(s.options.Restart),
		asks:       make(chan ask, 1),
		stop:       make(chan struct{}),
		now:        make(chan struct{}),
		done:       make(chan struct{}),
		status:     Status{Name: p.Name, State: Starting},
		ready:      make(chan struct{}),
	}
}

func (c *child) run() {
	defer close(c.done)
	for number := 1; ; number++ {
		wanted, up := c.once(number)
		if c.isStopping() {
			c.update(func(s *Status) { s.State = Stopped })
			return
		}
		wait, state := time.Duration(0), Starting
		if wanted {
			c.restarts.forget()
		} else {
			wait, state = c.afterEnd(up)
		}
		if !c.pause(wait, state) {
			c.update(func(s *Status) { s.State, s.NextStart = Stopped, time.Time{} })
			return
		}
		c.update(func(s *Status) {
			s.State, s.NextStart = Starting, time.Time{}
			s.Restarts++
		})
	}
}

// afterEnd says how long to wait and in which state after an end that nobody asked for.
func (c *child) afterEnd(up time.Duration) (time.Duration, State) {
	was := c.restarts.broken
	wait, broken := c.restarts.ended(time.Now(), up, rand.Float64())
	log := c.supervisor.options.Log.With("plugin", c.process.Name, "exit", c.current().LastExit)
	switch {
	case broken:
		log.Error("the plugin ends again and again and is given a rest", "next_start_in", wait)
		if !was {
			c.supervisor.options.OnBroken(c.process.Name, c.current().LastExit)
		}
		return wait, Broken
	case wait > 0:
		log.Warn("the plugin has ended", "next_start_in", wait)
		return wait, Backoff
	}
	log.Warn("the plugin has ended and is started again")
	return 0, Starting
}

// pause waits until the next start and returns false if there will be none.
func (c *child) pause(wait time.Duration, state State) bool {
	if wait <= 0 {
		return !c.isStopping()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	c.update(func(s *Status) { s.State, s.NextStart = state, time.Now().Add(wait) })
	for {
		select {
		case <-timer.C:
			return true
		case a := <-c.asks:
			if !a.hung {
				c.restarts.forget()
				return true
			} // nothing hangs while nothing runs
		case <-c.stop:
			return false
		}
	}
}

// once launches the process, attends to it until its end and says whether the end was
// wanted, and how long the process had been ready.
func (c *child) once(number int) (wanted bool, up time.Duration) {
	s := c.supervisor
	select {
	case <-c.asks: // it was about a launch that is over
	default:
	}
	mark := s.mark + "/" + c.process.Name + "/" + strconv.Itoa(number)
	run, err := s.launch(c.planned(), mark, number)
	if err != nil {
		c.update(func(st *Status) { st.LastExit, st.LastExitAt = "could not start: "+err.Error(), time.Now() })
		return false, 0
	}
	ready := make(chan struct{})
	over := make(chan struct{})
	c.mu.Lock()
	c.ready, c.over = ready, over
	c.status.PID, c.status.StartedAt = run.pid(), time.Now()
	c.mu.Unlock()
	s.options.Log.Info("the plugin was started", "plugin", c.process.Name, "pid", run.pid())
	a := attendance{child: c, run: run, ready: ready}
	a.untilExit()
	exit := Exit{Name: c.process.Name, PID: run.pid(), Code: run.code(), Text: a.text(), Wanted: a.wanted}
	c.update(func(st *Status) {
		if exit.WasReady = st.State == Running; exit.WasReady {
			up = time.Since(st.ReadySince)
		}
		st.State, st.PID, st.Late = Starting, 0, false
		st.StartedAt, st.ReadySince = time.Time{}, time.Time{}
		st.LastExit, st.LastExitAt = exit.Text, time.Now()
	})
	s.options.OnExit(exit)
	c.mu.Lock()
	c.over = nil
	c.mu.Unlock()
	close(over)
	return a.wanted, up
}

// end asks the loop to end, waits for it, and hurries when ctx ends.
func (c *child) end(ctx context.Context) error {
	c.mu.Lock()
	if !c.stopping {
		c.stopping = true
		close(c.stop)
	}
	c.mu.Unlock()
	select {
	case <-c.done:
	case <-ctx.Done():
		c.hurry()
		timer := time.NewTimer(killWait)
		defer timer.Stop()
		select {
		case <-c.done:
		case <-timer.C:
			return fmt.Errorf("process %s (%d) does not end although it was killed", c.process.Name, c.current().PID)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.killed {
		return fmt.Errorf("process %s did not end when it was asked to and was killed", c.process.Name)
	}
	return nil
}

func (c *child) hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.hurried {
		c.hurried = true
		close(c.now)
	}
}

// ask hands a to the loop, or drops it if one waits there already.
func (c *child) ask(a ask) error {
	if c.isStopping() {
		return ErrStopping
	}
	select {
	case c.asks <- a:
	default:
	}
	return nil
}

// running returns what is closed when the launch that runs is over; nil if none runs.
func (c *child) running() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// planned is what the next launch is of.
func (c *child) planned() Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next
}

func (c *child) plan(p Process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = p
}

func (c *child) markReady() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.status.State != Starting || c.status.PID == 0 {
		return
	}
	c.status.State, c.status.Late, c.status.ReadySince = Running, false, time.Now()
	close(c.ready)
}

func (c *child) isStopping() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopping
}

func (c *child) current() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

func (c *child) update(change func(*Status)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.status)
}
