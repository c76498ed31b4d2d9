package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/openchatops/oco/bench/loop"
)

// A process is a handler or the bare bot.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// start runs a command with these variables besides those of this process. What it says
// goes to out if that is not nil; what it complains of goes where we complain.
func start(command []string, out *os.File, env ...string) (*process, error) {
	p := &process{cmd: exec.Command(command[0], command[1:]...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = os.Stderr
	if out != nil {
		p.cmd.Stdout = out
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is asked of its state
		close(p.ended)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop asks it to stop, unless it has ended by itself, and kills it if it does not.
func (p *process) stop() error {
	if err := p.terminate(); err != nil {
		return err
	}
	return p.await()
}

func (p *process) terminate() error {
	err := p.cmd.Process.Signal(syscall.SIGTERM)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// await waits for its end.
func (p *process) await() error {
	select {
	case <-p.ended:
	case <-time.After(loop.Patience):
		err := fmt.Errorf("%v does not end", p.cmd.Args)
		return errors.Join(err, p.cmd.Process.Kill())
	}
	if !p.cmd.ProcessState.Success() {
		return fmt.Errorf("%v ended with %v", p.cmd.Args, p.cmd.ProcessState)
	}
	return nil
}
