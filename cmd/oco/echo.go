package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/openchatops/oco/internal/cli"
)

// An echo is a log handler that also shows a person what one plugin prints and
// how it ends: who tries a plugin does not read a log. What became of a delivery it
// leaves out: whoever typed it is told in the chat.
type echo struct {
	slog.Handler
	plugin string
	to     io.Writer
	// Of the attributes that every record has:
	mine bool   // they name the plugin
	why  string // how it ended
}

// Enabled says whether a record is wanted.
func (e *echo) Enabled(ctx context.Context, level slog.Level) bool {
	return e.Handler.Enabled(ctx, level)
}

// Handle takes one record.
func (e *echo) Handle(ctx context.Context, r slog.Record) error {
	all, printed, delivery := *e, false, false
	r.Attrs(func(a slog.Attr) bool {
		all.take(a)
		printed = printed || a.Key == "stream"
		delivery = delivery || a.Key == "delivery"
		return true
	})
	if all.mine && (printed || r.Level >= slog.LevelWarn && !delivery) {
		if _, err := fmt.Fprintf(e.to, "%s | %s\n", e.plugin, cli.Printable(strings.TrimRight(r.Message+all.why, "\n"))); err != nil {
			return err
		}
	}
	return e.Handler.Handle(ctx, r)
}

func (e *echo) take(a slog.Attr) {
	switch a.Key {
	case "plugin":
		e.mine = a.Value.String() == e.plugin
	case "exit", "error", "why":
		e.why = ": " + a.Value.String()
	}
	if a.Key == "exit" && a.Value.String() == "exit status 0" {
		e.why += "; a plugin runs until it is stopped: does it end with what runs it, oco.Main(h), oco.main(handler) or await handler.run()?"
	}
}

// WithAttrs gives an echo whose records have these attributes.
func (e *echo) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *e
	next.Handler = e.Handler.WithAttrs(attrs)
	for _, a := range attrs {
		next.take(a)
	}
	return &next
}

// WithGroup gives an echo whose records stand in a group.
func (e *echo) WithGroup(name string) slog.Handler {
	next := *e
	next.Handler = e.Handler.WithGroup(name)
	return &next
}
