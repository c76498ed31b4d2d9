package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/openchatops/oco/bench/subject"
)

// plan is what is to be measured.
type plan struct {
	program  string              // the bot
	programs map[string]programs // by language
	dir      string              // for the data of bots
	inFlight []int
	rounds   int
	length   time.Duration
	warm     time.Duration
	profile  string // directory for profiles, or empty
}

// A result is one measurement.
type result struct {
	Language, Way string
	Round, W, N   int
	Rate          float64 // round trips a second
	P50           float64 // µs
	Handler, Bot  float64 // µs of CPU a round trip
}

// drive starts all processes, lets each handler warm up, and measures everything once a
// round. The ways of a language follow each other at once, in an order that turns.
func (p plan) drive(progress func(what string)) (all []result, err error) {
	progress("starting")
	opened, err := p.openAll()
	defer func() { err = errors.Join(err, closeAll(opened)) }()
	if err != nil {
		return nil, err
	}
	order := p.languages()
	for _, language := range order {
		progress("warming up " + language)
		for _, w := range opened {
			if _, err := w.measure(language, 16, p.warm); err != nil {
				return nil, fmt.Errorf("warming up: %s, %s: %w", w.name, language, err)
			}
		}
	}
	for round := range p.rounds {
		for i := range order {
			language := order[(i+round)%len(order)]
			progress(fmt.Sprintf("round %d of %d: %s", round+1, p.rounds, language))
			for _, inFlight := range p.inFlight {
				for j := range opened {
					w := opened[(j+round)%len(opened)]
					r := result{Language: language, Way: w.name, Round: round, W: inFlight}
					if err := r.measure(w, p.length); err != nil {
						return all, fmt.Errorf("round %d: %s, %s, %d in flight: %w", round+1, w.name, language, inFlight, err)
					}
					all = append(all, r)
				}
			}
		}
	}
	return all, nil
}

// languages are those of the plan, in the order of the table.
func (p plan) languages() []string {
	var names []string
	for _, l := range languages {
		if _, there := p.programs[l.name]; there {
			names = append(names, l.name)
		}
	}
	return names
}

// openAll starts all ways at once.
func (p plan) openAll() ([]*way, error) {
	opened, errs := make([]*way, len(ways)), make([]error, len(ways))
	var all sync.WaitGroup
	for i, name := range ways {
		all.Go(func() { opened[i], errs[i] = p.open(name) })
	}
	all.Wait()
	return slices.DeleteFunc(opened, func(w *way) bool { return w == nil }), errors.Join(errs...)
}

func closeAll(opened []*way) error {
	errs := make([]error, len(opened))
	var all sync.WaitGroup
	for i, w := range opened {
		all.Go(func() { errs[i] = w.close() })
	}
	all.Wait()
	return errors.Join(errs...)
}

func (r *result) measure(w *way, length time.Duration) error {
	pids := [2]int{w.handlers[r.Language].pid(), w.bot()}
	before, err := readClocks(pids)
	if err != nil {
		return err
	}
	s, err := w.measure(r.Language, r.W, length)
	if err != nil {
		return err
	}
	after, err := readClocks(pids)
	if err != nil {
		return err
	}
	n := float64(s.N)
	r.N, r.Rate, r.P50 = s.N, n/s.Elapsed.Seconds(), micro(s.P50)
	r.Handler, r.Bot = micro(after[0]-before[0])/n, micro(after[1]-before[1])/n
	return nil
}

func readClocks(pids [2]int) (took [2]time.Duration, err error) {
	for i, pid := range pids {
		if took[i], err = subject.CPU(pid); err != nil {
			return took, err
		}
	}
	return took, nil
}

func micro(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// profiled is the command that also writes a profile, if that is wanted and the
// language has a profiler of its own.
func (p plan) profiled(command []string, way, language string) []string {
	if p.profile == "" {
		return command
	}
	name := way + "-" + language
	switch language {
	case "python":
		return slices.Concat(command[:1], []string{"-m", "cProfile", "-o", filepath.Join(p.profile, name+".prof")}, command[1:])
	case "typescript":
		return slices.Concat(command[:1], []string{"--cpu-prof", "--cpu-prof-dir", p.profile, "--cpu-prof-name", name + ".cpuprofile"}, command[1:])
	}
	return command
}
