package cli

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// OutcomesRetry is `oco outcomes retry`.
type OutcomesRetry struct {
	Target
	JSON bool     `help:"Print one JSON document: the new deliveries."`
	ID   []string `arg:"" help:"Ids of deliveries."`
}

// Run retries one after the other and goes on after those that are refused.
func (o *OutcomesRetry) Run(ctx context.Context, env *Env) error {
	made := &ocov1.ListDeliveriesResponse{}
	err := o.each(ctx, env, o.ID, func(ctx context.Context, c *client, id string) error {
		answer, err := c.admin.RetryDelivery(ctx, &ocov1.RetryDeliveryRequest{DeliveryId: id})
		if err != nil {
			return err
		}
		made.Deliveries = append(made.Deliveries, answer.GetDelivery())
		if o.JSON {
			return nil
		}
		_, err = fmt.Fprintf(env.Stdout, "%s runs again as %s\n", Printable(id), Printable(answer.GetDelivery().GetDeliveryId()))
		return err
	})
	if o.JSON {
		return errors.Join(writeJSON(env.Stdout, made), err)
	}
	return err
}

// OutcomesDrop is `oco outcomes drop`.
type OutcomesDrop struct {
	Target
	Reason string   `help:"Why, for the record." placeholder:"TEXT"`
	ID     []string `arg:"" help:"Ids of deliveries."`
}

// Run settles one after the other and goes on after those that are refused.
func (o *OutcomesDrop) Run(ctx context.Context, env *Env) error {
	return o.each(ctx, env, o.ID, func(ctx context.Context, c *client, id string) error {
		if _, err := c.admin.DropDelivery(ctx, &ocov1.DropDeliveryRequest{DeliveryId: id, Reason: o.Reason}); err != nil {
			return err
		}
		_, err := fmt.Fprintf(env.Stdout, "%s is settled\n", Printable(id))
		return err
	})
}

// OutcomesCancel is `oco outcomes cancel`.
type OutcomesCancel struct {
	Target
	Reason string   `help:"Why, for the record." placeholder:"TEXT"`
	ID     []string `arg:"" help:"Ids of deliveries."`
}

// Run cancels one after the other and goes on after those that are refused.
func (o *OutcomesCancel) Run(ctx context.Context, env *Env) error {
	return o.each(ctx, env, o.ID, func(ctx context.Context, c *client, id string) error {
		if _, err := c.admin.CancelDelivery(ctx, &ocov1.CancelDeliveryRequest{DeliveryId: id, Reason: o.Reason}); err != nil {
			return err
		}
		_, err := fmt.Fprintf(env.Stdout, "%s is cancelled\n", Printable(id))
		return err
	})
}

// each does the same with every id. What is refused for one says nothing of the
// others; that the bot is away does.
func (t Target) each(ctx context.Context, env *Env, ids []string, do func(ctx context.Context, c *client, id string) error) error {
	failed := false
	err := t.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		for _, id := range ids {
			err := do(ctx, c, id)
			if code := status.Code(err); code != codes.NotFound && code != codes.FailedPrecondition && code != codes.PermissionDenied {
				if err != nil {
					return err
				}
				continue
			}
			failed = true
			if _, err := fmt.Fprintf(env.Stderr, "oco: %s: %v\n", Printable(id), c.explain(err, callTimeout)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && failed {
		return ErrSaid
	}
	return err
}
