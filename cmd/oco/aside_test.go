package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/ptytest"
)

func TestAside(t *testing.T) {
	for name, test := range map[string]struct{ before, said, want string }{
		"above the line":    {"one\r\nalice> half", "hello | x\n", "one\nhello | x\nalice> half█\n"},
		"in the bottom row": {"1\r\n2\r\n3\r\nalice> ", "hello | x\n", "1\n2\n3\nhello | x\nalice> █\n"},
		"several lines":     {"alice> ", "a\nb\n", "a\nb\nalice> █\n"},
		"longer than a row": {"alice> ", strings.Repeat("x", 25) + "\n", strings.Repeat("x", 20) + "\nxxxxx\nalice> █\n"},
		"an empty line":     {"alice> ", "\n", "\nalice> █\n"},
		"before the prompt": {"", "early\n", "early\n█\n"},
	} {
		screen := ptytest.NewScreen(20, 4)
		a := &aside{to: screen, width: func() int { return 20 }}
		for _, part := range []struct {
			to   io.Writer
			text string
		}{{screen, test.before}, {a, test.said}} {
			if _, err := io.WriteString(part.to, part.text); err != nil {
				t.Fatal(err)
			}
		}
		if got := screen.Text(); got != test.want || len(screen.Strange()) > 0 {
			t.Errorf("%s: the screen shows\n%s\nwant\n%s\nstrange: %q", name, got, test.want, screen.Strange())
		}
	}
}

func TestBesideEditorIsForTerminals(t *testing.T) {
	seat := ptytest.Sit(t)
	kind := "xterm"
	getenv := func(name string) string { return map[string]string{"TERM": kind}[name] }
	if _, ok := besideEditor(seat.Program, getenv).(*aside); !ok {
		t.Error("a terminal gets lines in the middle of what is edited")
	}
	var b bytes.Buffer
	if besideEditor(&b, getenv) != io.Writer(&b) {
		t.Error("what is no terminal gets codes")
	}
	kind = "dumb"
	if besideEditor(seat.Program, getenv) != io.Writer(seat.Program) {
		t.Error("a dumb terminal gets codes")
	}
}
