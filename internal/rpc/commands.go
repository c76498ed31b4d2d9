package rpc

import (
	"context"
	"slices"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/route"
)

// ListCommands lists the commands that a user may run. Without a user it lists
// what everyone may run, and for an operator all.
func (c *Core) ListCommands(ctx context.Context, req *ocov1.ListCommandsRequest) (*ocov1.ListCommandsResponse, error) {
	c.opt.Ready(ctx)
	page, refused := newRoutePage(req.GetPageSize(), req.GetPageToken())
	if refused != nil {
		return nil, refused
	}
	user, refused := c.asker(ctx, req.GetUserId())
	if refused != nil {
		return nil, refused
	}
	alive, err := c.alive(ctx)
	if err != nil {
		return nil, err
	}
	all := user == "" && caller(ctx).Role == chat.RoleOperator
	table, enabled := c.opt.Registry.Table(), []plugin.RouteInfo{}
	for _, info := range c.opt.Registry.Commands() {
		if r := table.Find(info.Plugin, info.Compiled.Name); r != nil && table.Enabled(r) {
			info.Live = r
			enabled = append(enabled, info)
		}
	}
	names := namesOf(enabled, req.GetWithSchema())
	res := &ocov1.ListCommandsResponse{}
	for _, info := range page.from(enabled) {
		r := info.Live
		if !begins(r, req.GetPrefix()) || r.Hidden && caller(ctx).Role != chat.RoleOperator ||
			!all && !c.opt.Authority.Decide(user, authz.Rule{Allow: r.Allow, Danger: r.Danger}).Allowed {
			continue
		}
		one := command(info, alive[r.ID])
		if names != nil {
			if err := addViews(one, info, names[r.Key()]); err != nil {
				return nil, err
			}
		}
		if !page.takes(info, one) {
			res.NextPageToken = page.next()
			break
		}
		res.Commands = append(res.Commands, one)
	}
	return res, nil
}

// asker is the user for whom commands are listed, in the bot's ids. An adapter
// speaks those of the chat service.
func (c *Core) asker(ctx context.Context, id string) (string, *chat.Error) {
	if id == "" {
		return "", nil
	}
	if caller(ctx).Role == chat.RoleAdapter {
		if len(id) > 1024 {
			return "", invalid("user_id", "it is too long to be one")
		}
		id, _ = chat.Derive(chat.KindUser, c.opt.Account, id)
		return id, nil
	}
	return id, checkID("user_id", id)
}

// alive are the definitions that a living replica registered.
func (c *Core) alive(ctx context.Context) (map[string]bool, error) {
	snapshot, err := do[delivery.Snapshot](ctx, c.engine, delivery.Inspect{})
	if err != nil {
		return nil, err
	}
	return definitions(snapshot), nil
}

func definitions(s delivery.Snapshot) map[string]bool {
	alive := map[string]bool{}
	for _, p := range s.Plugins {
		for _, r := range p.Replicas {
			for definition := range r.Definitions {
				alive[definition] = true
			}
		}
	}
	return alive
}

// begins says whether a pattern of a command begins with these words.
func begins(r *route.Route, prefix string) bool {
	words := strings.Fields(pattern.Fold(prefix))
	return len(words) == 0 || slices.ContainsFunc(slices.Concat(r.Patterns, r.Aliases), func(p string) bool {
		have := strings.Fields(pattern.Fold(p))
		return len(have) >= len(words) && slices.Equal(have[:len(words)-1], words[:len(words)-1]) &&
			strings.HasPrefix(have[len(words)-1], words[len(words)-1])
	})
}

func command(info plugin.RouteInfo, alive bool) *ocov1.Command {
	r := info.Live
	out := &ocov1.Command{
		PluginId: r.Plugin, Route: r.Name, Pattern: r.Patterns[0], Aliases: slices.Clone(r.Patterns[1:]), Examples: slices.Clone(r.Examples),
		Help: r.Help, Danger: r.Danger, Offline: !alive, Hidden: r.Hidden,
	}
	if info.Taken != nil { // another plugin has words of it
		out.Pattern = r.Plugin + ":" + out.Pattern
		for _, said := range [][]string{out.Aliases, out.Examples} {
			for i := range said {
				said[i] = r.Plugin + ":" + said[i]
			}
		}
	}
	out.Aliases = append(out.Aliases, r.Aliases...)
	for _, spec := range r.Arguments {
		out.Arguments = append(out.Arguments, plugin.ArgumentSpec(spec))
	}
	return out
}
