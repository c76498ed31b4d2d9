package rpc

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
)

// maxPause bounds what a completion may ask to wait or to run on.
const maxPause = 24 * time.Hour

func durationProto(d time.Duration) *durationpb.Duration { return durationpb.New(d) }

// Complete takes a batch of completions, each for itself.
func (c *Core) Complete(ctx context.Context, req *ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
	if err := checkReplica(req.GetReplica()); err != nil {
		return nil, err
	}
	if err := checkBatch(ctx, "completions", len(req.GetCompletions()), req); err != nil {
		return nil, err
	}
	completions, answers, err := c.translate(ctx, req.GetCompletions())
	if err != nil {
		return nil, err
	}
	in := delivery.Complete{From: delivery.Replica{Plugin: caller(ctx).Name, Name: req.GetReplica()}, Completions: completions}
	verdicts, err := do[[]delivery.Verdict](ctx, c.engine, in)
	if err != nil {
		return nil, err
	}
	return &ocov1.CompleteResponse{Results: answers.results(verdicts)}, nil
}

// verdicts are the answers to a batch of completions: those that were refused
// before the state machine saw them, and the places of the others.
type verdicts struct {
	all   []*ocov1.CompletionResult
	taken []int
}

// translate translates a batch of completions. One that is refused hides no
// other.
func (c *Core) translate(ctx context.Context, in []*ocov1.Completion) ([]delivery.Completion, *verdicts, error) {
	out := make([]delivery.Completion, 0, len(in))
	v := &verdicts{all: make([]*ocov1.CompletionResult, len(in))}
	for i, completion := range in {
		v.all[i] = &ocov1.CompletionResult{DeliveryId: completion.GetDeliveryId()}
		translated, err := c.completion(ctx, completion)
		if err != nil {
			refused, ok := err.(*chat.Error)
			if !ok {
				return nil, nil, err
			}
			v.all[i].Verdict, v.all[i].Error = ocov1.Verdict_VERDICT_REFUSED, inBand(refused)
			continue
		}
		v.taken = append(v.taken, i)
		out = append(out, translated)
	}
	return out, v, nil
}

// results are the answers in the order of the completions.
func (v *verdicts) results(machine []delivery.Verdict) []*ocov1.CompletionResult {
	for i, m := range machine {
		r := v.all[v.taken[i]]
		r.Verdict, r.Error = ocov1.Verdict(m.Kind), inBand(m.Err)
		setStore(r, m.Store)
	}
	return v.all
}

// completion translates what a plugin says of a delivery. The error is a
// *chat.Error, or one of the whole call.
func (c *Core) completion(ctx context.Context, in *ocov1.Completion) (delivery.Completion, error) {
	out := delivery.Completion{Lease: delivery.Lease{Delivery: in.GetDeliveryId(), ID: in.GetLeaseId()}}
	if err := checkID("delivery_id", out.Delivery); err != nil {
		return out, err
	}
	if len(out.ID) > chat.MaxID {
		return out, invalid("lease_id", "it is too long to be one")
	}
	if len(in.GetSends()) > maxSends {
		return out, tooLarge("sends", len(in.GetSends()), maxSends, "items")
	}
	if err := c.kind(ctx, in, &out); err != nil {
		return out, err
	}
	for i, send := range in.GetSends() {
		keyed, err := c.send(ctx, "sends["+strconv.Itoa(i)+"]", send.GetKey(), send.GetMessage())
		if err != nil {
			return out, err
		}
		out.Sends = append(out.Sends, keyed)
	}
	return out, nil
}

func (c *Core) kind(ctx context.Context, in *ocov1.Completion, out *delivery.Completion) *chat.Error {
	var err *chat.Error
	switch k := in.GetKind().(type) {
	case *ocov1.Completion_Progress:
		out.Kind = delivery.Progress
		out.Extend, err = pause("progress.extend", k.Progress.GetExtend())
	case *ocov1.Completion_Done:
		out.Kind = delivery.DoneKind
		// Who gathers writes and has none need not look (OCO-STO-70).
		if t := k.Done.GetTransact(); len(t.GetGuards())+len(t.GetWrites()) > 0 {
			if err := completionTransaction(ctx, t, out); err != nil {
				return err
			}
		}
		if result := k.Done.GetOperation(); result != nil {
			return operationResult(ctx, result, out)
		}
	case *ocov1.Completion_Fail:
		out.Kind = delivery.Fail
		out.UserText, out.Detail = k.Fail.GetUserText(), k.Fail.GetError().GetMessage()
		err = checkLength("fail.user_text", out.UserText, MaxText)
	case *ocov1.Completion_Retry:
		out.Kind = delivery.Retried
		out.Detail = k.Retry.GetReason()
		out.Delay, err = pause("retry.delay", k.Retry.GetDelay())
	case *ocov1.Completion_Release:
		out.Kind = delivery.Release
		out.Detail = k.Release.GetReason()
	default:
		return invalid("kind", "a completion is progress, done, fail, retry or release; none of them is set")
	}
	if err != nil {
		return err
	}
	return checkLength("the text for the log", out.Detail, MaxText)
}

func operationResult(ctx context.Context, r *ocov1.OperationResult, out *delivery.Completion) *chat.Error {
	if caller(ctx).Role != chat.RoleAdapter {
		return invalid("done.operation", "only an adapter says what became of an operation")
	}
	state := chat.SendState(min(max(r.GetState(), 0), 255))
	if state != chat.Sent && state != chat.SendFailed && state != chat.SendUnknown {
		return invalid("done.operation.state", "it is SENT, FAILED or UNKNOWN")
	}
	if err := checkLength("done.operation.message_id", r.GetMessageId(), 1024); err != nil {
		return err
	}
	out.Operation = &delivery.OperationResult{State: state, ServiceID: r.GetMessageId(), Detail: r.GetDetail()}
	return checkLength("done.operation.detail", r.GetDetail(), MaxText)
}

func checkLength(field, text string, most int) *chat.Error {
	if len(text) > most {
		return tooLarge(field, len(text), most, "bytes")
	}
	return nil
}

func pause(field string, d *durationpb.Duration) (time.Duration, *chat.Error) {
	if d == nil {
		return 0, nil
	}
	if d.CheckValid() != nil || d.AsDuration() < 0 || d.AsDuration() > maxPause {
		return 0, invalid(field, "it is not a duration between nothing and %s", maxPause)
	}
	return d.AsDuration(), nil
}

// send translates a message with a key. Where it may go beside the room of its
// delivery is by scope.
func (c *Core) send(ctx context.Context, field, key string, m *ocov1.OutgoingMessage) (delivery.KeyedSend, error) {
	out := delivery.KeyedSend{Key: key, Text: m.GetContent().GetText(), ReplyTo: m.GetReplyTo()}
	if !chat.ValidKey(key) {
		return out, invalid(field+".key", "%.80q is no key: it has 1 to 64 bytes of A-Za-z0-9._~-", key)
	}
	if err := checkText(field+".message.content.text", out.Text); err != nil {
		return out, err
	}
	if out.ReplyTo != "" {
		if err := checkID(field+".message.reply_to", out.ReplyTo); err != nil {
			return out, err
		}
	}
	terms, refused := sendTerms(field+".message", m)
	if refused != nil {
		return out, refused
	}
	out.Terms = terms
	if m.GetTo() == nil {
		return out, nil
	}
	place, err := c.place(ctx, field+".message.to", m.GetTo())
	if err != nil {
		return out, err
	}
	if err := c.checkAddress(field+".message", place, out.ReplyTo); err != nil {
		return out, err
	}
	out.Place, out.Elsewhere = place, c.maySend(caller(ctx), place) == nil
	return out, nil
}

// MaxValidFor bounds how long a message may ask to be worth posting.
const MaxValidFor = 30 * 24 * time.Hour

// sendTerms are how a message is to be treated while it waits and when nobody
// knows whether it was posted.
func sendTerms(field string, m *ocov1.OutgoingMessage) (delivery.Terms, *chat.Error) {
	t := delivery.Terms{RepeatPolicy: chat.PreferDup}
	switch m.GetRepeatPolicy() {
	case ocov1.RepeatPolicy_REPEAT_POLICY_UNSPECIFIED, ocov1.RepeatPolicy_REPEAT_POLICY_PREFER_DUP:
	case ocov1.RepeatPolicy_REPEAT_POLICY_PREFER_LOSS:
		t.RepeatPolicy = chat.PreferLoss
	default:
		return t, invalid(field+".repeat_policy", "%d is none of the policies: give PREFER_DUP, PREFER_LOSS or nothing", m.GetRepeatPolicy())
	}
	if m.GetValidFor() == nil {
		return t, nil
	}
	t.ValidFor = m.GetValidFor().AsDuration()
	if m.GetValidFor().CheckValid() != nil || t.ValidFor <= 0 || t.ValidFor > MaxValidFor {
		return t, invalid(field+".valid_for", "it is not a duration above nothing and up to %s", MaxValidFor)
	}
	return t, nil
}

// maySend says whether a plugin may send to a place that no delivery grants.
func (c *Core) maySend(id plugin.Identity, to chat.Place) *chat.Error {
	scope := plugin.MessagesWrite
	if to.User != "" {
		scope = plugin.MessagesWriteDirect
	}
	if id.Role == chat.RoleOperator || id.May(scope) {
		return nil
	}
	return missing(id, scope)
}
