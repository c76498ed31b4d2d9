package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
func (p *program) fates(scratch string, workers int, short bool, tell func(*mutant, fate)) error {
	reached, took, err := p.reach(scratch)
	if err != nil {
		return err
	}
	forms := []string{"-test.short", "-test.short=false"}
	if short {
		forms = forms[:1]
	}
	patience := 10*took + p.grace
	var wait sync.WaitGroup
	var mu sync.Mutex
	var failed error
	next := make(chan *mutant)
	for w := range workers {
		dir := filepath.Join(scratch, "worker"+strconv.Itoa(w))
		wait.Go(func() {
			for m := range next {
				f, err := p.fate(m, dir, reached[m.n], forms, patience)
				mu.Lock()
				failed = errors.Join(failed, err)
				tell(m, f)
				mu.Unlock()
			}
		})
	}
	for _, m := range p.mutants {
		next <- m
	}
	close(next)
	wait.Wait()
	return failed
}

func (p *program) fate(m *mutant, dir string, tests, forms []string, patience time.Duration) (fate, error) {
	if len(tests) == 0 {
		return notReached, nil
	}
	these := "-test.run=^(" + strings.Join(tests, "|") + ")$"
	for _, form := range forms {
		f, _, err := p.test(dir, patience, []string{live.Which + "=" + strconv.Itoa(m.n)}, "-test.failfast", these, form)
		if err != nil || f != survived {
			return f, err
		}
	}
	return survived, nil
}

// reach runs the tests of the program as it was written, one by one. It gives the
// tests that reach each mutant, and how long all took.
func (p *program) reach(scratch string) (tests map[int][]string, took time.Duration, err error) {
	dir := filepath.Join(scratch, "as-written")
	f, names, err := p.test(dir, time.Minute, nil, "-test.list=^(Test|Example|Fuzz)")
	if err != nil {
		return nil, 0, err
	}
	if f != survived {
		return nil, 0, fmt.Errorf("the tests of %s cannot be listed:\n%s", p.path, names)
	}
	tests = map[int][]string{}
	began := time.Now()
	for i, name := range strings.Fields(string(names)) {
		list := filepath.Join(scratch, "reached"+strconv.Itoa(i))
		f, said, err := p.test(dir, 10*time.Minute, []string{live.Reached + "=" + list}, "-test.run=^"+name+"$")
		if err != nil {
			return nil, 0, err
		}
		if f != survived {
			return nil, 0, fmt.Errorf("%s of %s fails without a mutant:\n%s", name, p.path, said)
		}
		text, err := os.ReadFile(list)
		if err != nil && !os.IsNotExist(err) {
			return nil, 0, err
		}
		for _, line := range strings.Fields(string(text)) {
			n, err := strconv.Atoi(line)
			if err != nil {
				return nil, 0, err
			}
			tests[n] = append(tests[n], name)
		}
	}
	return tests, time.Since(began), nil
}

// test runs the test program with dir for its temporary files. What it leaves
// running or lying around is removed.
func (p *program) test(dir string, patience time.Duration, env []string, args ...string) (fate, []byte, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return survived, nil, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	// A mutant that fills the memory must fail alone.
	cmd := exec.CommandContext(ctx, "bash", append([]string{"-c", `ulimit -v 8388608; exec "$0" "$@"`, p.binary}, args...)...)
	cmd.Dir = p.dir
	cmd.Env = append(append(os.Environ(), "TMPDIR="+dir), env...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if cmd.Process != nil {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its children; there may be none
	}
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return hung, said.Bytes(), nil
	case errors.As(err, &ended):
		return killed, said.Bytes(), nil
	}
	return survived, said.Bytes(), err
}
