package rpc

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
)

// maxReason bounds what an operator may say about what he does.
const maxReason = 4 << 10

// ListPlugins lists what is registered.
func (c *Core) ListPlugins(ctx context.Context, _ *ocov1.ListPluginsRequest) (*ocov1.ListPluginsResponse, error) {
	snapshot, err := do[delivery.Snapshot](ctx, c.engine, delivery.Inspect{})
	if err != nil {
		return nil, err
	}
	return &ocov1.ListPluginsResponse{Plugins: c.plugins(snapshot)}, nil
}

// ListRoutes lists the routes that plugins registered, by plugin and name.
func (c *Core) ListRoutes(ctx context.Context, req *ocov1.ListRoutesRequest) (*ocov1.ListRoutesResponse, error) {
	if name := req.GetPluginId(); name != "" && !c.opt.Registry.Known(name) {
		return nil, noPlugin(name)
	}
	page, refused := newRoutePage(req.GetPageSize(), req.GetPageToken())
	if refused != nil {
		return nil, refused
	}
	alive, err := c.alive(ctx)
	if err != nil {
		return nil, err
	}
	res := new(ocov1.ListRoutesResponse)
	for _, r := range page.from(c.opt.Registry.Routes(req.GetPluginId())) {
		one := registeredRoute(r, alive[r.Definition])
		if !page.takes(r, one) {
			res.NextPageToken = page.next()
			break
		}
		res.Routes = append(res.Routes, one)
	}
	return res, nil
}

func registeredRoute(r plugin.RouteInfo, alive bool) *ocov1.RegisteredRoute {
	out := &ocov1.RegisteredRoute{
		PluginId: r.Plugin, DefinitionId: r.Definition, Route: r.Declare(), Orphaned: !alive,
		Disabled: r.Disabled, Hidden: r.Live.Hidden, OperatorAliases: r.Live.Aliases,
	}
	out.Route.Allow = r.Live.Allow
	if r.Taken != nil {
		out.Impaired = r.Taken.Text
	}
	return out
}

func noPlugin(name string) *chat.Error {
	return chat.Refuse(chat.PluginNotFound, "no plugin is called %.64q: `oco plugins` lists those that there are", name)
}

// RetryDelivery runs the event of an ended delivery again.
func (c *Core) RetryDelivery(ctx context.Context, req *ocov1.RetryDeliveryRequest) (*ocov1.RetryDeliveryResponse, error) {
	if err := checkID("delivery_id", req.GetDeliveryId()); err != nil {
		return nil, err
	}
	id, err := c.opt.Intake.Retry(ctx, req.GetDeliveryId(), operator(ctx))
	if err != nil {
		return nil, err
	}
	made, _, err := c.delivery(id)
	if err != nil {
		return nil, err
	}
	if made == nil { // it ended and was cleared away since
		made = &ocov1.DeliveryRecord{DeliveryId: id}
	}
	return &ocov1.RetryDeliveryResponse{Delivery: made}, nil
}

// operator is how the record names who did it.
func operator(ctx context.Context) string { return "operator " + caller(ctx).Name }

// DropDelivery settles an ended delivery.
func (c *Core) DropDelivery(ctx context.Context, req *ocov1.DropDeliveryRequest) (*ocov1.DropDeliveryResponse, error) {
	if err := checkDeed(req.GetDeliveryId(), req.GetReason()); err != nil {
		return nil, err
	}
	err := submit(ctx, c.engine, delivery.Drop{Delivery: req.GetDeliveryId(), By: operator(ctx), Reason: req.GetReason()})
	if err != nil {
		return nil, err
	}
	return &ocov1.DropDeliveryResponse{}, nil
}

// CancelDelivery ends a delivery that has not ended.
func (c *Core) CancelDelivery(ctx context.Context, req *ocov1.CancelDeliveryRequest) (*ocov1.CancelDeliveryResponse, error) {
	if err := checkDeed(req.GetDeliveryId(), req.GetReason()); err != nil {
		return nil, err
	}
	err := submit(ctx, c.engine, delivery.CancelOf{Delivery: req.GetDeliveryId(), By: operator(ctx), Reason: req.GetReason()})
	if err != nil {
		return nil, err
	}
	return &ocov1.CancelDeliveryResponse{}, nil
}

func checkDeed(id, reason string) *chat.Error {
	if err := checkID("delivery_id", id); err != nil {
		return err
	}
	return checkLength("reason", reason, maxReason)
}

// CreateClaim mints a code that makes an operator.
func (c *Core) CreateClaim(context.Context, *ocov1.CreateClaimRequest) (*ocov1.CreateClaimResponse, error) {
	code, validFor, err := c.opt.Claims.CreateClaim()
	if err != nil {
		return nil, err
	}
	return &ocov1.CreateClaimResponse{Code: code, ValidFor: durationProto(validFor)}, nil
}

// CreateKey mints a plugin key.
func (c *Core) CreateKey(ctx context.Context, req *ocov1.CreateKeyRequest) (*ocov1.CreateKeyResponse, error) {
	role := chat.Role(min(max(req.GetRole(), 0), 255))
	key, id, err := c.opt.Keys.Mint(ctx, req.GetName(), role, req.GetScopes(), req.GetReplaceOldest())
	if err != nil {
		return nil, err
	}
	c.log.Info("a plugin key was made", "name", req.GetName(), "role", role.String(), "key", id, "by", operator(ctx))
	return &ocov1.CreateKeyResponse{KeyId: id, Key: key, Endpoint: c.opt.Endpoint(role)}, nil
}

// RevokeKey ends a plugin key.
func (c *Core) RevokeKey(ctx context.Context, req *ocov1.RevokeKeyRequest) (*ocov1.RevokeKeyResponse, error) {
	if err := c.opt.Keys.Revoke(ctx, req.GetKeyId()); err != nil {
		return nil, err
	}
	c.log.Info("a plugin key was revoked", "key", req.GetKeyId(), "by", operator(ctx))
	return &ocov1.RevokeKeyResponse{}, nil
}

// ListKeys lists the keys that live, without the keys.
func (c *Core) ListKeys(context.Context, *ocov1.ListKeysRequest) (*ocov1.ListKeysResponse, error) {
	res := new(ocov1.ListKeysResponse)
	for _, k := range c.opt.Keys.List() {
		res.Keys = append(res.Keys, keyInfo(k))
	}
	return res, nil
}

func keyInfo(k plugin.KeyInfo) *ocov1.KeyInfo {
	return &ocov1.KeyInfo{KeyId: k.ID, Name: k.Name, Role: ocov1.Role(k.Role), Scopes: k.Scopes, CreateTime: timestamppb.New(k.Made)}
}

// SetPaused stops or resumes offering to a handler, or to all.
func (c *Core) SetPaused(ctx context.Context, req *ocov1.SetPausedRequest) (*ocov1.SetPausedResponse, error) {
	if err := checkLength("reason", req.GetReason(), maxReason); err != nil {
		return nil, err
	}
	err := c.opt.Registry.SetPaused(ctx, req.GetPluginId(), req.GetPaused(), req.GetReason(), func(ctx context.Context, writes []delivery.Write) error {
		return submit(ctx, c.engine, delivery.Pause{
			Plugin: req.GetPluginId(), Paused: req.GetPaused(), By: operator(ctx), Reason: req.GetReason(), Writes: writes,
		})
	})
	if err != nil {
		return nil, err
	}
	return &ocov1.SetPausedResponse{}, nil
}
