package cli

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/timeline"
)

// Outcomes is `oco outcomes`: what became of deliveries, and what to do about
// those that did not end done.
type Outcomes struct {
	List   OutcomesList   `cmd:"" default:"withargs" help:"List what ended badly and was not settled (default), or everything with --all."`
	Show   OutcomesShow   `cmd:"" help:"Tell the whole life of one delivery."`
	Retry  OutcomesRetry  `cmd:"" help:"Run the events of ended deliveries again, each as a new delivery."`
	Drop   OutcomesDrop   `cmd:"" help:"Settle deliveries: they leave the list, their record stays."`
	Cancel OutcomesCancel `cmd:"" help:"End deliveries that have not ended."`
}

// OutcomesList is `oco outcomes list`.
type OutcomesList struct {
	Target
	JSON    bool     `help:"Print one JSON document."`
	All     bool     `help:"All deliveries that are kept, not only those that ended badly and were not settled."`
	Outcome []string `help:"Only these: done, failed, unknown, expired, refused, cancelled." placeholder:"OUTCOME"`
	State   []string `help:"Only these: waiting, held, leased, ended." placeholder:"STATE"`
	Plugin  string   `help:"Only those of this plugin." placeholder:"NAME"`
	Limit   int      `help:"At most so many, the oldest first." default:"100"`
}

// pageSize is the most that one call answers.
const pageSize = 1000

// Run asks page by page and prints.
func (o *OutcomesList) Run(ctx context.Context, env *Env) error {
	request, err := o.request()
	if err != nil {
		return err
	}
	return o.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		whole := &ocov1.ListDeliveriesResponse{}
		for {
			request.PageSize = int32(min(pageSize, o.Limit-len(whole.GetDeliveries())))
			page, err := c.admin.ListDeliveries(ctx, request)
			if err != nil {
				return err
			}
			whole.Deliveries = append(whole.Deliveries, page.GetDeliveries()...)
			whole.NextPageToken = page.GetNextPageToken()
			if whole.NextPageToken == "" || len(whole.Deliveries) >= o.Limit {
				break
			}
			request.PageToken = whole.NextPageToken
		}
		if o.JSON {
			return writeJSON(env.Stdout, whole)
		}
		return o.print(env, whole)
	})
}

func (o *OutcomesList) request() (*ocov1.ListDeliveriesRequest, error) {
	if o.Limit < 1 {
		return nil, Usage("--limit must be at least 1")
	}
	r := &ocov1.ListDeliveriesRequest{PluginId: o.Plugin}
	for _, w := range o.Outcome {
		n, err := number(ocov1.Outcome(0), w)
		if err != nil {
			return nil, err
		}
		r.Outcomes = append(r.Outcomes, ocov1.Outcome(n))
	}
	for _, w := range o.State {
		n, err := number(ocov1.DeliveryState(0), w)
		if err != nil {
			return nil, err
		}
		r.States = append(r.States, ocov1.DeliveryState(n))
	}
	r.OpenList = !o.All && len(r.Outcomes) == 0 && len(r.States) == 0
	return r, nil
}

func (o *OutcomesList) print(env *Env, answer *ocov1.ListDeliveriesResponse) error {
	if len(answer.GetDeliveries()) == 0 {
		text := "Nothing."
		if !o.All && len(o.Outcome) == 0 && len(o.State) == 0 {
			text = "Nothing is open: whatever was admitted ended done or was settled. --all lists everything."
		}
		_, err := fmt.Fprintln(env.Stderr, text)
		return err
	}
	t := newTable("DELIVERY", "WHEN", "STATE", "ROUTE", "USER", "WHERE", "DETAIL")
	for _, d := range answer.GetDeliveries() {
		t.add(d.GetDeliveryId(), env.clock(latest(d)), timeline.State(d), d.GetPluginId()+":"+d.GetRoute(), d.GetUserId(), timeline.Place(d.GetAddress()), d.GetDetail())
	}
	if err := write(env.Stdout, []byte(t.render(env.Colour))); err != nil {
		return err
	}
	if answer.GetNextPageToken() != "" {
		_, err := fmt.Fprintf(env.Stderr, "There is more: --limit %d shows it.\n", 10*o.Limit)
		return err
	}
	return nil
}

func latest(d *ocov1.DeliveryRecord) *timestamppb.Timestamp {
	if d.GetEndTime() != nil {
		return d.GetEndTime()
	}
	return d.GetAdmitTime()
}
