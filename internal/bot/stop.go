package bot

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// Stop drains the bot: nothing new is offered, what runs may finish within the
// grace of the configuration or until ctx ends, what was said is posted, then
// the adapter and the servers end. It may be called more than once and before
// anything came up.
func (b *Bot) Stop(ctx context.Context) {
	b.stop.Do(func() {
		b.stopping.Store(true)
		b.halt()
		<-b.turn // a reload or a restart under way ends first, without waiting for work
		b.drain(ctx)
		if err := b.close(); err != nil {
			b.log.Error("the bot did not close cleanly", "error", err)
		}
		b.end(0)
	})
}

func (b *Bot) drain(ctx context.Context) {
	if b.engine == nil {
		return
	}
	grace := b.config().Limits.StopGrace
	ctx, cancel := context.WithTimeout(ctx, grace+5*time.Second)
	defer cancel()
	b.log.Info("the bot stops", "grace", grace.String())
	if _, err := b.engine.Do(ctx, delivery.Drain{Grace: grace}); err != nil {
		b.log.Warn("the bot could not be drained", "error", err)
	}
	if b.children == nil {
		return
	}
	var all sync.WaitGroup
	b.mu.Lock()
	now := maps.Clone(b.running)
	b.mu.Unlock()
	for name, p := range now {
		if p.role != chat.RoleAdapter {
			all.Go(func() { b.logStop(b.children.Remove(ctx, name)) })
		}
	}
	all.Wait()
	b.emptyOutbox(ctx)
	b.logStop(b.children.Stop(ctx))
}

func (b *Bot) logStop(err error) {
	if err != nil {
		b.log.Warn("a plugin did not stop in time", "error", err)
	}
}

// emptyOutbox waits a little until what was said is posted. What is not by then
// is posted after the next start.
func (b *Bot) emptyOutbox(ctx context.Context) {
	const most = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for ctx.Err() == nil {
		value, err := b.engine.Do(ctx, delivery.Inspect{})
		if n, ok := value.(delivery.Snapshot); err != nil || !ok || n.Outbox == 0 || !adapterUp(n) {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func adapterUp(n delivery.Snapshot) bool {
	for _, a := range n.Accounts {
		if a.Active != "" {
			return true
		}
	}
	return false
}

// close closes what was opened, in the opposite order.
func (b *Bot) close() error {
	b.halt()
	var errs []error
	if b.http != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		errs = append(errs, b.http.Shutdown(ctx))
		cancel()
		errs = append(errs, b.http.Close())
	}
	stopServers(time.Second, b.allServers()...)
	if b.engine != nil {
		b.engine.Stop()
	}
	if b.store != nil {
		errs = append(errs, b.store.Close())
	}
	if b.dir != nil {
		errs = append(errs, b.dir.close())
	}
	b.guests.close()
	for i, err := range errs {
		if errors.Is(err, context.DeadlineExceeded) {
			errs[i] = nil
		}
	}
	return errors.Join(errs...)
}

// fatalExit ends the process at once.
func fatalExit(log *slog.Logger, err error) {
	log.Error("the store failed: the bot ends, and its supervisor may start it again", "error", err)
	os.Stderr.WriteString("oco: the store failed, nothing more is acknowledged: " + err.Error() + "\n")
	os.Exit(1)
}
