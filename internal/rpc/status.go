package rpc

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// GetStatus tells how the bot stands.
func (c *Core) GetStatus(ctx context.Context, _ *ocov1.GetStatusRequest) (*ocov1.GetStatusResponse, error) {
	snapshot, err := do[delivery.Snapshot](ctx, c.engine, delivery.Inspect{})
	if err != nil {
		return nil, err
	}
	ready, _ := c.Readiness()
	counts := map[string]uint64{
		"open": uint64(snapshot.Open), "waiting": uint64(snapshot.Waiting), "leased": uint64(snapshot.Leased),
		"open_list": uint64(snapshot.OpenList), "outbox": uint64(snapshot.Outbox),
	}
	if kept := c.engine.Kept(); kept.Counted {
		counts["records"] = uint64(kept.Deliveries)
	}
	return &ocov1.GetStatusResponse{
		Bot: c.info(ctx), Ready: ready, Warnings: c.warnings(snapshot),
		Accounts: c.accounts(snapshot),
		Counts:   counts,
		Uptime:   durationProto(time.Since(c.started)), Plugins: c.plugins(snapshot), ProcessId: uint32(os.Getpid()),
	}, nil
}

func (c *Core) accounts(s delivery.Snapshot) []*ocov1.AccountStatus {
	c.mu.Lock()
	state := c.account
	c.mu.Unlock()
	accounts := []*ocov1.AccountStatus{}
	for _, a := range s.Accounts {
		status := &ocov1.AccountStatus{AccountId: a.ID, Service: a.Service}
		switch {
		case a.Active == "" || !c.queries.connected():
			status.Detail = "no adapter serves it now"
		default:
			status.Connected, status.Detail = state.connected, state.detail
		}
		accounts = append(accounts, status)
	}
	return accounts
}

// plugins puts together what the registry, the state machine and the
// supervisor know of each plugin.
func (c *Core) plugins(s delivery.Snapshot) []*ocov1.Plugin {
	plugins, refused := []*ocov1.Plugin{}, map[string]bool{} // the reason before all that came of it
	for _, info := range c.opt.Registry.Plugins() {
		refused[info.Name] = info.Refused != ""
		plugins = append(plugins, &ocov1.Plugin{
			PluginId: info.Name, Role: ocov1.Role(info.Role), Version: info.Version,
			Scopes: info.Granted, Paused: info.Paused, PauseReason: info.PauseReason, Detail: info.Refused,
		})
	}
	find := func(name string) *ocov1.Plugin {
		i := slices.IndexFunc(plugins, func(p *ocov1.Plugin) bool { return p.PluginId == name })
		if i < 0 {
			return nil
		}
		return plugins[i]
	}
	for _, state := range s.Plugins {
		p := find(state.Name)
		if p == nil {
			continue
		}
		p.Waiting = uint32(state.Waiting)
		p.Paused = p.Paused || state.Paused || s.PausedAll && state.Role == chat.RoleHandler
		for _, r := range state.Replicas {
			p.Replicas = append(p.Replicas, &ocov1.Replica{
				Replica: r.Name, LastSeen: durationProto(max(0, time.Since(r.Seen))),
				InFlight: uint32(r.InFlight), MaxInFlight: uint32(r.Credit), Connected: r.Connected,
			})
		}
	}
	for _, process := range c.opt.Processes() {
		for _, name := range process.Plugins {
			p := find(name)
			if p == nil { // started, and never registered
				p = &ocov1.Plugin{PluginId: name, Role: ocov1.Role(process.Role)}
				plugins = append(plugins, p)
			}
			p.State, p.Restarts, p.ProcessId = process.State, uint32(process.Restarts), uint32(process.PID)
			p.LastExit = process.LastExit
			if !process.LastExitAt.IsZero() {
				p.LastExitAgo = durationProto(max(0, time.Since(process.LastExitAt)))
			}
			if !process.NextStart.IsZero() {
				p.NextStart = durationProto(max(0, time.Until(process.NextStart)))
			}
			if process.Detail != "" && !refused[name] {
				p.Detail = strings.TrimPrefix(p.Detail+"; "+process.Detail, "; ")
			}
		}
	}
	return plugins
}
