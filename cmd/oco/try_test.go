package main

import (
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNamesOfTriedPlugins(t *testing.T) {
	for command, want := range map[string]string{
		"./hello": "hello", "python3 hello.py": "hello", "python3 -u ./x/my_plugin.v2.py --flag a.b": "my-plugin-v2", "node": "node", "./core": "try",
		"./42": "try", "ruby -e x": "ruby", "./Über": "ber", "./-x-": "x", "/opt/terminal": "try", "./" + strings.Repeat("a", 40): strings.Repeat("a", 32),
	} {
		if got := pluginName(strings.Fields(command)); got != want {
			t.Errorf("%q is called %q, want %q", command, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		command := rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "command")
		if got := pluginName(command); !namePattern.MatchString(got) {
			t.Fatalf("%q is called %q", command, got)
		}
	})
}

func TestTryWithSettings(t *testing.T) {
	t.Parallel()
	try := func(set ...string) (string, string, int) {
		args := []string{"try", "--name", "hello"}
		for _, pair := range set {
			args = append(args, "--set", pair)
		}
		return run(t, program(t, append(args, "--", self(t), "test-plugin")...), "greet\n")
	}
	if out, errs, code := try("greeting=Good morning", "names=[Ada, Bob]"); out != "Good morning Ada and Bob\n" || code != 0 {
		t.Errorf("printed %q and %q and exited %d", out, errs, code)
	}
	if _, errs, code := try("names"); code != 1 || !strings.Contains(errs, "--set names:1:1: a setting is NAME=VALUE") {
		t.Errorf("printed %q and exited %d", errs, code)
	}
	if _, errs, code := try("naems=[Ada]"); code != 1 || !strings.Contains(errs, "unknown setting `naems`; known: greeting, names") {
		t.Errorf("printed %q and exited %d", errs, code)
	}
}

// A program that does not take its settings says so only once its commands are known:
// what was said to it by then does not wait for another that never comes.
func TestTryWithSettingsThatTheProgramRefuses(t *testing.T) {
	t.Parallel()
	p := program(t, "try", "--name", "hello", "--set", "greeting=Go away", "--", self(t), "test-plugin")
	out, errs, code := run(t, p, "greet\ngreet\nping\n")
	if out != "pong\n" || code != 1 || !strings.Contains(errs, "hello | a plugin is refused for its settings: ") || !strings.Contains(errs, "greeting: that is none") {
		t.Errorf("printed %q and %q and exited %d", out, errs, code)
	}
}

func TestTryLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	p := program(t, "try", "--name", "hello", "--", self(t), "test-plugin")
	p.Env = append(p.Env, "TMPDIR="+p.Dir)
	out, errs, code := run(t, p, "ping\nhello you\n")
	if out != "pong\nHello!\n" || code != 0 {
		t.Errorf("printed %q and %q and exited %d", out, errs, code)
	}
	if left, err := filepath.Glob(filepath.Join(p.Dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
