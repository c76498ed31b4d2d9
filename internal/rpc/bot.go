package rpc

import (
	"context"
	"slices"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// Features are the named parts of the protocol that a bot has.
var Features = []string{featureAttach, "oco.pull"}

// features are those of this bot.
func (c *Core) features() []string {
	return slices.DeleteFunc(slices.Clone(Features), func(f string) bool { return !c.has(f) })
}

func (c *Core) has(feature string) bool { return !slices.Contains(c.opt.Without, feature) }

// GetBotInfo says who answers and who is asking.
func (c *Core) GetBotInfo(ctx context.Context, _ *ocov1.GetBotInfoRequest) (*ocov1.GetBotInfoResponse, error) {
	return c.info(ctx), nil
}

func (c *Core) info(ctx context.Context) *ocov1.GetBotInfoResponse {
	id := caller(ctx)
	return &ocov1.GetBotInfoResponse{
		Name: c.words.Load().Name, Version: c.opt.Version, InstanceId: c.instance, Features: c.features(), Limits: limits(c.most(id.Name)),
		Caller: &ocov1.Caller{Name: id.Name, Role: ocov1.Role(id.Role), Scopes: id.Scopes},
	}
}

// Register takes a plugin's manifest and makes its replica known.
func (c *Core) Register(ctx context.Context, req *ocov1.RegisterRequest) (*ocov1.RegisterResponse, error) {
	if err := checkReplica(req.GetReplica()); err != nil {
		return nil, err
	}
	id, manifest := caller(ctx), req.GetManifest()
	if err := c.registersItself(id.Name); err != nil {
		return nil, err
	}
	if err := c.checkManifest(ctx, manifest, req.GetSettingsOnly()); err != nil {
		return nil, err
	}
	if req.GetSettingsOnly() || len(req.GetSettingsProblems()) > 0 {
		return c.inquire(ctx, id, req)
	}
	replica := delivery.Replica{Plugin: id.Name, Name: req.GetReplica()}
	made, err := c.opt.Registry.Register(ctx, id, manifest, func(ctx context.Context, definitions map[string]struct{}, writes []delivery.Write) error {
		err := submit(ctx, c.engine, delivery.Hello{
			Replica: replica,
			Role:    id.Role, Child: id.Child, Definitions: definitions, Writes: writes,
		})
		if err == nil {
			c.changes.heard(replica)
		}
		return err
	})
	if err != nil {
		return nil, c.settingsRefused(ctx, id, err)
	}
	res := &ocov1.RegisterResponse{
		PluginId: id.Name, GrantedScopes: c.opt.Registry.Granted(id, manifest.GetScopes()), Bot: c.info(ctx), Settings: made.Settings,
	}
	res.Routes = routeResults(made.Verdicts)
	if id.Role == chat.RoleAdapter {
		res.AccountId = chat.AccountID(c.opt.Account)
	}
	return res, nil
}

// checkManifest looks at what needs no state. One of which the settings only count is
// not whole.
func (c *Core) checkManifest(ctx context.Context, m *ocov1.Manifest, settingsOnly bool) *chat.Error {
	if m == nil {
		return invalid("manifest", "it is missing")
	}
	var lacking []string
	for _, feature := range m.GetRequiredFeatures() {
		if !slices.Contains(c.features(), feature) {
			lacking = append(lacking, feature)
		}
	}
	if len(lacking) > 0 {
		return chat.Refuse(chat.FeatureMissing, "this bot lacks %s: run a newer one, or a plugin that can do without", strings.Join(lacking, ", ")).
			With("feature", strings.Join(lacking, ","))
	}
	id := caller(ctx)
	if id.Role == chat.RoleHandler {
		if m.GetAdapter() != nil {
			return invalid("manifest.adapter", "%s has a key for the role handler: only an adapter says this of itself", id.Name)
		}
		return nil
	}
	if c.opt.Adapter != "" && id.Name != c.opt.Adapter {
		return chat.Refuse(chat.PolicyForbidden, "the adapter of this bot is %s: it takes no second one", c.opt.Adapter)
	}
	switch {
	case settingsOnly:
	case m.GetAdapter() == nil || m.GetAdapter().GetService() == "":
		return invalid("manifest.adapter.service", "an adapter says which chat service it serves")
	case len(m.GetRoutes()) > 0:
		return invalid("manifest.routes", "an adapter has no routes: register them with the key of a handler")
	}
	return nil
}

// Unregister drops the caller's registration.
func (c *Core) Unregister(ctx context.Context, _ *ocov1.UnregisterRequest) (*ocov1.UnregisterResponse, error) {
	name := caller(ctx).Name
	if err := c.registersItself(name); err != nil {
		return nil, err
	}
	err := c.opt.Registry.Unregister(ctx, name, func(ctx context.Context, writes []delivery.Write) error {
		return submit(ctx, c.engine, delivery.Forget{Plugin: name, Writes: writes})
	})
	if err != nil {
		return nil, err
	}
	return &ocov1.UnregisterResponse{}, nil
}
