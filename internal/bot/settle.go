package bot

import (
	"cmp"
	"context"
	"time"

	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/texts"
)

// How long the first events after a start wait for handlers that the bot runs:
// for one that it has never seen, whose commands nobody knows yet, and for one
// whose routes it still has, which may be about to change them.
const (
	awaitUnknown = 5 * time.Second
	awaitKnown   = time.Second
)

// settleIn holds what comes in right after a start until the bot's own handlers
// have registered, so that nobody is told that there is no such command when
// there is. A handler that does not come up delays nobody for longer, and one that
// ended instead delays nobody.
func (b *Bot) settleIn(ctx context.Context) {
	if b.settled.Load() || b.o.Guests {
		return
	}
	known := map[string]bool{}
	for _, p := range b.registry.Plugins() {
		known[p.Name] = true
	}
	for _, h := range b.config().Handlers {
		if h.Remote {
			continue
		}
		most := cmp.Or(b.o.Patience, awaitUnknown)
		if known[h.Name] {
			most = awaitKnown
		}
		wait, cancel := context.WithDeadline(ctx, b.began.Add(most))
		if b.ready.wait(wait, h.Name) != nil && ctx.Err() == nil {
			b.log.Warn("a handler has not come up yet; events are taken without it", "plugin", h.Name)
		}
		cancel()
	}
	if ctx.Err() == nil {
		b.settled.Store(true)
	}
}

// refused takes that a plugin was refused for its settings. Any other may yet get those
// that it takes, and what waits for it waits on; the one that is tried never does.
func (b *Bot) refused(ctx context.Context, name, why string) {
	if name != b.o.Tried {
		return
	}
	err := b.registry.Withdraw(ctx, name, func(ctx context.Context, writes []delivery.Write) error {
		return b.do(ctx, delivery.Forget{Plugin: name, Why: b.config().Catalogue().Say(texts.WhySettings, "plugin", name, "problem", why), Writes: writes})
	})
	if err != nil {
		b.log.Warn("what waits for a plugin that was refused could not be ended", "plugin", name, "error", err)
	}
	b.ready.set(name) // who waits for it to come up waits in vain
}
