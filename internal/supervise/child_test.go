package supervise

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeRun is a launch without a process.
type fakeRun struct {
	id      int
	done    chan struct{}
	how     string
	mu      sync.Mutex
	signals []string
	deaf    bool // SIGTERM does nothing
	stuck   bool // neither does SIGKILL
}

func (f *fakeRun) pid() int                { return f.id }
func (f *fakeRun) code() int               { return -1 }
func (f *fakeRun) exited() <-chan struct{} { return f.done }
func (f *fakeRun) text() string            { return f.how }
func (f *fakeRun) terminate() error        { return f.signal("term", &f.deaf) }
func (f *fakeRun) kill() error             { return f.signal("kill", &f.stuck) }

func (f *fakeRun) signal(name string, ignored *bool) error {
	f.mu.Lock()
	f.signals = append(f.signals, name)
	ignore := *ignored
	f.mu.Unlock()
	if !ignore {
		f.exit("signal: " + name)
	}
	return nil
}

// resist says which signals do nothing.
func (f *fakeRun) resist(deaf, stuck bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deaf, f.stuck = deaf, stuck
}

func (f *fakeRun) got() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.signals, " ")
}

func (f *fakeRun) exit(how string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-f.done:
	default:
		f.how = how
		close(f.done)
	}
}

// scene is a supervisor of fake launches with fake time.
type scene struct {
	*Supervisor
	t *testing.T

	mu    sync.Mutex
	runs  []*fakeRun
	exits []Exit
	// broken is what was told of who is given a rest.
	broken []string
	fail   error // launches fail with it
	// commands are what was launched, or was to be.
	commands []string
}

// play runs a scene in a bubble: one process `p` is started, and whatever is left is
// stopped at the end.
func play(t *testing.T, act func(*testing.T, *scene)) {
	synctest.Test(t, func(t *testing.T) {
		sc := &scene{t: t}
		sc.Supervisor = New(Options{OnExit: func(e Exit) {
			sc.mu.Lock()
			defer sc.mu.Unlock()
			sc.exits = append(sc.exits, e)
		}, OnBroken: func(name, why string) {
			sc.mu.Lock()
			defer sc.mu.Unlock()
			sc.broken = append(sc.broken, name+": "+why)
		}})
		sc.launch = func(p Process, _ string, number int) (launched, error) {
			sc.mu.Lock()
			sc.commands = append(sc.commands, p.Command[0])
			defer sc.mu.Unlock()
			if sc.fail != nil {
				return nil, sc.fail
			}
			run := &fakeRun{id: number, done: make(chan struct{})}
			sc.runs = append(sc.runs, run)
			return run, nil
		}
		if err := sc.Start(Process{Name: "p", Command: []string{"p"}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		act(t, sc)
		sc.last().resist(false, false)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := sc.Stop(ctx); err != nil && !strings.Contains(err.Error(), "was killed") {
			t.Errorf("the last stop: %v", err)
		}
		synctest.Wait()
	})
}

// after lets time pass and then whatever happens at that time.
func (s *scene) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (s *scene) status(want State) Status {
	s.t.Helper()
	st, err := s.StatusOf("p")
	if err != nil {
		s.t.Fatal(err)
	}
	if st.State != want {
		s.t.Errorf("the state is %s, not %s: %+v", st.State, want, st)
	}
	return st
}

func (s *scene) last() *fakeRun {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs[len(s.runs)-1]
}

// ended returns the exits that were reported.
func (s *scene) ended() []Exit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.exits)
}

// rests returns who was reported to be given a rest, and why.
func (s *scene) rests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.broken)
}

// failWith makes further launches fail.
func (s *scene) failWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *scene) ready() {
	s.t.Helper()
	if err := s.MarkReady("p"); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
}

func (s *scene) exit(how string) {
	s.last().exit(how)
	synctest.Wait()
}

func TestAHealthyProcessIsStartedAgainAtOnce(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		if st := s.status(Starting); st.PID != 1 || st.Restarts != 0 || st.StartedAt.IsZero() {
			t.Errorf("%+v", st)
		}
		s.ready()
		if st := s.status(Running); st.ReadySince.IsZero() {
			t.Errorf("%+v", st)
		}
		s.after(time.Hour)
		s.exit("signal: killed")
		st := s.status(Starting)
		if st.PID != 2 || st.Restarts != 1 || st.LastExit != "signal: killed" || !st.ReadySince.IsZero() {
			t.Errorf("%+v", st)
		}
		if exits := s.ended(); len(exits) != 1 || exits[0] != (Exit{Name: "p", PID: 1, Code: -1, Text: "signal: killed", WasReady: true}) {
			t.Errorf("%+v", s.ended())
		}
	})
}

func TestAProcessThatIsReadyForAMomentIsNotHealthy(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.after(9 * time.Second) // the time before it is ready does not count
		s.ready()
		s.after(9 * time.Second)
		s.exit("exit status 1")
		s.status(Backoff)
	})
}

// What was asked about a launch that has ended meanwhile does not hit the next one.
func TestALateAskDoesNotHitTheNextLaunch(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.ready()
		s.after(time.Hour)
		s.options.OnExit = func(Exit) {
			if err := s.KillHung("p"); err != nil && !errors.Is(err, ErrStopping) {
				t.Error(err)
			}
		}
		s.exit("exit status 1")
		if st := s.status(Starting); st.PID != 2 || s.last().got() != "" {
			t.Errorf("%+v was sent %q", st, s.last().got())
		}
	})
}

func TestACrashLoopIsBroken(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		for range 4 {
			s.exit("exit status 1")
			st := s.status(Backoff)
			if st.PID != 0 || !st.NextStart.After(time.Now()) {
				t.Errorf("%+v", st)
			}
			if err := s.KillHung("p"); err != nil { // nothing runs: it must not shorten the wait
				t.Error(err)
			}
			s.after(0)
			s.status(Backoff)
			s.after(time.Until(st.NextStart))
			s.status(Starting)
		}
		s.exit("exit status 1")
		if st := s.status(Broken); time.Until(st.NextStart) != 5*time.Minute {
			t.Errorf("%+v", st)
		}
		s.after(5*time.Minute - 1)
		s.status(Broken)
		s.after(1)
		s.status(Starting)
		s.exit("exit status 1")
		s.status(Broken)
		if got := s.rests(); !slices.Equal(got, []string{"p: exit status 1"}) { // once
			t.Errorf("told broken: %q", got)
		}
		if err := s.Restart(t.Context(), "p"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		s.status(Starting)
		s.exit("exit status 1")
		s.status(Backoff) // an operator's restart forgets the past
	})
}

// The breaker lets one try through now and then. A try that stays up closes it: the
// next end is one as any other. One that does not opens it again.
func TestATryThatStaysUpClosesTheBreaker(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		broken := func() {
			t.Helper()
			for s.current() != Broken {
				s.exit("exit status 1")
				if s.current() == Backoff {
					st, err := s.StatusOf("p")
					if err != nil {
						t.Fatal(err)
					}
					s.after(time.Until(st.NextStart))
				}
			}
		}
		broken()
		s.after(5 * time.Minute)
		s.ready()
		s.after(9 * time.Second) // not long enough
		s.exit("exit status 1")
		if st := s.status(Broken); time.Until(st.NextStart) != 5*time.Minute {
			t.Errorf("%+v", st)
		}
		s.after(5 * time.Minute)
		s.ready()
		s.after(10 * time.Second)
		s.exit("exit status 1")
		s.status(Starting)
		s.exit("exit status 1")
		s.status(Backoff)
	})
}

func (s *scene) current() State {
	s.t.Helper()
	st, err := s.StatusOf("p")
	if err != nil {
		s.t.Fatal(err)
	}
	return st.State
}

func TestAProcessThatCannotStart(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.failWith(errors.New("no such command"))
		s.exit("exit status 1")
		s.after(3 * time.Second)
		if st := s.status(Backoff); st.LastExit != "could not start: no such command" || st.PID != 0 {
			t.Errorf("%+v", st)
		}
		if len(s.ended()) != 1 {
			t.Errorf("an exit was reported of what never ran: %+v", s.ended())
		}
		s.after(time.Minute)
		s.status(Broken)
	})
}

func TestAProcessThatDoesNotRegister(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.after(10*time.Second - 1)
		if s.status(Starting).Late {
			t.Error("late too early")
		}
		s.after(1)
		if st := s.status(Starting); !st.Late || st.PID != 1 {
			t.Errorf("%+v", st)
		}
		s.after(50*time.Second - 1)
		if s.last().got() != "" {
			t.Errorf("ended too early: %v", s.last().got())
		}
		s.after(1)
		if st := s.status(Backoff); !strings.Contains(st.LastExit, "did not register within 1m0s") {
			t.Errorf("%+v", st)
		}
	})
}

func TestALateProcessThatRegistersStays(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.after(11 * time.Second)
		s.ready()
		if s.status(Running).Late {
			t.Error("still late")
		}
		s.ready() // once more is harmless
		s.after(time.Hour)
		s.status(Running)
	})
}

func TestRestartIsNoFailure(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		for i := range 10 {
			if err := s.Restart(t.Context(), "p"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if st := s.status(Starting); st.PID != i+2 || !strings.HasPrefix(st.LastExit, "a restart was asked for") {
				t.Errorf("%+v", st)
			}
		}
		if !s.ended()[0].Wanted {
			t.Errorf("%+v", s.ended()[0])
		}
	})
}

func TestAHungProcessGetsLittleGrace(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.ready()
		s.last().resist(true, false)
		asked := make(chan error, 1)
		go func() { asked <- s.Restart(t.Context(), "p") }() // 30 s of grace
		s.after(time.Second)
		if err := s.KillHung("p"); err != nil { // 5 s: sooner
			t.Fatal(err)
		}
		first := s.last()
		s.after(5*time.Second - 1)
		if got := first.got(); got != "term" {
			t.Errorf("signals: %s", got)
		}
		s.after(1)
		if got := first.got(); got != "term kill" {
			t.Errorf("signals: %s", got)
		}
		s.status(Starting)
		if err := <-asked; err != nil {
			t.Error(err)
		}
	})
}

// Restart returns when what ran is over, or goes on without who asked.
func TestRestartWaitsForTheEnd(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.ready()
		s.last().resist(true, false)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Restart(ctx, "p"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		if err := s.Restart(t.Context(), "p"); err != nil || time.Since(began) != 30*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		if len(s.ended()) != 1 {
			t.Errorf("the restart returned before the end was reported: %+v", s.ended())
		}
		synctest.Wait()
		if st := s.status(Starting); st.PID != 2 {
			t.Errorf("%+v", st)
		}
	})
}

// Times that were tuned hold for the next wait.
// A process can become another program under its name: now if it runs, else when it
// is started next, which is at once.
func TestReplace(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.last().resist(true, false)
		began := time.Now()
		if err := s.Replace(t.Context(), Process{Name: "p", Command: []string{"q"}}, 2*time.Second); err != nil || time.Since(began) != 2*time.Second {
			t.Errorf("it took %v: %v", time.Since(began), err)
		}
		synctest.Wait()
		if got := strings.Join(s.commands, " "); got != "p q" {
			t.Errorf("launched were %s", got)
		}
		s.last().exit("exit status 1")
		synctest.Wait()
		s.status(Backoff)
		if err := s.Replace(t.Context(), Process{Name: "p", Command: []string{"r"}}, time.Second); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if got := strings.Join(s.commands, " "); got != "p q r" {
			t.Errorf("launched were %s", got)
		}
		for _, p := range []Process{{Name: "p"}, {Name: "x", Command: []string{"x"}}} {
			if err := s.Replace(t.Context(), p, time.Second); err == nil {
				t.Errorf("%+v was taken", p)
			}
		}
	})
}

func TestTune(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.Tune(2*time.Second, 3*time.Second)
		s.last().resist(true, false)
		began := time.Now()
		if err := s.Restart(t.Context(), "p"); err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		s.after(2 * time.Second)
		if !s.status(Starting).Late {
			t.Error("it is not late")
		}
	})
}

func TestStopAsksThenKills(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.last().resist(true, false)
		began := time.Now()
		err := s.Stop(t.Context())
		if err == nil || !strings.Contains(err.Error(), "process p did not end") || time.Since(began) != 30*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		s.status(Stopped)
		if err := s.Start(Process{Name: "q", Command: []string{"q"}}); !errors.Is(err, ErrStopping) {
			t.Errorf("start: %v", err)
		}
		if err := s.Restart(t.Context(), "p"); !errors.Is(err, ErrStopping) {
			t.Errorf("restart: %v", err)
		}
	})
}

func TestStopHurriesWhenItsContextEnds(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.last().resist(true, false)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began := time.Now()
		if err := s.Stop(ctx); err == nil || time.Since(began) != 2*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}

func TestStopGivesUpOnTheUndead(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.last().resist(true, true)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Stop(ctx); err == nil || !strings.Contains(err.Error(), "does not end although it was killed") {
			t.Errorf("%v", err)
		}
		s.exit("at last")
	})
}

func TestStopEndsAWait(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		s.exit("exit status 1")
		s.status(Backoff)
		if err := s.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if st := s.status(Stopped); !st.NextStart.IsZero() {
			t.Errorf("%+v", st)
		}
	})
}

func TestRemoveFreesTheName(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		p := Process{Name: "p", Command: []string{"p"}}
		if err := s.Start(p); err == nil {
			t.Error("two processes of one name")
		}
		if err := s.Remove(t.Context(), "p"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.StatusOf("p"); !errors.Is(err, ErrUnknownProcess) {
			t.Errorf("%v", err)
		}
		if err := s.Start(p); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if all := s.Status(); len(all) != 1 || all[0].State != Starting {
			t.Errorf("%+v", all)
		}
	})
}

func TestUnknownNames(t *testing.T) {
	play(t, func(t *testing.T, s *scene) {
		for name, err := range map[string]error{
			"ready": s.MarkReady("x"), "restart": s.Restart(t.Context(), "x"), "hung": s.KillHung("x"), "remove": s.Remove(t.Context(), "x"),
		} {
			if !errors.Is(err, ErrUnknownProcess) || !strings.Contains(err.Error(), "x") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := s.Start(Process{Name: "y"}); err == nil {
			t.Error("started nothing")
		}
		if _, err := s.KillLeftovers(); err == nil {
			t.Error("leftovers without an instance")
		}
	})
}
