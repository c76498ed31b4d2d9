package rpc

import (
	"context"
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
)

// A Door is who may come in by a listener. The zero value takes every key.
type Door struct {
	// Children, if not nil, are the plugins of the one process that the
	// listener was made for: only their one-launch keys are taken.
	Children []string
	// Operator takes who has no key for the operator: the listener itself,
	// such as a unix socket that only its owner can open, is the proof.
	Operator bool
}

// entrance is what Authorize found out of a call.
type entrance struct {
	id     plugin.Identity
	method string
	key    plugin.Identity // what its key alone says
}

type entranceKey struct{}

// Authorize authenticates a call by the values of its authorization headers
// and checks its role and scope. method reads "/package.Service/Method". The
// context that it returns is the one for the method of the Core. It does not
// block.
func (c *Core) Authorize(ctx context.Context, door Door, method string, authorization []string) (context.Context, *chat.Error) {
	return c.authorize(ctx, door, method, authorization, rules)
}

func (c *Core) authorize(ctx context.Context, door Door, method string, authorization []string, all map[string]rule) (context.Context, *chat.Error) {
	key, refused := c.identify(door, authorization)
	if refused != nil {
		return nil, refused
	}
	return c.enter(ctx, key, method, all)
}

// within authorises a call that comes by a stream for which Authorize did, as the
// call would be by itself: what the stream's key may do may have changed since.
func (c *Core) within(ctx context.Context, method string) (context.Context, *chat.Error) {
	e, _ := ctx.Value(entranceKey{}).(entrance)
	return c.enter(ctx, e.key, method, rules)
}

func (c *Core) enter(ctx context.Context, key plugin.Identity, method string, all map[string]rule) (context.Context, *chat.Error) {
	id := c.opt.Registry.Identify(key)
	if refused := permit(id, method, all); refused != nil {
		return nil, refused
	}
	return context.WithValue(ctx, entranceKey{}, entrance{id, method, key}), nil
}

func (c *Core) identify(door Door, authorization []string) (plugin.Identity, *chat.Error) {
	if len(authorization) > 1 {
		return plugin.Identity{}, chat.Refuse(chat.KeyInvalid, "the header authorization stands %d times: send it once", len(authorization))
	}
	token := ""
	if len(authorization) == 1 {
		scheme, rest, _ := strings.Cut(authorization[0], " ")
		if !strings.EqualFold(scheme, "bearer") {
			return plugin.Identity{}, chat.Refuse(chat.KeyMissing, `the header authorization must read "Bearer KEY"`)
		}
		token = rest
	} else if door.Operator {
		return plugin.Identity{Name: "operator", Role: chat.RoleOperator}, nil
	}
	id, refused := c.opt.Keys.Authenticate(token)
	if refused != nil {
		return plugin.Identity{}, refused
	}
	if id.Role == chat.RoleHandler && id.Name == c.opt.Adapter {
		return plugin.Identity{}, chat.Refuse(chat.KeyInvalid, "%s is the adapter of this bot, and this key is for a handler: make one for another name", id.Name)
	}
	if door.Children != nil && (!id.Child || !slices.Contains(door.Children, id.Name)) {
		return plugin.Identity{}, chat.Refuse(chat.KeyInvalid, "this socket was made for the process of %s and takes no key but its own", strings.Join(door.Children, ", "))
	}
	return id, nil
}

// caller says who calls. A context that did not pass Authorize has a caller who
// may nothing.
func caller(ctx context.Context) plugin.Identity {
	e, _ := ctx.Value(entranceKey{}).(entrance)
	return e.id
}

// entered says whether a context passed Authorize for this very method.
func entered(ctx context.Context, method string) bool {
	e, ok := ctx.Value(entranceKey{}).(entrance)
	return ok && e.method == method && e.id.Role != 0
}
