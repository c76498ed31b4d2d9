package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// rawPrograms are the everything-handlers without a library, to begin from.
var rawPrograms = map[string]struct{ needs, command []string }{
	"shell":  {[]string{"bash", "curl", "jq"}, []string{"../conformance/everything/shell/everything.sh"}},
	"python": {[]string{"python3"}, []string{"python3", "../conformance/everything/rawpython/everything.py"}},
}

// startRaw starts one of them, with its key in the environment.
func startRaw(t *testing.T, name, url, key string) (*process, *notes) {
	t.Helper()
	of := rawPrograms[name]
	for _, program := range of.needs {
		need(t, program, "the handler is made of it")
	}
	ctx, cancel := context.WithCancel(context.Background())
	said := new(notes)
	p := &process{cmd: exec.CommandContext(ctx, of.command[0], of.command[1:]...), done: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr, p.cmd.SysProcAttr = environment("OCO_URL="+url, "OCO_KEY="+key), said, said, attributes()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // how it ended is asked of its state
	}()
	t.Cleanup(func() {
		cancel()
		<-p.done
		if t.Failed() {
			t.Logf("%s said:\n%s", name, tail(said.String(), 20))
		}
	})
	return p, said
}

func (p *process) leave(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.done
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("it was told to stop, and its exit code is %d", code)
	}
}

// One that has no bot waits for it, and stops well all the same.
func TestRawHandlerWithoutABot(t *testing.T) {
	for name := range rawPrograms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, said := startRaw(t, name, "http://"+freePort(t), "oco_everything_x_y_z")
			await(t, "it says that there is no bot", func() bool { return strings.Contains(said.String(), "trying again: ") })
			p.leave(t)
		})
	}
}

// One whose key is not taken says so, and ends.
func TestRawHandlerWithAWrongKey(t *testing.T) {
	_, b, _ := remoteBot(t)
	for name := range rawPrograms {
		t.Run(name, func(t *testing.T) {
			p, said := startRaw(t, name, "http://"+b.http, "oco_everything_x_y_z")
			<-p.done
			if text := said.String(); p.cmd.ProcessState.ExitCode() != 1 || !strings.Contains(text, "BotService/Register: KEY_INVALID: this is not a plugin key") {
				t.Errorf("it ended with %v and said\n%s", p.cmd.ProcessState, text)
			}
		})
	}
}

// A bot that is killed and started again finds them there, and their keys are in no
// list of processes.
func TestRawHandlerOutlivesItsBot(t *testing.T) {
	for name := range rawPrograms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			b := newBot(t, "")
			b.configure(fmt.Sprintf("listen: {http: \"HTTP_PORT\"}\nadapter: {name: chat, command: [%q, plugin, adapter, %q]}\n"+
				"handlers: [{name: everything, remote: true, scopes: [store, messages.write.direct]}]\n", self, s.url))
			b.start()
			b.awaitPlugins("chat")
			key := b.newKey("everything")
			if key.Endpoint != "http://"+b.http {
				t.Errorf("oco key new says the endpoint is %q, want that of the HTTP port", key.Endpoint)
			}
			p, said := startRaw(t, name, key.Endpoint, key.Key)
			b.awaitPlugins("everything")
			s.say("m1", "echo before")
			s.expect(func(p post) bool { return p.Text == "before" }, "the answer")
			lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range lines {
				if line, err := os.ReadFile(file); err == nil && strings.Contains(string(line), key.Key) {
					t.Errorf("the key is in a list of processes: %q", line)
				}
			}
			b.kill()
			await(t, "it says that the bot is away", func() bool { return strings.Contains(said.String(), "trying again: ") })
			b.start()
			b.awaitPlugins("chat", "everything")
			s.say("m2", "echo after")
			s.expect(func(p post) bool { return p.Text == "after" }, "the answer behind the restart")
			p.leave(t)
		})
	}
}
