package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/openchatops/oco/tools/mutate/live"
)

// A fate is what became of a mutant.
type fate int

const (
	survived   fate = iota
	notReached      // no test runs the code
	killed
	hung // the tests did not end
)

var names = map[fate]string{survived: "SURVIVED", notReached: "NOT REACHED", killed: "KILLED", hung: "HUNG"}

// fates runs for each mutant the tests that reach it, the short form first, and
// tells of each as it is known.
func (p *program) fates(ctx context.Context, scratch string, workers int, short bool, tell func(*mutant, fate)) error {
	reached, err := p.reach(ctx, scratch)
	if err != nil {
		return err
	}
	turns := []form{quick, whole}
	if short {
		turns = turns[:1]
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	var failed error
	next := make(chan *mutant)
	for w := range workers {
		dir := filepath.Join(scratch, "worker"+strconv.Itoa(w))
		wait.Go(func() {
			for m := range next {
				f, err := p.fate(ctx, m, dir, reached[m.n], turns)
				mu.Lock()
				if err == nil {
					tell(m, f)
				} else if failed == nil {
					failed = err
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range p.mutants {
		if ctx.Err() != nil {
			break
		}
		next <- m
	}
	close(next)
	wait.Wait()
	return failed
}

func (p *program) fate(ctx context.Context, m *mutant, dir string, tests []reaching, forms []form) (fate, error) {
	if len(tests) == 0 {
		return notReached, nil
	}
	for _, form := range forms {
		for _, these := range inTurn(tests) {
			f, _, _, err := p.test(ctx, dir, p.most(these, form), []string{live.Which + "=" + strconv.Itoa(m.n)}, "-test.failfast", runs(these), form.flag())
			if err != nil || f != survived {
				return f, err
			}
		}
	}
	return survived, nil
}

// The tests have a short form and the whole.
type form int

const (
	quick form = iota
	whole
	forms
)

func (f form) flag() string { return "-test.short=" + strconv.FormatBool(f == quick) }

// A reaching test reaches a mutant, and takes so much.
type reaching struct {
	test string
	took [forms]limit
}

// most is what tests may take, by what they took of the program as it was written.
func (p *program) most(tests []reaching, f form) (most limit) {
	for _, t := range tests {
		most.cpu += 4 * t.took[f].cpu
		most.wall += 4 * t.took[f].wall
	}
	return limit{most.cpu + p.grace, most.wall + 30*p.grace}
}

// runs is the flag that runs these tests.
func runs(tests []reaching) string {
	var names []string
	for _, t := range tests {
		names = append(names, t.test)
	}
	return "-test.run=^(" + strings.Join(names, "|") + ")$"
}

// inTurn makes two runs of the tests: many that cost little notice most mutants, and
// the few that cost much need not be asked.
func inTurn(tests []reaching) (turns [][]reaching) {
	tests = slices.Clone(tests)
	slices.SortStableFunc(tests, func(a, b reaching) int { return cmp.Compare(a.took[quick].cpu, b.took[quick].cpu) })
	all, cheap, n := time.Duration(0), time.Duration(0), 0
	for _, t := range tests {
		all += t.took[quick].cpu
	}
	for n < len(tests) && cheap+tests[n].took[quick].cpu <= all/4 {
		cheap += tests[n].took[quick].cpu
		n++
	}
	for _, these := range [][]reaching{tests[:n], tests[n:]} {
		if len(these) > 0 {
			turns = append(turns, these)
		}
	}
	return turns
}

// reach runs the tests of the program as it was written, one by one, and gives those
// that reach each mutant.
func (p *program) reach(ctx context.Context, scratch string) (tests map[int][]reaching, err error) {
	dir := filepath.Join(scratch, "as-written")
	const quiet = "-rapid.nofailfile" // else rapid writes into the tree what made a mutant fail
	if f, _, _, err := p.test(ctx, dir, limit{time.Minute, time.Hour}, nil, quiet, "-test.list=^$"); err != nil {
		return nil, err
	} else if f == survived {
		p.flags = append(p.flags, quiet)
	}
	f, names, _, err := p.test(ctx, dir, limit{time.Minute, time.Hour}, nil, "-test.list=^(Test|Example|Fuzz)")
	if err != nil {
		return nil, err
	}
	if f != survived {
		return nil, fmt.Errorf("the tests of %s cannot be listed:\n%s", p.path, names)
	}
	tests = map[int][]reaching{}
	for i, name := range strings.Fields(string(names)) {
		list := filepath.Join(scratch, "reached"+strconv.Itoa(i))
		var took [forms]limit
		for _, form := range []form{quick, whole} {
			f, said, so, err := p.test(ctx, dir, limit{10 * time.Minute, time.Hour}, []string{live.Reached + "=" + list}, "-test.run=^"+name+"$", form.flag())
			if err != nil {
				return nil, err
			}
			if f != survived {
				return nil, fmt.Errorf("%s of %s fails without a mutant:\n%s", name, p.path, said)
			}
			took[form] = so
		}
		text, err := os.ReadFile(list)
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		reached := strings.Fields(string(text)) // by the test and each process that it started
		slices.Sort(reached)
		for _, line := range slices.Compact(reached) {
			n, err := strconv.Atoi(line)
			if err != nil {
				return nil, err
			}
			tests[n] = append(tests[n], reaching{name, took})
		}
	}
	return tests, nil
}

// A limit is what a run takes or may take. That of the processor holds on a machine
// that has much else to do; the other is for what waits for ever.
type limit struct{ cpu, wall time.Duration }

// test runs the test program with dir for its temporary files. What it leaves
// running or lying around is removed.
func (p *program) test(ctx context.Context, dir string, most limit, env []string, args ...string) (f fate, said []byte, took limit, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return survived, nil, took, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(ctx, most.wall)
	defer cancel()
	// A mutant that fills the memory must fail alone.
	limits := fmt.Sprintf(`ulimit -v 8388608 -t %d; exec "$0" "$@"`, int(math.Ceil(most.cpu.Seconds()))+1)
	cmd := exec.CommandContext(ctx, "bash", slices.Concat([]string{"-c", limits, p.binary}, p.flags, args)...)
	cmd.Dir = p.dir
	cmd.Env = append(append(os.Environ(), "TMPDIR="+dir), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	began := time.Now()
	err = cmd.Run()
	var ended *exec.ExitError
	if cmd.ProcessState == nil {
		return survived, nil, took, err // it did not start
	}
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its children; there may be none
	took = limit{cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), time.Since(began)}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return survived, nil, took, ctx.Err()
	case ctx.Err() != nil, took.cpu > most.cpu:
		return hung, out.Bytes(), took, nil
	case errors.As(err, &ended):
		return killed, out.Bytes(), took, nil
	}
	return survived, out.Bytes(), took, err
}
