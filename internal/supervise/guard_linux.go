package supervise

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// envGuard tells the guard which mark to hunt.
const envGuard = "OCO_GUARD"

// guard is the bot's side of a process that outlives it for a moment.
type guard struct {
	pipe *os.File // its other end is the input of the guard; closed by our death or close
	done chan struct{}
	err  error // how it ended; valid after done
}

// StartGuard starts command, which must call Guard: a process that does nothing until
// the bot is dead and then kills what the bot's plugins had started, which the parent
// death signal does not reach. Call it once, before the first Start. Stop ends it.
// Without a guard, KillLeftovers at the next start does the same, later.
func (s *Supervisor) StartGuard(command ...string) error {
	path, err := lookup(command[0], "", []string{"PATH=" + os.Getenv("PATH")})
	if err != nil {
		return fmt.Errorf("start the guard: %w", err)
	}
	input, pipe, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start the guard: %w", err)
	}
	defer closeFiles(input)
	cmd := &exec.Cmd{
		Path: path, Args: command, Env: []string{envGuard + "=" + s.mark}, Dir: "/",
		Stdin: input, SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := cmd.Start(); err != nil {
		closeFiles(pipe)
		return fmt.Errorf("start the guard: %w", err)
	}
	g := &guard{pipe: pipe, done: make(chan struct{})}
	go func() {
		defer close(g.done)
		if g.err = cmd.Wait(); g.err != nil {
			s.options.Log.Error("the guard has failed: what plugins started can outlive a bot that is killed", "error", g.err)
		}
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.guard = g
	return nil
}

// close ends the guard and waits for it.
func (g *guard) close() {
	closeFiles(g.pipe)
	<-g.done
}

// Guard is the whole work of the process that StartGuard starts. It returns when the bot
// is dead and everything that its plugins started is killed.
func Guard() error {
	mark := os.Getenv(envGuard)
	if mark == "" {
		return fmt.Errorf("the guard is started by the bot, not by hand (%s is not set)", envGuard)
	}
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP) // whoever ends the bot's group ends the bot
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return fmt.Errorf("wait for the death of the bot: %w", err)
	}
	_, err := sweepMarked(mark)
	return err
}
