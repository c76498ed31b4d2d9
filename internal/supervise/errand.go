package supervise

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// An Errand is a program that runs once and leaves nothing behind: when it has ended,
// its process group, its session and what bears its mark are killed, as for a plugin.
type Errand struct {
	// Path is the program, as [Find] gives it, and Args are its arguments with its name
	// as the first.
	Path string
	Args []string
	Dir  string
	// Env is its whole environment but for the mark.
	Env []string
	// User is as whom it runs; nil: as this process.
	User *User
	// Stdin is what it can read; nil: nothing.
	Stdin []byte
	// Stdout and Stderr take what it prints, each from one goroutine. Their errors are
	// not looked at.
	Stdout, Stderr io.Writer
}

// Errands start programs. Make one with NewErrands; it has a thread as long as the
// process lives.
type Errands struct {
	forker *forker
	mark   string
}

// NewErrands makes one. If this process was started by a bot, what it starts is found
// by that bot as well. What this process has inherited open it hands on to nobody from
// now on.
func NewErrands() *Errands {
	keepDescriptors()
	mark := os.Getenv(EnvLaunch)
	if mark == "" {
		mark = rand.Text()
	}
	return &Errands{forker: newForker(), mark: mark}
}

// Find returns the path of the program that name stands for: looked up in the PATH of
// env if it has no slash, else from dir. Its errors say where it looked.
func Find(name, dir string, env []string) (string, error) { return lookup(name, dir, env) }

// Start starts a program and returns at once.
func (s *Errands) Start(e Errand) (*Started, error) {
	mark := s.mark + "/" + rand.Text()
	var files descriptors
	defer files.closeChild()
	if err := files.addOutputs(); err != nil {
		files.closeParent()
		return nil, err
	}
	cmd := &exec.Cmd{
		Path: e.Path, Args: e.Args, Dir: e.Dir, SysProcAttr: attributes(),
		Env: append(e.Env[:len(e.Env):len(e.Env)], EnvLaunch+"="+mark), Stdout: files.outChild, Stderr: files.errChild,
	}
	err := e.User.Own(cmd)
	var input *os.File
	if err == nil && e.Stdin != nil {
		var child *os.File
		if child, input, err = os.Pipe(); err == nil {
			defer closeFiles(child)
			cmd.Stdin = child
		}
	}
	if err == nil {
		err = s.forker.start(cmd)
	}
	if err != nil {
		files.closeParent()
		closeFiles(input)
		return nil, fmt.Errorf("start %s: %w", e.Path, Explain(e.Path, e.Dir, err))
	}
	r := &Started{process: osProcess{cmd: cmd, id: cmd.Process.Pid}, done: make(chan struct{})}
	go r.attend(files, input, e, mark)
	return r, nil
}

// Started is a program that was started. Its methods may be called from several
// goroutines.
type Started struct {
	process osProcess
	done    chan struct{}
	code    int
	signal  string
	err     error
}

// attend feeds the input, copies what is printed and waits for the end.
func (r *Started) attend(files descriptors, input *os.File, e Errand, mark string) {
	var copies, feed sync.WaitGroup
	copies.Go(func() { copyAll(e.Stdout, files.out) })
	copies.Go(func() { copyAll(e.Stderr, files.err) })
	if input != nil {
		feed.Go(func() {
			_, _ = io.Copy(input, bytes.NewReader(e.Stdin)) // a program need not read it
			closeFiles(input)
		})
	}
	_, err := r.process.reap(mark)
	if err != nil {
		r.err = fmt.Errorf("what the program left behind could not be ended: %w", err)
	}
	// What was printed before the end is in the pipes. A descendant that was not found
	// may hold them open, so reading ends a little later in any case.
	deadline := time.Now().Add(time.Second)
	for _, file := range []*os.File{files.out, files.err} {
		if err := file.SetReadDeadline(deadline); err != nil {
			closeFiles(file) // here it ends the copy
		}
	}
	copies.Wait()
	files.closeParent()
	closeFiles(input) // it ends the feed
	feed.Wait()
	r.code = -1
	if state := r.process.cmd.ProcessState; state != nil {
		r.code = state.ExitCode()
		if status, ok := state.Sys().(syscall.WaitStatus); ok && r.code < 0 && status.Signaled() {
			r.signal = status.Signal().String()
		}
	}
	close(r.done)
}

// copyAll reads to the end, whatever becomes of what was read.
func copyAll(to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && to != nil {
			_, _ = to.Write(buffer[:n])
		}
		if err != nil {
			return
		}
	}
}

// Terminate asks the program and its group to end.
func (r *Started) Terminate() error { return r.process.terminate() }

// Kill ends the program and its group.
func (r *Started) Kill() error { return r.process.kill() }

// Done is closed when the program has ended, what it left behind is killed and all
// that it printed is written.
func (r *Started) Done() <-chan struct{} { return r.done }

// Result says how it ended, after Done: its exit code, or -1 and the name of the signal
// that ended it. err says that something of it may still run.
func (r *Started) Result() (code int, signal string, err error) {
	<-r.done
	return r.code, r.signal, r.err
}
