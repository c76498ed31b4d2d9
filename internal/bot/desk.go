package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/texts"
)

// desk is what operators use by chat. What comes in needs it before the core is
// built that serves it, and comes in only after.
type desk struct{ b *Bot }

// ShowRecord tells the life of an event.
func (d desk) ShowRecord(ctx context.Context, req *ocov1.ShowRecordRequest, in *texts.Catalogue) (*ocov1.ShowRecordResponse, error) {
	return d.b.core.ShowRecordIn(ctx, req, in)
}

// OpenList lists what ended badly.
func (d desk) OpenList(ctx context.Context, most int) ([]*ocov1.DeliveryRecord, int, error) {
	return d.b.core.OpenList(ctx, most)
}

// GetStatus tells how the bot is.
func (d desk) GetStatus(ctx context.Context, req *ocov1.GetStatusRequest) (*ocov1.GetStatusResponse, error) {
	return d.b.core.GetStatus(ctx, req)
}

// Pause pauses or resumes a handler.
func (d desk) Pause(ctx context.Context, plugin string, paused bool, by, reason string) error {
	return d.b.core.Pause(ctx, plugin, paused, by, reason)
}

// intakeRules are what a configuration says of what comes in.
func intakeRules(c *config.Config) intake.Rules {
	r := intake.Rules{
		Address: route.Address{Name: c.Name, Aliases: c.Aliases, Prefix: c.Prefix}, Ignore: map[string]bool{}, Listening: map[string]bool{},
		UserMessages: c.Limits.UserMessages, LoopAnswers: c.Limits.LoopAnswers, OperatorsRoom: operatorsRoom(c), Texts: c.Catalogue(),
	}
	r.Zone, _ = chat.Zone(c.TimeZone)
	for _, id := range c.Ignore {
		r.Ignore[id] = true
	}
	for _, room := range c.Listening {
		r.Listening[cmp.Or(c.Rooms[room], room)] = true
	}
	return r
}

// held takes that something came in and triggers nothing.
func (b *Bot) held(h intake.Held) {
	b.metrics.held.WithLabelValues(h.Why).Inc()
	if h.First {
		b.log.Warn("what a user says is not taken for a while", "why", h.Why, "user", h.User, "room", h.Room)
	}
}

// ignoredOperators are warnings of operators to whom the bot does not listen.
func (b *Bot) ignoredOperators() []string {
	var warnings []string
	for _, id := range b.config().Ignore {
		if slices.Contains(b.people.Groups(id), config.OperatorsGroup) {
			warnings = append(warnings, fmt.Sprintf("%s is an operator and stands under `ignore`: nothing that they say is taken", id))
		}
	}
	return warnings
}
