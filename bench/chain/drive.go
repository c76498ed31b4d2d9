package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/openchatops/oco/bench/loop"
	"github.com/openchatops/oco/bench/subject"
)

// plan is what is to be measured.
type plan struct {
	w       []int
	rounds  int
	length  time.Duration
	warm    time.Duration
	dir     string
	profile string // directory for profiles, or empty
	idle    int    // handlers beside the variant crowded; 0: it is left out
	only    []string
}

// A result is one measurement.
type result struct {
	Variant string
	Round   int
	W       int
	N       int
	Rate    float64    // messages a second
	P50     float64    // µs
	P99     float64    // µs
	CPU     [3]float64 // µs a message of adapter, bot, handler
	Syncs   float64    // a message
	Fd      float64    // µs of one fdatasync just before
	Load    float64    // load average before the round
	Idle    float64    `json:",omitempty"` // bytes of the bot's memory for each idle handler
}

func (r result) cpu() float64 { return r.CPU[0] + r.CPU[1] + r.CPU[2] }

var variants = []string{bare, off, durable, unaryOff, unaryDurable, crowded, fewRoutes, manyRoutes}

// those are the variants of a plan.
func (p plan) those() []string {
	return slices.DeleteFunc(slices.Clone(variants), func(v string) bool {
		return v == crowded && p.idle == 0 || len(p.only) > 0 && !slices.Contains(p.only, v)
	})
}

// drive measures every variant once a round, in an order that turns by one.
func drive(p plan, progress func(round int, variant string)) ([]result, error) {
	var all []result
	for round := range p.rounds {
		busy := load()
		vs := p.those()
		for i := range vs {
			v := vs[(i+round)%len(vs)]
			progress(round, v)
			rs, err := measure(p, v, round)
			if err != nil {
				return all, fmt.Errorf("round %d: %s: %w", round+1, v, err)
			}
			for _, r := range rs {
				r.Load = busy
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// measure starts the processes of a variant, measures each number of messages in
// flight, and ends them.
func measure(p plan, variant string, round int) (rs []result, err error) {
	dir, err := os.MkdirTemp(p.dir, "chain-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	e := environment{variant: variant, dir: dir, socket: filepath.Join(dir, "driver.sock")}
	c, err := startChain(e)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	if err := c.warm(p); err != nil {
		return nil, err
	}
	idle, inFlight := 0.0, p.w
	if variant == crowded {
		if idle, err = c.crowd(e, p.idle); err != nil {
			return nil, fmt.Errorf("%d idle handlers: %w", p.idle, err)
		}
		if err := c.warm(p); err != nil { // it gave back what it needs to run
			return nil, err
		}
		inFlight = []int{1}
	}
	if routesOf(variant) > 1 {
		inFlight = []int{1}
	}
	for _, w := range inFlight {
		r := result{Variant: variant, Round: round, W: w, Idle: idle}
		if err := c.run(p, &r); err != nil {
			return nil, fmt.Errorf("%d in flight: %w", w, err)
		}
		rs = append(rs, r)
	}
	return rs, nil
}

func (c *chain) warm(p plan) error {
	if _, err := c.adapter().ask(order{Do: "run", W: 16, Length: p.warm}, p.warm+2*loop.Patience); err != nil {
		return fmt.Errorf("warming up: %w", err)
	}
	return nil
}

// roles in the order of result.CPU.
var roles = [3]string{"adapter", "bot", "handler"}

// A chain is the processes of one variant.
type chain struct {
	commands []*exec.Cmd
	stations [3]*station
	crowded  *station // the process of the idle handlers, if there is one
	listener net.Listener
	counts   bool // its bot counts syncs
}

func startChain(e environment) (*chain, error) {
	l, err := net.Listen("unix", e.socket)
	if err != nil {
		return nil, err
	}
	c := &chain{listener: l, counts: e.variant != bare}
	start := []string{"bot"} // the others are its children
	if e.variant == bare {
		start = []string{"bot", "handler", "adapter"}
	}
	for _, role := range start {
		if err := c.start(e.of(role)); err != nil {
			return nil, errors.Join(err, c.stop())
		}
	}
	if err := c.gather(); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

func (c *chain) start(e environment) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = os.Environ()
	for k, v := range e.vars() {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	c.commands = append(c.commands, cmd)
	return nil
}

// gather waits until the three processes have said who they are.
func (c *chain) gather() error {
	if err := c.listener.(*net.UnixListener).SetDeadline(time.Now().Add(loop.Patience)); err != nil {
		return err
	}
	for range roles {
		conn, err := c.listener.Accept()
		if err != nil {
			return fmt.Errorf("the processes did not come up: %w", err)
		}
		s, err := welcome(conn)
		if err != nil {
			return err
		}
		for i, role := range roles {
			if s.role == role {
				c.stations[i] = s
			}
		}
	}
	for i, s := range c.stations {
		if s == nil {
			return fmt.Errorf("there is no %s", roles[i])
		}
	}
	return nil
}

func (c *chain) adapter() *station { return c.stations[0] }
func (c *chain) bot() *station     { return c.stations[1] }

// stop ends the processes; a bot ends its children.
func (c *chain) stop() error {
	errs := []error{c.listener.Close()}
	for _, cmd := range c.commands {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			errs = append(errs, err)
		}
	}
	for _, cmd := range c.commands {
		kill := time.AfterFunc(loop.Patience, func() { _ = cmd.Process.Kill() }) // it may have ended
		_ = cmd.Wait()                                                           // ended by a signal is as good as well
		kill.Stop()
	}
	for _, s := range append(c.stations[:], c.crowded) {
		if s != nil {
			errs = append(errs, s.conn.Close())
		}
	}
	return errors.Join(errs...)
}

// run measures once.
func (c *chain) run(p plan, r *result) error {
	fd, err := syncTime(p.dir)
	if err != nil {
		return err
	}
	if p.profile != "" {
		stop, err := c.profile(p, r)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	before, err := c.read()
	if err != nil {
		return err
	}
	rep, err := c.adapter().ask(order{Do: "run", W: r.W, Length: p.length}, p.length+2*loop.Patience)
	if err != nil {
		return err
	}
	after, err := c.read()
	if err != nil {
		return err
	}
	n := float64(rep.Run.N)
	r.N, r.Rate = rep.Run.N, n/rep.Run.Elapsed.Seconds()
	r.P50, r.P99, r.Fd = micro(rep.Run.P50), micro(rep.Run.P99), micro(fd)
	for i := range r.CPU {
		r.CPU[i] = micro(after.cpu[i]-before.cpu[i]) / n
	}
	r.Syncs = float64(after.syncs-before.syncs) / n
	return nil
}

func micro(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// profile lets every process write a CPU profile until stop is called.
func (c *chain) profile(p plan, r *result) (stop func() error, err error) {
	dir, err := filepath.Abs(p.profile)
	if err != nil {
		return nil, err
	}
	file := func(s *station) string {
		return filepath.Join(dir, fmt.Sprintf("%s-%d-%s-%d.pprof", r.Variant, r.W, s.role, r.Round+1))
	}
	for _, s := range c.stations {
		if _, err := s.ask(order{Do: "profile", Profile: file(s)}, loop.Patience); err != nil {
			return nil, err
		}
	}
	return func() error {
		var errs []error
		for _, s := range c.stations {
			_, err := s.ask(order{Do: "unprofile", Profile: file(s)}, loop.Patience)
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}, nil
}

// A reading is what the counters say.
type reading struct {
	cpu   [3]time.Duration
	syncs uint64
}

func (c *chain) read() (reading, error) {
	var now reading
	if c.counts {
		rep, err := c.bot().ask(order{Do: "syncs"}, loop.Patience)
		if err != nil {
			return now, err
		}
		now.syncs = rep.Syncs
	}
	for i, s := range c.stations {
		var err error
		if now.cpu[i], err = subject.CPU(s.pid); err != nil {
			return now, err
		}
	}
	return now, nil
}
