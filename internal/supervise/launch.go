package supervise

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// launched is one running process. The loop of a child needs no more than this.
type launched interface {
	// pid returns the process id.
	pid() int
	// code is the exit code once the process has ended; -1 if a signal ended it.
	code() int
	// terminate asks the process and its group to end.
	terminate() error
	// kill ends the process and its group.
	kill() error
	// exited is closed once the process, its group and its session are dead and the
	// keys of the launch are revoked.
	exited() <-chan struct{}
	// text says how it ended; valid after exited.
	text() string
}

// osProcess is a launched process of the operating system.
type osProcess struct {
	cmd    *exec.Cmd
	id     int
	limits Limits
	out    *output
	done   chan struct{}

	mu     sync.Mutex
	reaped bool // its id may belong to someone else from now on
	exit   int
	how    string
}

// start launches p with the given mark. The launch owns the keys from here on: they are
// revoked when it fails or ends.
func (s *Supervisor) start(p Process, mark string) (*osProcess, error) {
	user, err := p.user()
	if err != nil {
		return nil, err
	}
	p.Env = append(user.Env(), p.Env...) // it is at home there, unless the operator says otherwise
	env := append(p.environment(os.LookupEnv), EnvLaunch+"="+mark)
	path, err := lookup(p.Command[0], p.Dir, env)
	if err != nil {
		return nil, err
	}
	if p.Dir != "" {
		if info, err := os.Stat(p.Dir); err != nil {
			return nil, fmt.Errorf("the working directory cannot be used: %w", err)
		} else if !info.IsDir() {
			return nil, fmt.Errorf("the working directory cannot be used: %s is no directory", p.Dir)
		}
	}
	var files descriptors
	defer files.closeChild()
	cmd := &exec.Cmd{Path: path, Args: p.Command, Dir: p.Dir, SysProcAttr: attributes()}
	if err := user.Own(cmd); err != nil {
		return nil, err
	}
	if !p.Limits.none() {
		if err := s.limited(cmd, p.Limits, p.User); err != nil {
			return nil, err
		}
	}
	revoke := func() {}
	if p.KeyLines != nil {
		var lines []string
		if lines, revoke, err = p.KeyLines(); err != nil {
			return nil, fmt.Errorf("its keys could not be made: %w", err)
		}
		if revoke == nil {
			revoke = func() {}
		}
		if err := files.addKeys(lines); err != nil {
			revoke()
			return nil, err
		}
		env = append(env, EnvKeyFD+"=3")
		cmd.ExtraFiles = append(cmd.ExtraFiles, files.keysChild)
	}
	if t := p.Terminal; t != nil {
		n := 3 + len(cmd.ExtraFiles)
		cmd.ExtraFiles = append(cmd.ExtraFiles, t.In, t.Out, t.Err)
		env = append(env, EnvTerminalFDs+"="+strconv.Itoa(n)+","+strconv.Itoa(n+1)+","+strconv.Itoa(n+2))
		if t.Name != "" {
			env = append(env, EnvTerminalName+"="+t.Name)
		}
	}
	if err := files.addOutputs(); err != nil {
		revoke()
		files.closeParent()
		return nil, err
	}
	cmd.Env, cmd.Stdout, cmd.Stderr = env, files.outChild, files.errChild // a nil Stdin is /dev/null
	if err := s.forker.start(cmd); err != nil {
		revoke()
		files.closeParent()
		return nil, fmt.Errorf("command %q could not be started: %w", p.Command[0], Explain(path, p.Dir, err))
	}
	process := &osProcess{
		cmd: cmd, id: cmd.Process.Pid, limits: p.Limits, done: make(chan struct{}),
		out: &output{log: s.options.Log, name: p.Name, plugins: p.Plugins},
	}
	go process.attend(files, mark, revoke)
	return process, nil
}

// attend feeds the keys in, copies the output out and waits for the end.
func (p *osProcess) attend(files descriptors, mark string, revoke func()) {
	var copies sync.WaitGroup
	copies.Go(func() { p.out.copyLines("stdout", files.out) })
	copies.Go(func() { p.out.copyLines("stderr", files.err) })
	var feed sync.WaitGroup
	if files.keys != nil {
		// A process that never reads its keys leaves this write waiting until it ends.
		feed.Go(func() {
			_, writeErr := io.WriteString(files.keys, files.lines)
			if err := errors.Join(writeErr, files.keys.Close()); err != nil && !errors.Is(err, os.ErrClosed) {
				p.out.of("").Debug("the process did not read its keys", "error", err)
			}
		})
	}
	waitErr, err := p.reap(mark)
	if err != nil {
		p.out.of("").Warn("processes that the plugin left behind could not be ended", "error", err)
	}
	if files.keys != nil {
		files.keys.Close() //nolint:errcheck // the process is gone: only the waiting write has to end
		feed.Wait()
	}
	// What was printed before the end is in the pipes. A descendant that was not found
	// may hold them open, so reading ends a little later in any case.
	deadline := time.Now().Add(time.Second)
	for _, r := range []*os.File{files.out, files.err} {
		if err := r.SetReadDeadline(deadline); err != nil {
			r.Close() //nolint:errcheck // closed again below; here it ends the copy
		}
	}
	copies.Wait()
	files.out.Close() //nolint:errcheck // reading is over
	files.err.Close() //nolint:errcheck // reading is over
	how, code := "ended with an unknown status", -1
	if state := p.cmd.ProcessState; state != nil {
		how, code = state.String(), state.ExitCode()
	} else if waitErr != nil {
		how = waitErr.Error()
	}
	if line := p.out.lastLine(); line != "" {
		how += "; its last line: " + line
	}
	how += p.limits.after(p.cmd.ProcessState)
	p.mu.Lock()
	p.how, p.exit = how, code
	p.mu.Unlock()
	revoke()
	close(p.done)
}

// reap waits for the end, kills what is left and frees the process id, in this order
// where the system allows it: while the dead process keeps its id and its group, killing
// them cannot hit a stranger.
func (p *osProcess) reap(mark string) (waitErr, killErr error) {
	if dead := awaitExit(p.id); !dead {
		waitErr = p.cmd.Wait()
		p.setReaped()
		return waitErr, killAll(p.id, mark)
	}
	killErr = killAll(p.id, mark)
	p.setReaped()
	return p.cmd.Wait(), killErr
}

func (p *osProcess) setReaped() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reaped = true
}

func (p *osProcess) pid() int { return p.id }

func (p *osProcess) code() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exit
}

func (p *osProcess) exited() <-chan struct{} { return p.done }

func (p *osProcess) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.how
}

func (p *osProcess) terminate() error { return p.signal(terminateGroup) }

func (p *osProcess) kill() error { return p.signal(killGroup) }

// signal calls send unless the process is gone, so that it never hits another one that
// was given the same id.
func (p *osProcess) signal(send func(pid int) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return nil
	}
	return send(p.id)
}

// descriptors are the ends of the pipes of one launch.
type descriptors struct {
	keys, out, err                *os.File // the bot's ends
	keysChild, outChild, errChild *os.File // the ends of the process
	lines                         string
}

func (d *descriptors) addKeys(lines []string) (err error) {
	for _, line := range lines {
		if strings.ContainsAny(line, "\r\n") {
			return errors.New("its keys could not be handed over: a line contains a line break")
		}
		d.lines += line + "\n"
	}
	if d.keysChild, d.keys, err = os.Pipe(); err != nil {
		return fmt.Errorf("no pipe for its keys: %w", err)
	}
	return nil
}

func (d *descriptors) addOutputs() (err error) {
	if d.out, d.outChild, err = os.Pipe(); err != nil {
		return fmt.Errorf("no pipe for its output: %w", err)
	}
	if d.err, d.errChild, err = os.Pipe(); err != nil {
		return fmt.Errorf("no pipe for its output: %w", err)
	}
	return nil
}

func (d *descriptors) closeChild() { closeFiles(d.keysChild, d.outChild, d.errChild) }

func (d *descriptors) closeParent() { closeFiles(d.keys, d.out, d.err) }

func closeFiles(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close() //nolint:errcheck // an end of a pipe that nobody uses any more
		}
	}
}
