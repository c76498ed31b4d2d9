package bot

import (
	"context"
	"errors"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/supervise"
)

// RestartPlugin ends the process of a plugin after its work in flight and starts it
// again, also if it waits for its next start or is given a rest. It returns all plugins
// of the process. A plugin whose process is not the bot's own is refused. ctx bounds
// the wait for the turn only.
func (b *Bot) RestartPlugin(ctx context.Context, name string) ([]string, error) {
	leave, err := b.takeTurn(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	now := b.current.Load()
	p, ok := now.process(name)
	switch {
	case ok && b.children != nil:
	case ok || b.registry.Known(name) || name == now.config.Adapter.Name:
		return nil, chat.Refuse(chat.NotSupervised, "%s runs elsewhere and not as a process of this bot: restart it where it runs, and it comes back by itself", name).With("plugin", name)
	default:
		return nil, chat.Refuse(chat.PluginNotFound, "no plugin is called %.64q: `oco plugins` lists those that there are", name)
	}
	if err := b.replace(b.halted, p); err != nil {
		if errors.Is(err, supervise.ErrStopping) || b.halted.Err() != nil {
			return nil, chat.Refuse(chat.Draining, "the bot stops")
		}
		return nil, err
	}
	b.log.Info("a process was restarted", "process", p.name, "plugins", p.names())
	return p.names(), nil
}
