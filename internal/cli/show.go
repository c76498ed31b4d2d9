package cli

import (
	"context"
	"slices"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/timeline"
)

// Show is `oco show ID`: the whole life of one event.
type Show struct {
	Target
	JSON bool   `help:"Print one JSON document."`
	ID   string `arg:"" help:"Id of an event, a delivery or a message."`
}

// Run asks and prints.
func (s *Show) Run(ctx context.Context, env *Env) error {
	return s.Target.show(ctx, env, s.ID, s.JSON, func(*ocov1.DeliveryRecord) bool { return true })
}

// OutcomesShow is `oco outcomes show ID`.
type OutcomesShow struct {
	Target
	JSON bool   `help:"Print one JSON document."`
	ID   string `arg:"" help:"Id of a delivery."`
}

// Run asks and prints.
func (s *OutcomesShow) Run(ctx context.Context, env *Env) error {
	return s.Target.show(ctx, env, s.ID, s.JSON, func(d *ocov1.DeliveryRecord) bool { return d.GetDeliveryId() == s.ID })
}

func (t Target) show(ctx context.Context, env *Env, id string, asJSON bool, wanted func(*ocov1.DeliveryRecord) bool) error {
	return t.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.admin.ShowRecord(ctx, &ocov1.ShowRecordRequest{Id: id})
		if err != nil {
			return err
		}
		if some := slices.ContainsFunc(answer.GetDeliveries(), wanted); some {
			answer.Deliveries = slices.DeleteFunc(answer.Deliveries, func(d *ocov1.DeliveryRecord) bool { return !wanted(d) })
		}
		if asJSON {
			return writeJSON(env.Stdout, answer)
		}
		style := timeline.Style{Zone: env.Zone, Escape: Printable, Bold: func(text string) string { return bold(text, env.Colour) }}
		return write(env.Stdout, []byte(style.Record(answer)))
	})
}
