package rpc

import (
	"context"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// PublishEvents admits events. One call at a time is in flight for an account.
func (c *Core) PublishEvents(ctx context.Context, req *ocov1.PublishEventsRequest) (*ocov1.PublishEventsResponse, error) {
	if err := c.checkPublish(ctx, req); err != nil {
		return nil, err
	}
	if !c.beginPublish() {
		return nil, chat.Refuse(chat.PublishInFlight, "a publish of %s is in flight: wait for its answer, so that the order of events is known", req.GetAccountId())
	}
	defer c.endPublish()
	completions, answers, err := c.translate(ctx, req.GetCompletions())
	if err != nil {
		return nil, err
	}
	from := delivery.Replica{Plugin: caller(ctx).Name, Name: req.GetReplica()}
	res, verdicts, bad, err := c.opt.Intake.Publish(ctx, from, req, completions)
	if err != nil {
		return nil, err
	}
	for _, e := range bad {
		res.Errors = append(res.Errors, &ocov1.EventError{Index: e.Index, Error: inBand(e.Err)})
	}
	res.Results = answers.results(verdicts)
	return res, nil
}

func (c *Core) checkPublish(ctx context.Context, req *ocov1.PublishEventsRequest) *chat.Error {
	if err := checkReplica(req.GetReplica()); err != nil {
		return err
	}
	if req.GetAccountId() == "" {
		return invalid("account_id", "it is missing: Register answered it")
	}
	if err := c.checkAccount("account_id", req.GetAccountId()); err != nil {
		return err
	}
	if err := checkLength("checkpoint", req.GetCheckpoint(), MaxCheckpoint); err != nil {
		return err
	}
	items := max(len(req.GetEvents()), len(req.GetCompletions()))
	if items == 1 { // one of each is still one item for the batch
		return nil
	}
	return checkBatch(ctx, "events", items, req)
}

func (c *Core) beginPublish() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.publishing {
		return false
	}
	c.publishing = true
	return true
}

func (c *Core) endPublish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.publishing = false
}

// ReportStatus makes a replica of the adapter the active one, and notes how its
// connection stands.
func (c *Core) ReportStatus(ctx context.Context, req *ocov1.ReportStatusRequest) (*ocov1.ReportStatusResponse, error) {
	if err := checkReplica(req.GetReplica()); err != nil {
		return nil, err
	}
	if req.GetAccountId() == "" {
		return nil, invalid("account_id", "it is missing: Register answered it")
	}
	if err := c.checkAccount("account_id", req.GetAccountId()); err != nil {
		return nil, err
	}
	if err := checkLength("detail", req.GetDetail(), MaxCheckpoint); err != nil {
		return nil, err
	}
	rooms, refused := c.reportedRooms(req.GetRooms())
	if refused != nil {
		return nil, refused
	}
	name, info, registered := c.opt.Registry.Adapter()
	if !registered || name != caller(ctx).Name {
		return nil, chat.Refuse(chat.ReplicaNotFound, "%s is not registered as the adapter: Register first", caller(ctx).Name)
	}
	capabilities := req.GetCapabilities()
	if capabilities == nil {
		capabilities = info.GetCapabilities()
	}
	everywhere, otherwise := reacts(capabilities, rooms)
	active, err := do[delivery.Activated](ctx, c.engine, delivery.Activate{
		Account: req.GetAccountId(), From: delivery.Replica{Plugin: caller(ctx).Name, Name: req.GetReplica()},
		Name: info.GetAccount(), Service: info.GetService(),
		Idempotent: capabilities.GetIdempotentSend(), WantsSettled: info.GetWantsSettled(),
		Connected: req.GetConnected(), Replays: info.GetReplaysMissed(), Reacts: everywhere, ReactsIn: otherwise,
	})
	if err != nil {
		return nil, err
	}
	if active.Active {
		c.mu.Lock()
		if active.Epoch >= c.account.epoch { // else a newer replica has reported meanwhile
			c.account = accountState{active.Epoch, req.GetConnected(), req.GetDetail(), req.GetCapabilities(), rooms}
		}
		c.mu.Unlock()
	}
	return &ocov1.ReportStatusResponse{Epoch: active.Epoch, ResumeCheckpoint: active.Checkpoint, Active: active.Active}, nil
}
