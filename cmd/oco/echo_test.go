package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestEchoShowsOnePlugin(t *testing.T) {
	var shown, logged bytes.Buffer
	l := slog.New(&echo{Handler: slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelInfo}), plugin: "mine", to: &shown})
	mine := l.With("plugin", "mine")
	l.Info("one", "plugin", "mine", "stream", "stdout")
	mine.WithGroup("g").Info("two\x1b", "stream", "stderr")
	mine.With("exit", "exit status 3").Warn("the plugin has ended")
	mine.Error("no start", "error", errors.New("why"))
	mine.Info("registered")
	l.Warn("ended", "plugin", "mine", "delivery", "dlv:1", "outcome", "failed") // the notice tells it
	l.Warn("told", "plugin", "mine", "stream", "stderr", "delivery", "dlv:1")
	mine.Debug("detail", "stream", "stdout")
	l.Warn("other", "plugin", "yours")
	l.Info("other", "plugin", "yours", "stream", "stdout")
	const want = "mine | one\nmine | two\\u{1B}\nmine | the plugin has ended: exit status 3\nmine | no start: why\nmine | told\n"
	if shown.String() != want {
		t.Errorf("shown\n%swant\n%s", shown.String(), want)
	}
	if got := strings.Count(logged.String(), "\n"); got != 9 {
		t.Errorf("logged %d records:\n%s", got, logged.String())
	}
	failing := slog.New(&echo{Handler: slog.DiscardHandler, plugin: "mine", to: brokenWriter{}})
	if err := failing.Handler().Handle(t.Context(), record("mine")); err == nil {
		t.Error("an error is swallowed")
	}
}

func record(plugin string) slog.Record {
	r := slog.Record{Level: slog.LevelWarn, Message: "m"}
	r.Add("plugin", plugin)
	return r
}

func TestTryTellsWhyAPluginDoesNotRun(t *testing.T) {
	t.Parallel()
	out, errs, code := run(t, program(t, "try", "--", "./gone"), "ping\n")
	if code != 1 || out != "" || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "oco: ./gone cannot be started: ") {
		t.Errorf("printed %q and %q and exited %d", out, errs, code)
	}
	// What is said is nobody's then, also if a bundled handler has a command of that name.
	out, errs, code = run(t, program(t, "try", "--name", "x", "--", "sh", "-c", "echo this is wrong; exit 3"), "echo hello there\n")
	if code != 1 || out != "" || !strings.Contains(errs, "x | this is wrong\n") || !strings.Contains(errs, "exit status 3") {
		t.Errorf("printed %q and %q and exited %d", out, errs, code)
	}
	out, errs, code = run(t, program(t, "try", "--name", "x", "--", "true"), "nothing\n")
	if code != 1 || out != "" || !strings.Contains(errs, "x | the plugin has ended: exit status 0; a plugin runs until it is stopped: ") {
		t.Errorf("printed %q and %q and exited %d", out, errs, code)
	}
}
