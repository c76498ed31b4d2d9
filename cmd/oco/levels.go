package main

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/openchatops/oco/internal/config"
)

// logLevels are the least important levels that are logged: of each plugin that has
// one of its own, and of all else.
type logLevels struct {
	least   slog.Level // of them all
	others  slog.Level
	plugins map[string]slog.Level
}

var levelNames = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

func levelsOf(c *config.Config) *logLevels {
	l := &logLevels{others: levelNames[c.Log.Level], plugins: map[string]slog.Level{}}
	l.least = l.others
	for _, p := range append([]config.Plugin{c.Adapter}, c.Handlers...) {
		if level, ok := levelNames[p.LogLevel]; ok {
			l.plugins[p.Name] = level
			l.least = min(l.least, level)
		}
	}
	return l
}

func (l *logLevels) of(plugin string) slog.Level {
	if level, ok := l.plugins[plugin]; ok {
		return level
	}
	return l.others
}

// leveled passes records that are important enough: those with the attribute `plugin`
// by the level of that plugin. The levels may be exchanged at any time.
type leveled struct {
	slog.Handler
	levels *atomic.Pointer[logLevels]
	retune func(*config.Config)
	plugin string // that all records have; empty: none
}

// Enabled says whether a record of this level may be important enough.
func (h leveled) Enabled(_ context.Context, level slog.Level) bool {
	if h.plugin != "" {
		return level >= h.levels.Load().of(h.plugin)
	}
	return level >= h.levels.Load().least
}

// Handle passes a record on if it is important enough.
func (h leveled) Handle(ctx context.Context, r slog.Record) error {
	plugin := h.plugin
	if plugin == "" {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == pluginKey {
				plugin = a.Value.String()
			}
			return a.Key != pluginKey
		})
	}
	if r.Level < h.levels.Load().of(plugin) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// pluginKey is the attribute that says which plugin a record is of.
const pluginKey = "plugin"

// WithAttrs notes of which plugin records are from then on.
func (h leveled) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		if a.Key == pluginKey {
			h.plugin = a.Value.String()
		}
	}
	h.Handler = h.Handler.WithAttrs(attrs)
	return h
}

// WithGroup keeps the levels.
func (h leveled) WithGroup(name string) slog.Handler {
	h.Handler = h.Handler.WithGroup(name)
	return h
}
