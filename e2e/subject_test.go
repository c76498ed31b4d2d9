package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A subject is an everything-handler that is killed and started again: a child of the
// bot, which starts it, or elsewhere, where the test does.
type subject struct {
	t       *testing.T
	b       *bot
	program program
	child   bool
	runs    string

	ends int // of the child, since it was good as new
	key  newKey
	now  *process // elsewhere
	said notes
}

func (x *subject) env() []string {
	return append([]string{"EVERYTHING_RUNS=" + x.runs}, x.program.env...)
}

// configuration is what the bot is told of it.
func (x *subject) configuration() string {
	text := "name: everything, scopes: [store, messages.write.direct], "
	if !x.child {
		return "{" + text + "remote: true}"
	}
	var words, env []string
	for _, word := range append([]string{"env", "OCO_URL=http://HTTP_PORT"}, x.program.command...) {
		words = append(words, fmt.Sprintf("%q", word))
	}
	for _, v := range x.env() {
		name, value, _ := strings.Cut(v, "=")
		env = append(env, fmt.Sprintf("%s: %q", name, value))
	}
	text += fmt.Sprintf("command: [%s], env: {%s}", strings.Join(words, ", "), strings.Join(env, ", "))
	if x.program.dir != "" {
		text += fmt.Sprintf(", dir: %q", x.program.dir)
	}
	return "{" + text + "}"
}

// begin waits until it runs for the first time.
func (x *subject) begin() {
	x.t.Helper()
	if !x.child {
		x.key = x.b.newKey("everything")
		x.launch()
	}
	x.b.awaitPlugins("everything")
}

// launch starts it elsewhere.
func (x *subject) launch() {
	x.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{cmd: exec.CommandContext(ctx, x.program.command[0], x.program.command[1:]...), done: make(chan struct{})}
	p.cmd.Dir = x.program.dir
	p.cmd.Env = environment(append(x.env(), "OCO_ENDPOINT="+x.key.Endpoint, "OCO_KEY="+x.key.Key, "OCO_URL=http://"+x.b.http)...)
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.SysProcAttr = &x.said, &x.said, attributes()
	p.cmd.WaitDelay = time.Second // what it started may have its output still
	if err := p.cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // how it ended is asked of its state
	}()
	x.t.Cleanup(func() {
		cancel()
		<-p.done
	})
	x.now = p
}

// pid is that of the process that runs now.
func (x *subject) pid() int {
	if x.child {
		return int(x.b.plugin("everything").GetProcessId())
	}
	return x.now.cmd.Process.Pid
}

func (x *subject) signal(pid int, what syscall.Signal) {
	x.t.Helper()
	if err := syscall.Kill(pid, what); err != nil {
		x.t.Errorf("%v of the process %d: %v", what, pid, err)
	}
}

// end ends it and waits until it runs again. A signal to stop in order must let it end
// well.
func (x *subject) end(how syscall.Signal) {
	x.t.Helper()
	if x.child {
		x.endChild(how)
		return
	}
	old := x.now
	x.signal(old.cmd.Process.Pid, how)
	select {
	case <-old.done:
	case <-time.After(patience):
		x.t.Fatalf("%v: it did not end within %v", how, patience)
	}
	if code := old.cmd.ProcessState.ExitCode(); how == syscall.SIGTERM && code != 0 {
		x.t.Errorf("it was told to stop, and its exit code is %d", code)
	}
	x.launch()
}

// endChild is end for a child. A plugin that ends five times a minute is broken, for
// minutes, so that some stops are what an operator asks for, which forgets that.
func (x *subject) endChild(how syscall.Signal) {
	x.t.Helper()
	old := x.pid()
	if x.ends++; x.ends > 2 {
		if how == syscall.SIGKILL {
			x.signal(old, how)
		}
		x.b.must("plugins", "restart", "--data", x.b.path("data"), "everything")
		x.ends = 0
	} else {
		x.signal(old, how)
	}
	x.b.await("it is started again", func() bool { pid := x.pid(); return pid != 0 && pid != old })
	last := x.b.plugin("everything").GetLastExit()
	if how == syscall.SIGTERM && !strings.HasPrefix(last, "exit status 0") && !strings.Contains(last, "a restart was asked for") {
		x.t.Errorf("it was told to stop: %s", last)
	}
}
