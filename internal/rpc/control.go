package rpc

import (
	"context"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// Control is what an operator may do to a bot that runs. Its methods may take as long
// as work in flight does; once begun they end what they do even if ctx ends.
type Control interface {
	// Reload reads the configuration again.
	Reload(ctx context.Context) (Reloaded, error)
	// RestartPlugin restarts the process of a plugin, and names all plugins in it.
	RestartPlugin(ctx context.Context, plugin string) (plugins []string, err error)
}

// Reloaded is what became of a reload.
type Reloaded struct {
	Changed      []string // keys that hold now
	Restarted    []string // plugins whose process was started, restarted or ended
	NeedsRestart []string // keys that hold after a restart of the bot
}

// Reload reads the configuration again and applies what changed.
func (c *Core) Reload(ctx context.Context, _ *ocov1.ReloadRequest) (*ocov1.ReloadResponse, error) {
	if c.opt.Control == nil {
		return nil, chat.Refuse(chat.ConfigInvalid, "this bot has no configuration that could be read again")
	}
	c.log.Info("a reload was asked for", "by", operator(ctx))
	done, err := c.opt.Control.Reload(ctx)
	if err != nil {
		return nil, err
	}
	return &ocov1.ReloadResponse{Changed: done.Changed, Restarted: done.Restarted, NeedsRestart: done.NeedsRestart}, nil
}

// RestartPlugin ends the process of a plugin and starts it again.
func (c *Core) RestartPlugin(ctx context.Context, req *ocov1.RestartPluginRequest) (*ocov1.RestartPluginResponse, error) {
	name := req.GetPluginId()
	if name == "" {
		return nil, invalid("plugin_id", "it is empty: name the plugin to restart")
	}
	if c.opt.Control == nil {
		return nil, chat.Refuse(chat.NotSupervised, "this bot runs no processes: restart %.64q where it runs", name)
	}
	c.log.Info("a restart of a plugin was asked for", "plugin", name, "by", operator(ctx))
	plugins, err := c.opt.Control.RestartPlugin(ctx, name)
	if err != nil {
		return nil, err
	}
	return &ocov1.RestartPluginResponse{Plugins: plugins}, nil
}
