package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The program without arguments, with standard input not a terminal: each line
// is a message, taken to its outcome.
func TestPipe(t *testing.T) {
	for name, c := range map[string]struct {
		stdin, stdout string
		code          int
	}{
		"a command":           {"ping\n", "pong\n", 0},
		"without a line end":  {"ping", "pong\n", 0},
		"several, in order":   {"echo one\nping\necho two\n", "one\npong\ntwo\n", 0},
		"nothing":             {"", "", 0},
		"a line nobody takes": {"frobnicate\n", "", 1},
		"one bad among good":  {"ping\nfrobnicate\nping\n", "pong\npong\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program(t)
			out, errs, code := run(t, p, c.stdin)
			if out != c.stdout || code != c.code {
				t.Errorf("printed %q and %q and exited %d\nlog:\n%s", out, errs, code, logOf(t, p))
			}
			if c.code == 0 && errs != "" {
				t.Errorf("standard error: %q", errs)
			}
			if c.code != 0 && errs == "" {
				t.Error("it failed and said nothing")
			}
		})
	}
}

func TestDataGoesWhereItWasAskedFor(t *testing.T) {
	t.Parallel()
	p := program(t, "--data", "elsewhere")
	if out, errs, code := run(t, p, "ping\n"); out != "pong\n" || code != 0 {
		t.Fatal(out, errs, code)
	}
	if _, err := os.Stat(filepath.Join(p.Dir, "elsewhere", "oco.log")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(p.Dir, "oco-data")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("./oco-data: %v", err)
	}
}

func TestStartsThatFail(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir+"/file", "")
	write(t, dir+"/bad.yaml", "adapter: {name: terminal}\nhandlers: [{name: x, plugin: nope}]\n")
	write(t, dir+"/two.yaml", "adapter: [{name: terminal}, {name: terminal}]\n")
	write(t, dir+"/none.yaml", "name: oco\n")
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"data is a file":     {[]string{"--data", dir + "/file"}, "the data directory"},
		"an unknown handler": {[]string{"run", "-c", dir + "/bad.yaml"}, "nope"},
		"two adapters":       {[]string{"run", "-c", dir + "/two.yaml"}, "adapter"},
		"no adapter":         {[]string{"run", "-c", dir + "/none.yaml"}, "adapter"},
		"no configuration":   {[]string{"run", "-c", dir + "/gone.yaml"}, "gone.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, code := run(t, program(t, c.args...), "ping\n")
			if code != 1 || out != "" || !strings.HasPrefix(errs, "oco: ") || !strings.Contains(errs, c.says) {
				t.Errorf("printed %q and %q and exited %d", out, errs, code)
			}
		})
	}
}

// What the bot says when it starts is kept where logs are: it shows no line of the
// configuration, in which a secret may stand (OCO-SET-6).
func TestAStartThatFailsShowsNoSecret(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/oco.yaml"
	write(t, file, "adapter:\n  name: irc\n  settings:\n    password: hunter2: 3\n")
	_, errs, code := run(t, program(t, "run", "-c", file), "")
	if code != 1 || !strings.Contains(errs, "oco.yaml:4:") || strings.Contains(errs, "hunter2") {
		t.Errorf("exit %d, %q", code, errs)
	}
}

func TestTwoBotsNeverShareData(t *testing.T) {
	t.Parallel()
	first := program(t)
	s := start(t, first)
	second := program(t, "--data", s.data)
	out, errs, code := run(t, second, "ping\n")
	if code != 1 || out != "" || !strings.HasPrefix(errs, "oco: ") || strings.Count(errs, "\n") != 1 {
		t.Errorf("printed %q and %q and exited %d", out, errs, code)
	}
	if err := s.in.Close(); err != nil {
		t.Error(err)
	}
	if err := first.Wait(); err != nil {
		t.Error(err)
	}
}

func TestOperatorsReachTheBotByItsData(t *testing.T) {
	t.Parallel()
	bot := program(t)
	s := start(t, bot)
	ask := func(args ...string) (string, string, int) {
		return run(t, program(t, append(args, "--data", s.data)...), "")
	}
	if out, errs, code := ask("status"); code != 0 || !strings.Contains(out, "oco ready") || !strings.Contains(out, "terminal") {
		t.Error(out, errs, code)
	}
	if out, _, code := ask("plugins", "--json"); code != 0 || !strings.Contains(out, `"pluginId": "core"`) {
		t.Error(out, code)
	}
	if out, _, code := ask("routes", "core"); code != 0 || !strings.Contains(out, "core:ping") {
		t.Error(out, code)
	}
	if _, errs, code := ask("outcomes"); code != 0 || !strings.Contains(errs, "Nothing is open") {
		t.Error(errs, code)
	}
	if _, errs, code := ask("show", "nothing"); code != 1 || !strings.HasPrefix(errs, "oco: ") {
		t.Error(errs, code)
	}
	if out, errs, code := ask("key", "new", "ci", "--role", "client", "--scope", "messages.write"); code != 0 || !strings.Contains(out, "export OCO_KEY=oco_ci_") {
		t.Error(out, errs, code)
	}
	if out, _, code := ask("claim"); code != 0 || strings.Count(out, "\n") != 1 {
		t.Error(out, code)
	}
	if err := s.in.Close(); err != nil {
		t.Error(err)
	}
	if err := bot.Wait(); err != nil {
		t.Error(err)
	}
	if _, errs, code := ask("status"); code != 1 || !strings.Contains(errs, "no bot runs on") {
		t.Error("after its end:", errs, code)
	}
}

func TestSIGTERMStopsTheBotAndAllItsProcesses(t *testing.T) {
	t.Parallel()
	bot := program(t)
	s := start(t, bot)
	out, _, code := run(t, program(t, "plugins", "--json", "--data", s.data), "")
	if code != 0 {
		t.Fatal(code)
	}
	if err := bot.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := bot.Wait(); err != nil {
		t.Errorf("it ended with %v\nlog:\n%s", err, logOf(t, bot))
	}
	pids := processIDs(t, out)
	if len(pids) < 2 {
		t.Fatalf("processes %v", pids)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d still lives: %v", pid, err)
		}
	}
}

// A callback that never ends holds the first signal up; the second does not wait.
func TestTheSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	bot := program(t, "try", "--name", "hello", "--", self(t), "test-plugin")
	bot.Env = append(bot.Env, "TMPDIR="+bot.Dir)
	s := start(t, bot)
	s.until(t, "routes", "hello:hang")
	if _, err := io.WriteString(s.in, "hang\n"); err != nil {
		t.Fatal(err)
	}
	s.until(t, "plugins --json", `"inFlight": 1`)
	for range 2 {
		if err := bot.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		// A signal that is pending swallows another of its kind.
		s.until(t, "log", "the bot stops")
	}
	if err := bot.Wait(); err == nil || bot.ProcessState.ExitCode() != 1 {
		t.Errorf("it ended with %v", err)
	}
}
