//go:build unix

package exec_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/openchatops/oco"
)

// A program need not read what it could, however much that is: its exit code alone says
// how it ended.
func TestAProgramThatDoesNotReadItsInput(t *testing.T) {
	bot := withCommands(t, nil,
		with(sh("ignore {what...}", "echo ignored"), "stdin", "json"),
		with(sh("close {what...}", "exec <&-; echo closed"), "stdin", "json"),
		with(sh("sip {what...}", "head -c 12; exec <&-; echo"), "stdin", "json"),
		with(sh("count {what...}", `[ "$(wc -c)" -gt 240000 ] && echo all of it`), "stdin", "json"))
	much := " " + strings.Repeat("<", 20_000) // each is six bytes of JSON, and it is there twice
	for command, want := range map[string]string{"ignore": "ignored", "close": "closed", "sip": `{"command":"`} {
		who := bot.As("of" + command)
		who.Command(command + much)
		who.WantReply(want)
		bot.WantOutcome(oco.Done)
	}
	bot.Command("count" + much)
	bot.WantReply("all of it")
}

// Both outputs may be filled at once, with whatever bytes.
func TestAFloodOfBothOutputs(t *testing.T) {
	bot := withCommands(t, nil, with(sh("flood", `
		(yes out | head -c 2000000) & (yes err | head -c 2000000 >&2) & wait
		printf 'nul\000 and \377\376 end\n'; printf 'why\000 \377\n' >&2; exit 7`), "max_lines", int64(2)))
	bot.Command("flood")
	bot.WantReply("out\n[… 499999 lines left out …]\nnul and \uFFFD end")
	bot.WantNotice("flood failed: exit code 7. It said last:\n", "why \uFFFD")
	bot.WantOutcome(oco.Failed)
}

// The program is the file that is there when somebody says the command, and one that
// runs goes on as what it was.
func TestAProgramThatIsSwapped(t *testing.T) {
	dir := t.TempDir()
	path, began, goOn := filepath.Join(dir, "program"), filepath.Join(dir, "began"), filepath.Join(dir, "go-on")
	for _, pipe := range []string{began, goOn} {
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(path+".new", []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	put("#!/bin/sh\n: > began\n: < go-on\necho old\n")
	bot := withCommands(t, nil, fields{"command": "go", "run": []any{path}, "dir": dir})
	wait := bot.BeginCommand("go")
	if _, err := os.ReadFile(began); err != nil { // returns when the program has come by
		t.Fatal(err)
	}
	put("#!/bin/sh\necho new\n")
	if err := os.WriteFile(goOn, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wait()
	bot.WantReply("old")
	bot.As("bob").Command("go")
	bot.As("bob").WantReply("new")
}
