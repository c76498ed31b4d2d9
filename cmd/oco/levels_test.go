package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/config"
)

// A plugin may have a level of its own, for what it says and what is said of it, and
// levels change while the bot runs.
func TestLevelsOfPlugins(t *testing.T) {
	c := logConfig("json")
	c.Log.Level = "warn"
	c.Adapter.LogLevel = "error"
	c.Handlers = []config.Plugin{{Name: "noisy", LogLevel: "debug"}, {Name: "plain"}}
	var out bytes.Buffer
	log := newLog(&out, c)
	say := func() string {
		out.Reset()
		for name, l := range map[string]*slog.Logger{
			"bot": log, "noisy": log.With("plugin", "noisy"), "plain": log.With("n", 1).With("plugin", "plain"), "terminal": log.WithGroup("g").With("plugin", "terminal"),
		} {
			l.Debug(name + " debug")
			l.Warn(name + " warn")
			l.Error(name + " error")
		}
		log.Debug("of noisy", "n", 1, "plugin", "noisy")
		log.Debug("of plain", "plugin", "plain")
		log.Warn("of terminal", "plugin", "terminal")
		var all []string
		for _, what := range []string{"bot debug", "bot warn", "noisy debug", "plain debug", "plain warn", "terminal warn", "terminal error", "of noisy", "of plain", "of terminal"} {
			if strings.Contains(out.String(), `"`+what+`"`) {
				all = append(all, what)
			}
		}
		return strings.Join(all, ", ")
	}
	if got, want := say(), "bot warn, noisy debug, plain warn, terminal error, of noisy"; got != want {
		t.Errorf("logged are %s\nwant %s", got, want)
	}
	next := logConfig("json")
	next.Log.Level = "debug"
	next.Handlers = []config.Plugin{{Name: "noisy", LogLevel: "error"}}
	next.Secrets = []string{"of plain"}
	retune(log, next)
	if got, want := say(), "bot debug, bot warn, plain debug, plain warn, terminal warn, terminal error, of terminal"; got != want || !strings.Contains(out.String(), "[secret]") {
		t.Errorf("logged are then %s\nwant %s", got, want)
	}
}
