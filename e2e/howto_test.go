package e2e

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

var marked = regexp.MustCompile("(?m)^<!-- (file|run): (\\S+) -->\n```\\w+\n((?:.*\n)*?)```$")

// follow does one step of a page in a directory: it writes a file, or runs commands and
// gives what they printed.
func follow(t *testing.T, dir string, step []string) (out string, ran bool) {
	t.Helper()
	if step[1] == "file" {
		write(t, filepath.Join(dir, step[2]), step[3])
		return "", false
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", step[3])
	cmd.Dir, cmd.Env = dir, append(environment(), "PATH="+filepath.Dir(ocoBinary)+":"+os.Getenv("PATH"))
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", step[2], err, said)
	}
	return string(said), true
}

// TestHowToRemotePlugins follows docs/howto-remote-plugins.md: its file, its
// commands, in its order. Only the host, the port and the key's id are put in.
func TestHowToRemotePlugins(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	text := strings.NewReplacer("bot.example.com", "127.0.0.1", ":9000", port[strings.LastIndex(port, ":"):]).
		Replace(read(t, filepath.Join("..", "docs", "howto-remote-plugins.md")))
	steps := marked.FindAllStringSubmatch(text, -1)
	if len(steps) != 5 {
		t.Fatalf("the page has %d steps", len(steps))
	}
	dir := shortDir(t)
	build(t, filepath.Join(dir, "hello"), "./examples/01-hello")
	if err := os.Symlink(ocoBinary, filepath.Join(dir, "oco")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, steps[0][2]), steps[0][3])
	sh := func(script string, env ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
		cmd.Dir, cmd.Env = dir, append(environment(env...), "PATH="+dir+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
		return string(out)
	}
	sh("oco check -c oco.yaml")
	bot := inDir(t, dir, nil, filepath.Join(dir, "oco"), "run", "-c", "oco.yaml")
	await(t, "the bot is up", func() bool {
		_, _, code := command(t, dir, "", ocoBinary, "status", "-c", "oco.yaml")
		return code == 0
	})

	lines := sh(steps[1][3])
	env := exports(t, lines)
	hello := inDir(t, dir, env, "sh", "-c", "exec "+steps[2][3])
	// A remote plugin is listed before it comes: what counts is that it is connected.
	connected := func() int {
		return strings.Count(strings.ReplaceAll(sh("oco plugins -c oco.yaml --json"), " ", ""), `"connected":true`)
	}
	await(t, "the plugin is there", func() bool { return connected() == 3 && strings.Contains(sh(steps[3][3]), "hello") })
	bot.tell("hello Ada")
	bot.expect("Hello, Ada. One moment.")
	bot.expect("Now I have time for you.")

	// A new replica comes, the old one is told to stop.
	rotated := steps[4][3]
	cut := strings.Index(rotated, "oco key list")
	inDir(t, dir, exports(t, sh(rotated[:cut])), "sh", "-c", "exec "+steps[2][3])
	await(t, "both are there", func() bool { return connected() == 4 })
	if err := hello.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-hello.done
	if code := hello.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the old replica: exit code %d\n%s", code, hello.said.String())
	}
	id := strings.Split(strings.TrimPrefix(env[1], "OCO_KEY="), "_")[2]
	if out := sh(strings.ReplaceAll(rotated[cut:], "KEY", id)); !strings.Contains(out, id+" is revoked") {
		t.Errorf("oco key revoke says: %s", out)
	}
	bot.tell("hello Bob")
	bot.expect("Hello, Bob. One moment.")
}

// exports are the variables that `oco key new` prints.
func exports(t *testing.T, lines string) []string {
	t.Helper()
	var env []string
	for line := range strings.Lines(lines) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "export "); ok {
			env = append(env, strings.ReplaceAll(v, "'", ""))
		}
	}
	if len(env) != 2 || !strings.HasPrefix(env[0], "OCO_ENDPOINT=oco+tls://127.0.0.1:") || !strings.HasPrefix(env[1], "OCO_KEY=oco_hello_") {
		t.Fatalf("oco key new says:\n%s", lines)
	}
	return env
}

// A talk is a program with its input and its output.
type talk struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	said *notes
	done chan struct{}
}

func inDir(t *testing.T, dir string, env []string, line ...string) *talk {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	k := &talk{t: t, said: new(notes), done: make(chan struct{}), cmd: exec.CommandContext(ctx, line[0], line[1:]...)}
	k.cmd.Dir, k.cmd.Env, k.cmd.Stdout, k.cmd.Stderr, k.cmd.SysProcAttr = dir, environment(env...), k.said, k.said, attributes()
	var err error
	if k.in, err = k.cmd.StdinPipe(); err == nil {
		err = k.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(k.done)
		_ = k.cmd.Wait() // how it ended is asked of its state
	}()
	t.Cleanup(func() {
		cancel()
		<-k.done
		if t.Failed() {
			t.Logf("%s said:\n%s", strings.Join(line, " "), tail(k.said.String(), 15))
		}
	})
	return k
}

func (k *talk) tell(line string) {
	k.t.Helper()
	if _, err := io.WriteString(k.in, line+"\n"); err != nil {
		k.t.Fatal(err)
	}
}

func (k *talk) expect(text string) {
	k.t.Helper()
	await(k.t, "it says "+text, func() bool { return strings.Contains(k.said.String(), text) })
}

// build builds a program of the repository.
func build(t *testing.T, to, pkg string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-o", to, pkg)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
}

// shortDir is a directory whose path leaves room for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
