package rpc

import (
	"context"
	"slices"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/texts"
)

// Pause stops or resumes offering to a handler, or with an empty name to all, for
// somebody who says so in chat. It is durable as SetPaused is.
func (c *Core) Pause(ctx context.Context, name string, paused bool, by, reason string) error {
	if err := checkLength("reason", reason, maxReason); err != nil {
		return err
	}
	kept := c.words.Load().Texts.Say(texts.ByWhom, "who", by)
	if reason != "" {
		kept = reason + " (" + by + ")"
	}
	c.log.Info("a handler is paused or resumed by chat", "plugin", name, "paused", paused, "by", by)
	return c.opt.Registry.SetPaused(ctx, name, paused, kept, func(ctx context.Context, writes []delivery.Write) error {
		return submit(ctx, c.engine, delivery.Pause{Plugin: name, Paused: paused, By: by, Reason: reason, Writes: writes})
	})
}

// OpenList returns the newest deliveries on the open list, the newest first, without
// their messages, and how many there are in all.
func (c *Core) OpenList(_ context.Context, most int) (newest []*ocov1.DeliveryRecord, all int, err error) {
	var ids []string
	prefix := delivery.OpenListPrefix()
	err = c.opt.Store.Scan(prefix, nil, func(key, _ []byte) error {
		all++
		if ids = append(ids, string(key[len(prefix):])); len(ids) > 2*most {
			ids = append(ids[:0], ids[most:]...) // ids go up with time
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	for _, id := range slices.Backward(ids[max(0, len(ids)-most):]) {
		one, _, err := c.delivery(id)
		if err != nil {
			return nil, 0, err
		}
		if one != nil {
			newest = append(newest, one)
		}
	}
	return newest, all, nil
}

// explain says of deliveries that wait what they wait for.
func (c *Core) explain(ctx context.Context, records []*ocov1.DeliveryRecord, in *texts.Catalogue) error {
	waits := func(d *ocov1.DeliveryRecord) bool {
		return d.GetState() == ocov1.DeliveryState_DELIVERY_STATE_WAITING && d.GetDetail() == ""
	}
	if !slices.ContainsFunc(records, waits) {
		return nil
	}
	snapshot, err := do[delivery.Snapshot](ctx, c.engine, delivery.Inspect{})
	if err != nil {
		return err
	}
	for _, d := range records {
		if waits(d) {
			why := c.holdsUp(snapshot, d.GetPluginId())
			if why.IsZero() {
				why = texts.Of(texts.StatusTurn)
			}
			d.Detail = in.Text(why)
		}
	}
	return nil
}

// holdsUp says why a plugin runs nothing now; zero if it would.
func (c *Core) holdsUp(s delivery.Snapshot, name string) texts.Text {
	for _, info := range c.opt.Registry.Plugins() {
		if info.Name != name || !info.Paused {
			continue
		}
		if info.PauseReason == "" {
			return texts.Of(texts.StatusPaused, "plugin", name)
		}
		return texts.Of(texts.StatusPausedIn, "plugin", name, "reason", info.PauseReason)
	}
	i := slices.IndexFunc(s.Plugins, func(p delivery.PluginState) bool { return p.Name == name })
	switch {
	case i < 0 || len(s.Plugins[i].Replicas) == 0:
		return texts.Of(texts.StatusAway, "plugin", name)
	case s.Plugins[i].Paused || s.PausedAll && s.Plugins[i].Role == chat.RoleHandler:
		return texts.Of(texts.StatusPaused, "plugin", name)
	case !slices.ContainsFunc(s.Plugins[i].Replicas, func(r delivery.ReplicaState) bool { return r.Connected && r.InFlight < r.Credit }):
		return texts.Of(texts.StatusBusy, "plugin", name)
	}
	return texts.Text{}
}
