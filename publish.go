package oco

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/attach"
	"github.com/openchatops/oco/internal/codec"
)

const (
	// rideAlong is how long the completion of an operation waits for a publish
	// that takes it along.
	rideAlong     = 5 * time.Millisecond
	maxNative     = 256 << 10
	maxCheckpoint = 4 << 10
)

// PublishError says which events of one [Bot].Publish the bot will never take
// as they are; the others are on disk.
type PublishError struct {
	// Events by their index in the call.
	Events map[int]error
}

// Error names the first of them.
func (e *PublishError) Error() string {
	first := -1
	for i := range e.Events {
		if first < 0 || i < first {
			first = i
		}
	}
	return fmt.Sprintf("oco: %d events were not taken, the first at index %d: %v", len(e.Events), first, e.Events[first])
}

// publisher brings events in: one call in flight, everything that waits rides
// in the next, and the completions of operations with it.
type publisher struct {
	r   *replica
	rpc ocov1.AdapterServiceClient

	wake chan struct{}

	mu         sync.Mutex
	queue      []publication
	acct       string
	epoch      uint64
	checkpoint string
}

// publication is one event on its way.
type publication struct {
	wire       *ocov1.Event
	size       int
	checkpoint string
	index      int
	batch      *publishCall
}

// publishCall is one call of Publish.
type publishCall struct {
	left     int
	problems map[int]error
	done     chan struct{}
}

func newPublisher(r *replica, rpc ocov1.AdapterServiceClient) *publisher {
	return &publisher{r: r, rpc: rpc, wake: make(chan struct{}, 1)}
}

func (p *publisher) account(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acct = id
}

func (p *publisher) accountID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.acct
}

func (p *publisher) fenced(epoch uint64, checkpoint string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.epoch, p.checkpoint = epoch, checkpoint
}

func (p *publisher) checkpointNow() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.checkpoint
}

func (p *publisher) publish(ctx context.Context, events []Incoming) error {
	if len(events) == 0 {
		return nil
	}
	call := &publishCall{done: make(chan struct{}), problems: map[int]error{}}
	var items []publication
	for i, e := range events {
		wire, err := e.wire()
		if err != nil {
			call.problems[i] = err
			continue
		}
		items = append(items, publication{wire: wire, size: codec.Size(wire) + 8, checkpoint: valid(e.Checkpoint), index: i, batch: call})
	}
	if call.left = len(items); call.left > 0 {
		p.mu.Lock()
		p.queue = append(p.queue, items...)
		p.mu.Unlock()
		select {
		case p.wake <- struct{}{}:
		default:
		}
		select {
		case <-call.done:
		case <-ctx.Done():
			p.forget(call)
			return context.Cause(ctx)
		case <-p.r.life.Done():
			return context.Cause(p.r.life)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(call.problems) > 0 {
		return &PublishError{call.problems}
	}
	return nil
}

// forget drops what was not sent yet of a caller that gave up.
func (p *publisher) forget(call *publishCall) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.queue[:0:0]
	for _, item := range p.queue {
		if item.batch != call {
			kept = append(kept, item)
		}
	}
	p.queue = kept
}

// take removes the next batch.
func (p *publisher) take() (batch []publication, size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.queue) && n < maxBatchItems {
		if n > 0 && size+p.queue[n].size > maxBatchBytes {
			break
		}
		size += p.queue[n].size
		n++
	}
	batch = p.queue[:n:n]
	p.queue = p.queue[n:]
	return batch, size
}

// run publishes until ctx ends.
func (p *publisher) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		}
		for {
			batch, size := p.take()
			if len(batch) == 0 {
				break
			}
			riding := p.r.out.take(maxBatchBytes - size)
			if !p.send(ctx, batch, riding) {
				return
			}
		}
	}
}

// send repeats a batch until the bot answered it; false if ctx ended first.
func (p *publisher) send(ctx context.Context, batch []publication, riding []*completion) bool {
	var b backoff
	for {
		generation := p.r.registrations()
		resp, epoch, err := p.call(ctx, batch, riding)
		if err == nil && len(resp.GetResults()) != len(riding) {
			err = status.Errorf(codes.Internal, "the bot answered %d completions with %d results", len(riding), len(resp.GetResults()))
		}
		again := p.overtaken(ctx, err, epoch) || p.r.after(ctx, err, generation)
		switch {
		case err == nil:
			p.r.out.settle(riding, resp.GetResults())
			p.end(batch, resp)
			return true
		case ctx.Err() != nil:
			p.r.out.putBack(riding)
			return false
		case again:
			continue
		case !transient(err):
			return p.dissect(ctx, batch, riding, err)
		}
		p.r.log.Warn("the bot did not take events; they are sent again", "events", len(batch), "error", err)
		if !b.sleep(ctx) {
			p.r.out.putBack(riding)
			return false
		}
	}
}

// overtaken says that a batch was refused for its epoch while this replica got
// another one: nobody else serves the account. A registration under way may be what
// gets it.
func (p *publisher) overtaken(ctx context.Context, err error, epoch uint64) bool {
	if reason(err) != "EPOCH_FENCED" {
		return false
	}
	select {
	case p.r.registering <- struct{}{}:
		p.r.registered()
	case <-ctx.Done():
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.epoch != epoch
}

// call also returns the epoch that it named.
func (p *publisher) call(ctx context.Context, batch []publication, riding []*completion) (*ocov1.PublishEventsResponse, uint64, error) {
	p.mu.Lock()
	req := &ocov1.PublishEventsRequest{AccountId: p.acct, Epoch: p.epoch, Replica: p.r.id, Checkpoint: p.checkpoint, Completions: wires(riding)}
	p.mu.Unlock()
	for _, item := range batch {
		req.Events = append(req.Events, item.wire)
		if item.checkpoint != "" {
			req.Checkpoint = item.checkpoint
		}
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	resp, err := carry(call, p.r, req, (*attach.Stream).PublishEvents, p.rpc.PublishEvents)
	return resp, req.GetEpoch(), err
}

// answer tells the bot what it asked, once: who asked does not wait for long.
func (p *publisher) answer(ans *ocov1.QueryAnswer) {
	ctx, cancel := context.WithTimeout(p.r.life, callTimeout)
	defer cancel()
	req := &ocov1.AnswerQueriesRequest{Answers: []*ocov1.QueryAnswer{ans}}
	if _, err := carry(ctx, p.r, req, (*attach.Stream).AnswerQueries, p.rpc.AnswerQueries); err != nil {
		p.r.log.Warn("a query was not answered", "query", ans.GetQueryId(), "error", err)
	}
}

// dissect publishes the events of a refused batch one by one, in order, so that
// one that the bot cannot take does not hold up the others.
func (p *publisher) dissect(ctx context.Context, batch []publication, riding []*completion, err error) bool {
	p.r.out.putBack(riding)
	if len(batch) == 1 {
		p.end(batch, &ocov1.PublishEventsResponse{Errors: []*ocov1.EventError{{Error: status.Convert(err).Proto()}}})
		return true
	}
	for i := range batch {
		if !p.send(ctx, batch[i:i+1], nil) {
			return false
		}
	}
	return true
}

// end tells the callers of Publish what became of their events.
func (p *publisher) end(batch []publication, resp *ocov1.PublishEventsResponse) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := resp.GetCheckpoint(); c != "" {
		p.checkpoint = c
	}
	for _, e := range resp.GetErrors() {
		if i := int(e.GetIndex()); i < len(batch) {
			batch[i].batch.problems[batch[i].index] = status.ErrorProto(e.GetError())
		}
	}
	for _, item := range batch {
		if item.batch.left--; item.batch.left == 0 {
			close(item.batch.done)
		}
	}
}

// wire checks what can be checked here and repairs text that is not UTF-8.
func (e Incoming) wire() (*ocov1.Event, error) {
	switch {
	case e.ID == "":
		return nil, errors.New("the event has no ID")
	case e.kinds() != 1:
		return nil, errors.New("set exactly one of Message, Reaction, Member, RoomChange and Custom")
	case len(e.Native) > maxNative:
		return nil, fmt.Errorf("native payload of %d bytes is longer than 256 KiB", len(e.Native))
	case len(e.Checkpoint) > maxCheckpoint:
		return nil, fmt.Errorf("checkpoint of %d bytes is longer than 4 KiB", len(e.Checkpoint))
	}
	at := e.Time
	if at.IsZero() {
		at = time.Now()
	}
	address := &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: valid(string(e.Room.ID))}}}
	if e.Thread != "" {
		address.Place = &ocov1.Address_ThreadId{ThreadId: valid(string(e.Thread))}
	}
	ev := &ocov1.Event{
		EventId: valid(string(e.ID)), OccurTime: timestamppb.New(at), Address: address, Actor: userToWire(e.Actor),
		Historical: e.Historical, RoomKind: ocov1.RoomKind(e.Room.Kind), Native: e.Native,
	}
	switch {
	case e.Custom != nil:
		data, err := structpb.NewStruct(e.Custom.Data)
		if err != nil {
			return nil, fmt.Errorf("data of the event: %w", err)
		}
		ev.Kind = &ocov1.Event_Custom{Custom: &ocov1.CustomEvent{Type: valid(e.Custom.Type), Data: data}}
	case e.Reaction != nil:
		r := e.Reaction
		ev.Kind = &ocov1.Event_Reaction{Reaction: &ocov1.ReactionEvent{MessageId: valid(string(r.Message)), Emoji: valid(r.Emoji), Removed: r.Removed}}
	case e.Member != nil:
		user := userToWire(e.Member.User)
		if ev.Actor == nil {
			ev.Actor = user
		}
		ev.Kind = &ocov1.Event_Member{Member: &ocov1.MemberEvent{User: user, Left: e.Member.Left}}
	case e.RoomChange != nil:
		ev.Kind = &ocov1.Event_Room{Room: &ocov1.RoomEvent{Change: e.RoomChange.Change.wire(), Room: roomToWire(e.RoomChange.Room)}}
	default:
		m := e.Message
		if len(m.Text) > maxText {
			return nil, fmt.Errorf("text of %d bytes is longer than 64 KiB", len(m.Text))
		}
		ev.Kind = &ocov1.Event_Message{Message: &ocov1.MessageEvent{
			Change: m.Change.wire(), Forwarded: m.Forwarded,
			Message: &ocov1.Message{
				MessageId: valid(string(m.ID)), Address: address, Sender: ev.Actor, Content: &ocov1.Content{Text: valid(m.Text)},
				ReplyTo: valid(string(m.ReplyTo)), Mentions: mentionsToWire(m.Mentions), CreateTime: ev.OccurTime,
				Attachments: attachmentsToWire(m.Attachments),
			},
		}}
	}
	return ev, nil
}

// kinds counts what is set of what exactly one has to be.
func (e Incoming) kinds() int {
	n := 0
	for _, set := range []bool{e.Message != nil, e.Reaction != nil, e.Member != nil, e.RoomChange != nil, e.Custom != nil} {
		if set {
			n++
		}
	}
	return n
}

func (c Change) wire() ocov1.Change { return ocov1.Change(max(c, Created)) }

func placeFromWire(a *ocov1.Address) Place {
	return Place{Room: RoomID(a.GetRoom().GetRoomId()), User: UserID(a.GetRoom().GetUserId()), Thread: ThreadID(a.GetThreadId())}
}

func outgoingFromWire(op *ocov1.Operation) Outgoing {
	m := op.GetSend().GetMessage()
	to := m.GetTo()
	return Outgoing{
		Room: RoomID(to.GetRoom().GetRoomId()), User: UserID(to.GetRoom().GetUserId()),
		Thread: ThreadID(to.GetThreadId()), StartThreadAt: MessageID(to.GetStartThreadAt()),
		ReplyTo: MessageID(m.GetReplyTo()), Text: m.GetContent().GetText(),
		Token: op.GetIdempotencyToken(), PossibleRepeat: op.GetSend().GetPossibleRepeat(), Reason: SendReason(op.GetSend().GetReason()),
	}
}

func mentionsToWire(in []Mention) []*ocov1.Mention {
	var out []*ocov1.Mention
	for _, m := range in {
		w := &ocov1.Mention{Start: uint32(max(m.Start, 0)), Length: uint32(max(m.Length, 0))}
		switch {
		case m.Everyone:
			w.Target = &ocov1.Mention_Everyone{Everyone: true}
		case m.Room != "":
			w.Target = &ocov1.Mention_RoomId{RoomId: valid(string(m.Room))}
		default:
			w.Target = &ocov1.Mention_UserId{UserId: valid(string(m.User))}
		}
		out = append(out, w)
	}
	return out
}

// What of the files of a message reaches the bot (OCO-SIZ-34).
const (
	maxFiles     = 32
	maxFileName  = 1 << 10
	maxMediaType = 256
	maxFileURL   = 4 << 10
)

// attachmentsToWire leaves out what the bot would refuse the whole message for.
func attachmentsToWire(in []Attachment) []*ocov1.Attachment {
	var out []*ocov1.Attachment
	for _, f := range in[:min(len(in), maxFiles)] {
		w := &ocov1.Attachment{FileId: valid(string(f.ID)), Name: cut(valid(f.Name), maxFileName), Size: f.Size}
		if len(f.MediaType) <= maxMediaType {
			w.MediaType = valid(f.MediaType)
		}
		if len(f.URL) <= maxFileURL {
			w.Url = valid(f.URL)
		}
		out = append(out, w)
	}
	return out
}
