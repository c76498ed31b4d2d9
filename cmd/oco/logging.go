package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lmittmann/tint"
	"golang.org/x/term"

	"github.com/openchatops/oco/internal/cli"
	"github.com/openchatops/oco/internal/config"
)

// newLog makes the bot's log on w: JSON, or text for people, by the
// configuration; with auto text if w is a terminal. Nothing that a plugin or a
// chat says can end a line, reach a terminal as a command, or show a secret of
// the configuration.
func newLog(w io.Writer, c *config.Config) *slog.Logger {
	levels := &atomic.Pointer[logLevels]{}
	file, isFile := w.(*os.File)
	terminal := isFile && term.IsTerminal(int(file.Fd()))
	hide := &redactor{to: w}
	retune := func(c *config.Config) {
		levels.Store(levelsOf(c))
		hide.add(c.Secrets)
	}
	retune(c)
	var h slog.Handler
	if c.Log.Format == "text" || c.Log.Format == "auto" && terminal {
		h = tint.NewTextHandler(hide, &tint.Options{
			Level: slog.LevelDebug, TimeFormat: "15:04:05.000", NoColor: !terminal || !colours(file), ReplaceAttr: neutralise,
		})
	} else {
		h = slog.NewJSONHandler(hide, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: neutralise})
	}
	return slog.New(leveled{Handler: h, levels: levels, retune: retune})
}

// retune makes levels and secrets of a log those of another configuration, beside the
// secrets that were. It may be called at any time.
func retune(log *slog.Logger, c *config.Config) {
	if h, ok := log.Handler().(leveled); ok {
		h.retune(c)
	}
}

// neutralise makes texts printable: messages are written as they are, and the
// escapes of JSON know only the controls of ASCII.
func neutralise(_ []string, a slog.Attr) slog.Attr {
	a.Key = cli.Printable(a.Key)
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(cli.Printable(a.Value.String()))
	case slog.KindDuration:
		a.Value = slog.StringValue(a.Value.Duration().String())
	case slog.KindAny:
		switch v := a.Value.Any().(type) {
		case error:
			a.Value = slog.StringValue(cli.Printable(v.Error()))
		case fmt.Stringer:
			if _, level := v.(slog.Level); !level {
				a.Value = slog.StringValue(cli.Printable(v.String()))
			}
		case *slog.Source:
		default:
			a.Value = slog.StringValue(cli.Printable(fmt.Sprintf("%+v", v)))
		}
	}
	return a
}

// shortestSecret is the length below which a value is left alone: hiding every
// "1" would hide the log.
const shortestSecret = 4

// redactor is a writer in whose place secrets do not appear, however they are
// quoted. Each Write is a whole line.
type redactor struct {
	to      io.Writer
	replace atomic.Pointer[strings.Replacer]

	mu      sync.Mutex
	secrets []string
}

// add hides further secrets from now on.
func (r *redactor) add(secrets []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range secrets {
		if len(secret) >= shortestSecret && !slices.Contains(r.secrets, secret) {
			r.secrets = append(r.secrets, secret)
		}
	}
	var pairs []string
	for _, secret := range r.secrets {
		forms := []string{secret, cli.Printable(secret), strings.Trim(strconv.Quote(secret), `"`), strings.Trim(strconv.Quote(cli.Printable(secret)), `"`)}
		for _, form := range []string{secret, cli.Printable(secret)} {
			if quoted, err := json.Marshal(form); err == nil {
				forms = append(forms, string(bytes.Trim(quoted, `"`)))
			}
		}
		slices.Sort(forms)
		for _, form := range slices.Compact(forms) {
			pairs = append(pairs, form, "[secret]")
		}
	}
	if len(pairs) > 0 {
		r.replace.Store(strings.NewReplacer(pairs...))
	}
}

// Write writes the line without secrets.
func (r *redactor) Write(line []byte) (int, error) {
	replace := r.replace.Load()
	if replace == nil {
		return r.to.Write(line)
	}
	if _, err := io.WriteString(r.to, replace.Replace(string(line))); err != nil {
		return 0, err
	}
	return len(line), nil
}
