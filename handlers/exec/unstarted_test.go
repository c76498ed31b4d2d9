//go:build unix

package exec_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What became of a program after the settings were read, the log says in words by
// which it is found; a person reads that it is not for them to mend.
func TestProgramsThatCannotBeStarted(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	gone, place := script("gone", "#!/bin/sh\n"), filepath.Join(dir, "place")
	if err := os.Mkdir(place, 0o755); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	bot := withCommands(t, slog.New(slog.NewTextHandler(&log, nil)),
		fields{"command": "gone", "run": []any{gone}},
		fields{"command": "placeless", "run": []any{"echo"}, "dir": place},
		fields{"command": "unread", "run": []any{script("unread", "#!/no/such/shell\n")}},
		fields{"command": "headless", "run": []any{script("headless", "echo hello\n")}})
	for _, path := range []string{gone, place} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range []string{"gone", "placeless", "unread", "headless"} {
		bot.Command(command)
		bot.WantNotice(command + " failed: the program could not be started; an operator finds the reason in the log.")
	}
	bot.Kill("exec")
	for _, want := range []string{
		"start " + gone + ": no such file or directory",
		"the directory in which it runs is not there any more: stat " + place,
		"what its first line names behind #! is not on this machine",
		"a script needs a first line such as #!/bin/sh",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log.String())
		}
	}
}

// Arguments that are longer than what this system takes are for the person to make
// shorter.
func TestArgumentsThatAreTooLong(t *testing.T) {
	bot := withCommands(t, nil, fields{"command": "say {what...}", "run": []any{"echo", strings.Repeat("{what}", 100)}})
	bot.Command("say " + strings.Repeat("x", 50_000))
	bot.WantNotice("say failed: that is more than this system takes as arguments of a program; say less at once.")
	bot.Command("say a")
	bot.WantReply(strings.Repeat("a", 100))
}
