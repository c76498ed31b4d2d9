package bot

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// report takes what happens to deliveries and plugins, into the log and to whom
// it concerns. It must not block: the engine waits for it.
func (b *Bot) report(r delivery.Report) {
	b.metrics.count(r)
	switch r.Kind {
	case "sent":
		if r.State == chat.Sent { // so an adapter is connected, and the intake is there
			b.in.Posted(r.Trace)
		}
	case "registered":
		b.log.Info("registered", "plugin", r.Plugin, "replica", r.Detail)
		if name, ok := b.processOf(r.Plugin); ok && b.children != nil {
			b.children.MarkReady(name)
		}
		return
	case "connected":
		b.ready.set(r.Plugin)
		return
	case "missed":
		b.log.Warn("messages were not seen", "plugin", r.Plugin, "away", r.Took.Round(time.Second), "detail", r.Detail)
		return
	case "crowded":
		b.log.Warn("events are forgotten early", "after", r.Took, "detail", r.Detail)
		return
	case "hung":
		b.log.Error("every slot of a replica hangs", "plugin", r.Plugin, "replica", r.Detail)
		if name, ok := b.processOf(r.Plugin); ok && b.children != nil {
			go b.logStop(b.children.KillHung(name))
		}
		return
	}
	level := slog.LevelDebug
	went := r.State == chat.Sent || r.Kind != "sent" && r.Kind != "operated"
	if r.Kind == "ended" && r.Outcome != chat.Done || !went {
		level = slog.LevelWarn
	} else if r.Kind == "ended" || r.Kind == "resolved" {
		level = slog.LevelInfo
	}
	if !b.log.Enabled(context.Background(), level) {
		return
	}
	b.log.LogAttrs(context.Background(), level, r.Kind, attributes(r)...)
}

func attributes(r delivery.Report) []slog.Attr {
	var all []slog.Attr
	add := func(key, value string) {
		if value != "" {
			all = append(all, slog.String(key, value))
		}
	}
	add("plugin", r.Plugin)
	add("route", r.Route)
	add("delivery", r.Delivery)
	add("event", r.Event)
	add("message", r.Message)
	add("operation", r.What)
	if r.Outcome != chat.None {
		add("outcome", r.Outcome.String())
	}
	if r.State != 0 {
		add("state", r.State.String())
	}
	if r.Attempt > 1 {
		all = append(all, slog.Int("attempt", r.Attempt))
	}
	if r.Took > 0 {
		all = append(all, slog.Duration("took", r.Took))
	}
	add("detail", r.Detail)
	if parts := strings.Split(r.Trace, "-"); len(parts) == 4 {
		add("trace", parts[1])
	}
	return all
}

// Syncs is how often the store has asked the disk to make something durable. It
// does not block.
func (b *Bot) Syncs() uint64 { return b.store.Syncs() }
