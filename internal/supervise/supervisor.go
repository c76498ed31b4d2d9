package supervise

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrUnknownProcess is returned for a name that no process has.
var ErrUnknownProcess = errors.New("no such process")

// ErrStopping is returned once Stop was called.
var ErrStopping = errors.New("the supervisor is stopping")

// killWait is how long Stop and Remove wait for the death of a killed process. Only one
// that is stuck in the kernel takes longer.
const killWait = 5 * time.Second

// Supervisor keeps processes alive. Its methods may be called from several goroutines.
// Make one with New and end it with Stop, else a thread is left behind.
type Supervisor struct {
	options  Options
	instance string // the first part of the marks: the same in the next life of the bot
	mark     string // the first two parts: of this life alone
	launch   func(p Process, mark string, number int) (launched, error)
	forker   *forker

	mu       sync.Mutex
	children map[string]*child
	stopping bool
	closed   bool // the forker is
	guard    *guard

	readyWithin, stopGrace time.Duration
}

// New makes a Supervisor without processes. What this process has inherited open it
// hands on to nobody from now on.
func New(options Options) *Supervisor {
	keepDescriptors()
	s := &Supervisor{options: options.withDefaults(), forker: newForker(), children: map[string]*child{}}
	s.readyWithin, s.stopGrace = s.options.ReadyWithin, s.options.StopGrace
	name := options.Instance
	if name == "" {
		name = rand.Text()
	}
	sum := sha256.Sum256([]byte(name))
	s.instance = hex.EncodeToString(sum[:8])
	s.mark = s.instance + "/" + rand.Text()
	s.launch = func(p Process, mark string, _ int) (launched, error) {
		process, err := s.start(p, mark)
		if err != nil {
			return nil, err // not process: a nil *osProcess would be no nil launched
		}
		return process, nil
	}
	return s
}

// KillLeftovers kills the processes that an earlier bot of the same Options.Instance
// left behind when it was killed, and returns their number. Call it before the first
// Start, while nobody else can run this instance (the data directory is locked).
func (s *Supervisor) KillLeftovers() (int, error) {
	if s.options.Instance == "" {
		return 0, errors.New("leftovers cannot be told apart without Options.Instance")
	}
	return sweepMarked(s.instance)
}

// Start begins to keep p alive and returns at once; what goes wrong with its program is
// found in Status and the log. The error is about p itself (a name that is taken, no
// command) or ErrStopping.
func (s *Supervisor) Start(p Process) error {
	if err := p.validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return ErrStopping
	}
	if s.children[p.Name] != nil {
		return fmt.Errorf("a process %s is there already", p.Name)
	}
	c := newChild(s, p)
	s.children[p.Name] = c
	go c.run()
	return nil
}

// MarkReady says that the process does its work: the bot calls it when the first of its
// plugins has registered. It does nothing if the process is not starting.
func (s *Supervisor) MarkReady(name string) error {
	c, err := s.child(name)
	if err != nil {
		return err
	}
	c.markReady()
	return nil
}

// Restart ends the process, SIGTERM first, and starts it again at once, also when it is
// broken or waits; its past is forgotten. It waits until what ran has ended and OnExit
// has returned, which takes a little longer than Options.StopGrace at most, or until ctx
// ends: the restart goes on without it.
func (s *Supervisor) Restart(ctx context.Context, name string) error {
	c, err := s.child(name)
	if err != nil {
		return err
	}
	_, grace := s.times()
	return s.restart(ctx, c, grace)
}

// Replace is Restart with another program, directory, environment or limits under the
// same name. It is killed after grace, whatever Options.StopGrace is. p is used for
// every launch from then on.
func (s *Supervisor) Replace(ctx context.Context, p Process, grace time.Duration) error {
	if err := p.validate(); err != nil {
		return err
	}
	c, err := s.child(p.Name)
	if err != nil {
		return err
	}
	c.plan(p)
	return s.restart(ctx, c, grace)
}

func (s *Supervisor) restart(ctx context.Context, c *child, grace time.Duration) error {
	over := c.running()
	if err := c.ask(ask{grace: grace}); err != nil || over == nil {
		return err
	}
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Tune changes two of the Options. A launch that runs keeps the time in which it is
// expected to be ready.
func (s *Supervisor) Tune(readyWithin, stopGrace time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readyWithin, s.stopGrace = readyWithin, stopGrace
}

// times are Options.ReadyWithin and Options.StopGrace of this moment.
func (s *Supervisor) times() (readyWithin, stopGrace time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.readyWithin, s.stopGrace
}

// KillHung ends a process that hangs, with little grace, and starts it again as if it
// had ended by itself. It returns without waiting for either.
func (s *Supervisor) KillHung(name string) error { return s.ask(name, ask{hung: true}) }

func (s *Supervisor) ask(name string, a ask) error {
	c, err := s.child(name)
	if err != nil {
		return err
	}
	return c.ask(a)
}

// Status returns what is known about every process, ordered by name.
func (s *Supervisor) Status() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Status, 0, len(s.children))
	for _, c := range s.children {
		all = append(all, c.current())
	}
	slices.SortFunc(all, func(a, b Status) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// StatusOf returns what is known about one process, or ErrUnknownProcess.
func (s *Supervisor) StatusOf(name string) (Status, error) {
	c, err := s.child(name)
	if err != nil {
		return Status{}, err
	}
	return c.current(), nil
}

// Remove stops one process for good, as Stop does for all, and forgets it.
func (s *Supervisor) Remove(ctx context.Context, name string) error {
	s.mu.Lock()
	c := s.children[name]
	if c == nil {
		s.mu.Unlock()
		return fmt.Errorf("%w: %s", ErrUnknownProcess, name)
	}
	s.mu.Unlock()
	err := c.end(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-c.done:
		delete(s.children, name)
	default: // stuck: it stays visible, and its name stays taken
	}
	return err
}

// Stop asks every process to end, all at once, and kills those that have not ended
// after Options.StopGrace or when ctx ends. It returns when all are dead. The error
// names those that had to be killed or that even killing did not end. After Stop
// nothing is started again. Stop may be called again, also at the same time.
func (s *Supervisor) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	children := make([]*child, 0, len(s.children))
	for _, c := range s.children {
		children = append(children, c)
	}
	s.mu.Unlock()
	slices.SortFunc(children, func(a, b *child) int { return strings.Compare(a.process.Name, b.process.Name) })
	ended := make([]error, len(children))
	var all sync.WaitGroup
	for i, c := range children {
		all.Go(func() { ended[i] = c.end(ctx) })
	}
	all.Wait()
	s.closeRest(children)
	return errors.Join(ended...)
}

// closeRest ends the thread and the guard, unless a process is left that even killing did not end:
// then a later Stop may.
func (s *Supervisor) closeRest(children []*child) {
	for _, c := range children {
		select {
		case <-c.done:
		default:
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		s.forker.close()
		if s.guard != nil {
			s.guard.close()
		}
	}
}

func (s *Supervisor) child(name string) (*child, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.children[name]
	if c == nil {
		return nil, fmt.Errorf("%w: %s", ErrUnknownProcess, name)
	}
	return c, nil
}
