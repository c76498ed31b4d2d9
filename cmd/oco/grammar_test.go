package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/openchatops/oco/internal/cli"
)

var update = flag.Bool("update", false, "write the golden files")

// TestHelpAndUsage holds what command lines without a bot say, as a transcript:
// `$ oco ARGUMENTS`, what is printed, and the exit code if it is not 0.
func TestHelpAndUsage(t *testing.T) {
	var got strings.Builder
	for _, line := range []string{
		"help", "--help", "help run", "help doctor", "help try", "help check", "help match", "help send", "help outcomes", "outcomes retry --help", "key --help", "help key new", "help help",
		"sned", "zzzzzzz", "help sned", "run --bogus", "--bogus", "--data", "run extra", "try", "try --", "try --name Core -- sh", "try --name core -- sh",
		"send", "send ops", "send --wait=perhaps ops x", "send --timeout soon ops x", "outcomes retry", "outcomes frob", "outcomes list --limit many", "outcomes list --limit 0",
		"outcomes list --outcome maybe", "show", "show a b", "key", "key frob", "key new", "key new x --role admin", "key revoke", "pause a b",
		"status --data a -c b", "match", "match x --data a -c b", "match x --as nobody", "match x --room nowhere", "status --json=2", "adapter", "adapter nope", "handler", "handler core nope", "\x1b[2J",
		"help new", "help new handler", "new", "new handler", "new handler x", "new handler --lang go", "new handler --lang cobol x", "new handler --lang go Core", "new adapter --lang typescript x", "new adapter --lang python core",
	} {
		var out, errs bytes.Buffer
		code := oneLine(t.Context(), strings.Fields(line), &out, &errs)
		got.WriteString("$ oco " + cli.Printable(line) + "\n" + out.String() + errs.String())
		if code != 0 {
			got.WriteString("exit " + string(rune('0'+code)) + "\n")
		}
		if code == 2 && (strings.Count(errs.String(), "\n") != 1 || !strings.HasPrefix(errs.String(), "oco: ")) {
			t.Errorf("%q: an error is one line: %q", line, errs.String())
		}
		for _, l := range strings.Split(out.String(), "\n") {
			if utf8.RuneCountInString(l) > 100 {
				t.Errorf("%q: a line is too wide: %s", line, l)
			}
		}
		got.WriteByte('\n')
	}
	const path = "testdata/usage.txt"
	if *update {
		write(t, path, got.String())
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the transcript differs from %s (-update writes it); got\n%s", path, got.String())
	}
}

// oneLine is the program up to the work of the command, which must not happen.
func oneLine(ctx context.Context, args []string, out, errs *bytes.Buffer) int {
	if code, done := inner(args, errs); done {
		return code
	}
	env := &cli.Env{Stdout: out, Stderr: errs, Getenv: func(string) string { return "" }}
	command, err := parse(args, out)
	if err != nil || command == nil {
		return report(errs, err)
	}
	return report(errs, command.run(ctx, env))
}

func TestTheDefaultCommandIsRun(t *testing.T) {
	for _, args := range [][]string{{}, {"--data", "x"}, {"run", "--data", "x"}, {"-c", "f"}} {
		var out bytes.Buffer
		c, err := parse(args, &out)
		if err != nil || c.ctx.Command() != "run" || !c.ownSignals() {
			t.Errorf("%q: %v", args, err)
		}
	}
	for args, want := range map[string]bool{"try x": true, "try -- x -y": true, "status": false, "check": false, "outcomes": false} {
		c, err := parse(strings.Fields(args), &bytes.Buffer{})
		if err != nil || c.ownSignals() != want {
			t.Errorf("%q takes its own signals: %v", args, err)
		}
	}
}

// What stands after -- belongs to the plugin, and to a message.
func TestArgumentsThatAreNotOurs(t *testing.T) {
	for line, want := range map[string]string{
		"try -- sh x.py --flag -c y": "sh x.py --flag -c y",
		"try sh x.py --flag":         "sh x.py --flag",
		"try -- sh -- more":          "sh -- more",
	} {
		c, err := parse(strings.Fields(line), &bytes.Buffer{})
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		g := c.ctx.Model.Target.Interface().(grammar)
		made, err := g.Try.config()
		if err != nil || strings.Join(made.Handlers[0].Command, " ") != want {
			t.Errorf("%q runs %q, %v", line, made.Handlers[0].Command, err)
		}
	}
	for line, want := range map[string]string{
		"send ops deploy --force now": "deploy --force now",
		"send --wait ops -- -x":       "-- -x",
		"send ops -":                  "-",
	} {
		c, err := parse(strings.Fields(line), &bytes.Buffer{})
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		g := c.ctx.Model.Target.Interface().(grammar)
		if got := strings.Join(g.Send.Text, " "); got != want {
			t.Errorf("%q says %q, want %q", line, got, want)
		}
	}
}
