package rpc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
)

// Bounds of one problem that a plugin finds with its settings: it goes back in a
// header.
const (
	maxSettingsProblem = 2 << 10
	maxSettingsPath    = 1 << 10
)

// settingsChanged is the frame that makes a replica register again.
type settingsChanged struct{}

func settingsChangedFrame() *ocov1.Frame {
	return &ocov1.Frame{Kind: &ocov1.Frame_SettingsChanged{SettingsChanged: &ocov1.SettingsChanged{}}}
}

// changes tells replicas that the settings of their plugin have changed: on the
// streams that are open, and first of all on one that a replica opens which has
// not registered since.
type changes struct {
	mu      sync.Mutex
	streams map[string]map[*sink]struct{} // by plugin
	stale   map[delivery.Replica]struct{} // no more than there were replicas
}

// listen makes a stream of a replica one that is told. The function that it
// returns takes that back.
func (c *changes) listen(to delivery.Replica, s *sink) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.streams == nil {
		c.streams = map[string]map[*sink]struct{}{}
	}
	if c.streams[to.Plugin] == nil {
		c.streams[to.Plugin] = map[*sink]struct{}{}
	}
	c.streams[to.Plugin][s] = struct{}{}
	if _, stale := c.stale[to]; stale {
		s.tell(settingsChanged{})
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if delete(c.streams[to.Plugin], s); len(c.streams[to.Plugin]) == 0 {
			delete(c.streams, to.Plugin)
		}
	}
}

// heard says that a replica knows.
func (c *changes) heard(by delivery.Replica) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.stale, by)
}

// tell tells the streams of a plugin, and remembers its replicas.
func (c *changes) tell(name string, replicas []delivery.ReplicaState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for r := range c.stale {
		if r.Plugin == name {
			delete(c.stale, r)
		}
	}
	if c.stale == nil {
		c.stale = map[delivery.Replica]struct{}{}
	}
	for _, r := range replicas {
		c.stale[delivery.Replica{Plugin: name, Name: r.Name}] = struct{}{}
	}
	for s := range c.streams[name] {
		s.tell(settingsChanged{})
	}
}

// SetSettings puts what the operator wrote for a plugin in the place of what
// stood there before. If the values differ, it tells the plugin's replicas to
// register again, and says so. A plugin that was refused for the settings before
// is down: whoever starts it starts it again.
func (c *Core) SetSettings(ctx context.Context, name string, settings plugin.Settings) (changed bool, err error) {
	if changed, err = c.opt.Registry.SetSettings(ctx, name, settings); err != nil || !changed {
		return false, err
	}
	// Whoever registers from now on gets the new ones; who did before is here.
	snapshot, err := do[delivery.Snapshot](ctx, c.engine, delivery.Inspect{})
	if err != nil {
		return true, err
	}
	var replicas []delivery.ReplicaState
	for _, p := range snapshot.Plugins {
		if p.Name == name {
			replicas = p.Replicas
		}
	}
	c.changes.tell(name, replicas)
	return true, nil
}

// inquire is a Register that registers nothing: it asks for the settings, or says
// why the plugin does not take them.
func (c *Core) inquire(ctx context.Context, id plugin.Identity, req *ocov1.RegisterRequest) (*ocov1.RegisterResponse, error) {
	if len(req.GetSettingsProblems()) > 0 {
		problems, refused := settingsProblems(req.GetSettingsProblems())
		if refused != nil {
			return nil, refused
		}
		return nil, c.settingsRefused(ctx, id, c.opt.Registry.Refuse(ctx, id, req.GetManifest(), problems))
	}
	settings, err := c.opt.Registry.Inquire(ctx, id, req.GetManifest())
	if err != nil {
		return nil, c.settingsRefused(ctx, id, err)
	}
	res := &ocov1.RegisterResponse{PluginId: id.Name, Bot: c.info(ctx), Settings: settings}
	if id.Role == chat.RoleAdapter {
		res.AccountId = chat.AccountID(c.opt.Account)
	}
	return res, nil
}

// settingsProblems reads what a plugin does not take of its settings.
func settingsProblems(said []*ocov1.SettingsProblem) ([]plugin.SettingProblem, *chat.Error) {
	all := make([]plugin.SettingProblem, len(said))
	for i, p := range said {
		field := fmt.Sprintf("settings_problems[%d]", i)
		if p.GetText() == "" {
			return nil, invalid(field+".text", "it is missing: it says what is wrong and what to do")
		}
		if refused := cmp.Or(checkLength(field+".path", p.GetPath(), maxSettingsPath), checkLength(field+".text", p.GetText(), maxSettingsProblem)); refused != nil {
			return nil, refused
		}
		all[i] = plugin.SettingProblem{Path: p.GetPath(), Text: p.GetText()}
	}
	return all, nil
}

// settingsRefused logs a refusal that is the operator's to mend.
func (c *Core) settingsRefused(ctx context.Context, id plugin.Identity, err error) error {
	var refused *chat.Error
	if errors.As(err, &refused) && refused.Reason == chat.SettingsInvalid {
		c.log.Warn("a plugin is refused for its settings", "plugin", id.Name, "why", refused.Text)
		if c.opt.Refused != nil {
			c.opt.Refused(ctx, id.Name, refused.Text)
		}
	}
	return err
}
