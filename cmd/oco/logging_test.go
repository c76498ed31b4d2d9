package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/cli"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/ptytest"
)

func logConfig(format string) *config.Config {
	c := config.Default()
	c.Log.Format = format
	return c
}

// What a plugin prints and a person types ends up in the log.
func TestLogsObeyNobody(t *testing.T) {
	hostile := "x\x1b[2J\ny\r\u009b1m\u202e\xff"
	for _, format := range []string{"auto", "json", "text"} {
		for name, say := range map[string]func(*slog.Logger){
			"message":  func(l *slog.Logger) { l.Info(hostile) },
			"text":     func(l *slog.Logger) { l.Info("m", "k", hostile) },
			"error":    func(l *slog.Logger) { l.Info("m", "k", errors.New(hostile)) },
			"stringer": func(l *slog.Logger) { l.Info("m", "k", stringer(hostile)) },
			"any":      func(l *slog.Logger) { l.Info("m", "k", []string{hostile}) },
			"struct":   func(l *slog.Logger) { l.Info("m", "k", struct{ A any }{hostile}) },
			"key":      func(l *slog.Logger) { l.Info("m", hostile, "v") },
			"group":    func(l *slog.Logger) { l.WithGroup("g").With("k", hostile).Info("m", slog.Group("h", "k", hostile)) },
		} {
			var out bytes.Buffer
			say(newLog(&out, logConfig(format)))
			line, ended := strings.CutSuffix(out.String(), "\n")
			if !ended || cli.Printable(line) != line {
				t.Errorf("%s, %s: the log has %q", format, name, out.String())
			}
			if !strings.Contains(line, "x") || format != "text" && !json.Valid([]byte(line)) {
				t.Errorf("%s, %s: the log has %q", format, name, line)
			}
		}
	}
}

// Whatever is logged, it is one line, and one JSON document if JSON was asked for.
func FuzzALogLineIsOne(f *testing.F) {
	for _, seed := range []string{"", "plain", "x\x1b[2J\ny", "\r\u2028\u202e\u0085", "\xff\xfe", `"}{"level":"ERROR"`, "time=2026 level=ERROR msg=forged"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, message, value string) {
		for _, format := range []string{"json", "text"} {
			var out bytes.Buffer
			newLog(&out, logConfig(format)).Info(message, "k", value, "error", errors.New(value), "any", []any{value})
			line, ended := strings.CutSuffix(out.String(), "\n")
			if !ended || cli.Printable(line) != line || format == "json" && !json.Valid([]byte(line)) {
				t.Errorf("%s: %q and %q are logged as %q", format, message, value, out.String())
			}
		}
	})
}

// On a terminal the log is text, in colours unless the person wants none.
func TestTheLogOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	for _, none := range []string{"", "1"} {
		t.Setenv("NO_COLOR", none)
		seat := ptytest.Sit(t)
		newLog(seat.Program, logConfig("auto")).Warn("careful", "who", "x\x1b[2Jy")
		seat.AwaitPart("[2Jy")
		if text := strings.Join(strings.Fields(seat.Text()), " "); !strings.Contains(text, `WRN careful who=`) || !strings.Contains(text, `u{1B}[2Jy`) {
			t.Errorf("the terminal shows %q", text)
		}
		if coloured := seat.Styled() != seat.Text(); coloured != (none == "") {
			t.Errorf("NO_COLOR=%q: %q", none, seat.Styled())
		}
	}
}

type stringer string

func (s stringer) String() string { return string(s) }

func TestLevelsAndFormats(t *testing.T) {
	for level, want := range map[string]int{"debug": 4, "info": 3, "warn": 2, "error": 1} {
		for _, format := range []string{"json", "text"} {
			c := logConfig(format)
			c.Log.Level = level
			var out bytes.Buffer
			l := newLog(&out, c)
			l.Debug("m")
			l.Info("m", "n", 1, "d", time.Second)
			l.Warn("m")
			l.Error("m")
			if got := strings.Count(out.String(), "\n"); got != want {
				t.Errorf("%s, %s: %d lines", level, format, got)
			}
			if isJSON := strings.HasPrefix(out.String(), `{"time":`) && strings.Contains(out.String(), `"level":"ERROR"`); isJSON != (format == "json") {
				t.Errorf("%s: %s", format, out.String())
			}
		}
	}
}

func TestSecretsOfTheConfigurationAreNotLogged(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		c := logConfig(format)
		c.Secrets = []string{"pass word\"1", "tok-en\x1b", "ab"}
		var out bytes.Buffer
		l := newLog(&out, c)
		l.Info(`pass word"1`, "k", fmt.Errorf("login as %s: %w", c.Secrets[0], errors.New(c.Secrets[1])), "short", "ab")
		if strings.Contains(out.String(), "word") || strings.Contains(out.String(), "tok-en") || strings.Count(out.String(), "[secret]") != 3 {
			t.Errorf("%s: %s", format, out.String())
		}
		if !strings.Contains(out.String(), "ab") {
			t.Errorf("two letters hide the log: %s", out.String())
		}
	}
	w := &redactor{to: brokenWriter{}}
	for range 2 {
		if _, err := w.Write([]byte("x")); err == nil {
			t.Error("an error is swallowed")
		}
		w.add([]string{"secret"})
	}
}

func TestLogFileIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "oco.log")
	write(t, path, "from before\n")
	l, err := openLog(path, 100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		if _, err := fmt.Fprintf(l, "line %02d\n", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	old, current := read(path+".1"), read(path)
	if len(old) > 100 || len(current) > 100 || !strings.HasSuffix(current, "line 49\n") {
		t.Errorf("old %q, current %q", old, current)
	}
	if !strings.HasSuffix(old+current, "line 48\nline 49\n") || strings.Count(old+current, "\n") < 12 {
		t.Errorf("lines are lost: %q", old+current)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if files, err := filepath.Glob(path + "*"); err != nil || len(files) != 2 {
		t.Errorf("files %v, %v", files, err)
	}
}

func TestOneLongLineIsKept(t *testing.T) {
	l, err := openLog(filepath.Join(t.TempDir(), "oco.log"), 10)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if n, err := l.Write([]byte("longer than the limit\n")); n != 22 || err != nil {
			t.Error(n, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := l.Write([]byte("x")); err == nil {
		t.Error("a closed log takes lines")
	}
	if _, err := openLog(t.TempDir(), 10); err == nil {
		t.Error("a directory is a log")
	}
}
