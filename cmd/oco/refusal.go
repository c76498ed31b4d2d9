package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/openchatops/oco/internal/cli"
)

// A refusal is a log handler that also shows a person at a terminal which plugin is
// refused, and why: the bot runs on without it, and the log is in a file.
type refusal struct {
	slog.Handler
	to io.Writer
}

// Handle takes one record.
func (f *refusal) Handle(ctx context.Context, r slog.Record) error {
	var plugin, why string
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "plugin":
			plugin = a.Value.String()
		case "why":
			why = a.Value.String()
		}
		return true
	})
	if plugin != "" && why != "" && r.Level >= slog.LevelWarn {
		if _, err := fmt.Fprintf(f.to, "%s | %s\n", plugin, cli.Printable(r.Message+": "+why+"; `oco check` says where")); err != nil {
			return err
		}
	}
	return f.Handler.Handle(ctx, r)
}

// WithAttrs gives one whose records have these attributes.
func (f *refusal) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &refusal{f.Handler.WithAttrs(attrs), f.to}
}

// WithGroup gives one whose records stand in a group.
func (f *refusal) WithGroup(name string) slog.Handler {
	return &refusal{f.Handler.WithGroup(name), f.to}
}
