package oco

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const (
	maxText = 64 << 10 // bytes of one message (OCO-SIZ-4)
	// flushAfter is how long a reply waits for the completion to take it along.
	flushAfter = 100 * time.Millisecond
	// flushBytes is when it does not wait, so that a completion stays small.
	flushBytes = 512 << 10
	// maxSends is how many replies one completion may hold (OCO-SIZ-14).
	maxSends = 64
	// A callback that replies faster than the bot takes it is failed here.
	maxUnsent      = 1000
	maxUnsentBytes = 4 << 20
	// maxValidFor is what the bot takes.
	maxValidFor = 30 * 24 * time.Hour
)

// Handle is a message that was sent or will be. Its id is known at once. A
// Handle may be kept and used after the callback returned.
type Handle struct {
	id     MessageID
	client *Client
	// call and batch: the message is a reply that leaves with others.
	call  *call
	batch int
	err   error // why there is no message
}

// ID returns the id of the message.
func (h Handle) ID() MessageID { return h.id }

// Update gives the message another text, as [Client.Update] does, after all that
// was replied before. It may be called at once: it waits until the bot has the
// message.
func (h Handle) Update(ctx context.Context, text string, opts ...OperationOption) error {
	if err := h.taken(ctx); err != nil {
		return err
	}
	return h.client.Update(ctx, h.id, text, opts...)
}

// Delete deletes the message, as [Handle.Update] updates it.
func (h Handle) Delete(ctx context.Context, opts ...OperationOption) error {
	if err := h.taken(ctx); err != nil {
		return err
	}
	return h.client.Delete(ctx, To{}, h.id, opts...)
}

// React adds the bot's reaction to the message, as [Handle.Update] updates it.
// A reply in the room of its delivery needs no scope for that, any other message
// reactions.write.
func (h Handle) React(ctx context.Context, emoji string, opts ...OperationOption) error {
	if err := h.taken(ctx); err != nil {
		return err
	}
	if h.call != nil {
		return h.call.reactTo(ctx, string(h.id), nil, emoji, false, opts)
	}
	return h.client.React(ctx, To{}, h.id, emoji, opts...)
}

// taken waits until the bot has the message.
func (h Handle) taken(ctx context.Context) error {
	switch {
	case h.err != nil:
		return fmt.Errorf("oco: the message was not taken: %w", h.err)
	case h.client == nil:
		return errors.New("oco: this handle is of no message")
	case h.call == nil:
		return nil
	}
	return h.call.awaitBatch(ctx, h.batch)
}

// awaitBatch sends the replies of a batch if they have not left, and waits for
// the verdict on them.
func (c *call) awaitBatch(ctx context.Context, batch int) error {
	for {
		c.mu.Lock()
		if batch > c.flushed && !c.ended {
			c.flushLocked(nil, nil)
		}
		if c.judged >= batch {
			defer c.mu.Unlock()
			if c.refusal != nil && batch >= c.refused {
				return fmt.Errorf("oco: the message was not taken: %w", c.refusal)
			}
			return nil
		}
		if c.verdict == nil {
			c.verdict = make(chan struct{})
		}
		verdict := c.verdict
		c.mu.Unlock()
		select {
		case <-verdict:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// React adds the bot's reaction, as [Client.React] does, to the message of the
// delivery, or to the one to which somebody reacted. It needs no scope.
func (c *call) React(ctx context.Context, emoji string, opts ...OperationOption) error {
	return c.react(ctx, emoji, false, opts)
}

// Unreact takes back what React added.
func (c *call) Unreact(ctx context.Context, emoji string, opts ...OperationOption) error {
	return c.react(ctx, emoji, true, opts)
}

func (c *call) react(ctx context.Context, emoji string, remove bool, opts []OperationOption) error {
	e := c.wire.GetEvent()
	id := e.GetMessage().GetMessage().GetMessageId()
	if r := e.GetReaction(); r != nil {
		id = r.GetMessageId()
	}
	if id == "" {
		return errors.New("oco: the event is about no message to which one could react")
	}
	return c.reactTo(ctx, id, e.GetAddress().GetRoom(), emoji, remove, opts)
}

// reactTo reacts as the delivery may.
func (c *call) reactTo(ctx context.Context, message string, room *ocov1.RoomRef, emoji string, remove bool, opts []OperationOption) error {
	s := refined(opts)
	return operate(ctx, c.client.chat.SetReaction, &ocov1.SetReactionRequest{
		RequestId: s.requestID, MessageId: message, Emoji: valid(emoji), Remove: remove, Wait: s.wait, DeliveryId: c.wire.GetDeliveryId(), Room: room,
	}, s)
}

// Typing shows that the bot is at work, where the delivery came from, for 10 s
// or until something is said there. It needs no scope, and an error is no reason
// to stop.
func (c *call) Typing(ctx context.Context) error {
	_, err := c.client.chat.SetTyping(ctx, &ocov1.SetTypingRequest{DeliveryId: c.wire.GetDeliveryId()})
	return err
}

// ReplyOption says where a reply goes and how it is called. Each [MessageOption]
// is one.
type ReplyOption interface{ shape(*reply) }

type replyOption func(*reply)

func (o replyOption) shape(r *reply) { o(r) }

type reply struct {
	key    string
	thread ThreadID
	start  bool
	direct bool
	terms
}

// MessageOption says how a message is treated while it waits, and when nobody
// knows whether it was posted. It is both a [ReplyOption] and a [SendOption].
type MessageOption func(*terms)

func (o MessageOption) shape(r *reply)    { o(&r.terms) }
func (o MessageOption) refine(s *sending) { o(&s.terms) }

// terms are what options say of a message.
type terms struct {
	loss    bool
	bounded bool
	valid   time.Duration
}

// PreferLoss says that a message is rather lost than posted twice: where nobody
// knows whether it was posted, and the chat service does not recognise a repeat,
// it is not posted again, and who addressed the bot is told. Without it such a
// message is posted once more, marked as a possible repeat. [OCO-DLV-58]
func PreferLoss() MessageOption { return func(t *terms) { t.loss = true } }

// ValidFor says how long a message is worth posting, up to 30 days. If it could
// not be posted in that time, because the adapter or the chat service was away, it
// never is, and who addressed the bot is told; a send that waits for it gets
// [ErrExpired]. Without it, and at most, that is the operator's `limits.send_age`.
// [OCO-DLV-59]
func ValidFor(d time.Duration) MessageOption { return func(t *terms) { t.bounded, t.valid = true, d } }

// check says what is wrong with the terms of a message.
func (t terms) check() error {
	if t.bounded && (t.valid <= 0 || t.valid > maxValidFor) {
		return fmt.Errorf("ValidFor(%v) must be above zero and at most 30 days", t.valid)
	}
	return nil
}

// on is a message with its terms.
func (t terms) on(m *ocov1.OutgoingMessage) *ocov1.OutgoingMessage {
	if t.loss {
		m.RepeatPolicy = ocov1.RepeatPolicy_REPEAT_POLICY_PREFER_LOSS
	}
	if t.bounded {
		m.ValidFor = durationpb.New(t.valid)
	}
	return m
}

// Key names the send. The library numbers the replies of a delivery, so that an
// attempt that runs again does not repeat what was said; where it may take
// another branch, name them. Unique in the delivery, 1 to 64 characters of
// A-Za-z0-9._~- and not a number.
func Key(key string) ReplyOption { return replyOption(func(r *reply) { r.key = key }) }

// InThread replies in the thread of the message, or starts one at it.
func InThread() ReplyOption { return replyOption(func(r *reply) { r.start = true }) }

// Thread replies in this thread of the same room.
func Thread(id ThreadID) ReplyOption { return replyOption(func(r *reply) { r.thread = id }) }

// Direct replies to the person in a direct room.
func Direct() ReplyOption { return replyOption(func(r *reply) { r.direct = true }) }

// Reply says text in the room and thread of the event. It returns at once: the
// reply leaves with the completion when the callback returns, or after 100 ms,
// whichever comes first, in order. A reply that cannot be taken, because it is
// empty or longer than 64 KiB or its key is used twice, or that the bot refuses
// while the callback runs, fails the delivery.
func (c *call) Reply(text string, opts ...ReplyOption) Handle {
	c.mu.Lock()
	defer c.mu.Unlock()
	send, err := c.newSend(text, opts)
	if err != nil {
		err = fmt.Errorf("%w (%s)", err, saidAt())
		c.problem = errors.Join(c.problem, err)
		c.Log().Error("a reply was not taken", "error", err)
		return Handle{id: c.messageID(send.GetKey()), err: err}
	}
	c.queued = append(c.queued, send)
	c.queuedBytes += len(text)
	h := Handle{id: c.messageID(send.GetKey()), client: c.client, call: c, batch: c.flushed + 1}
	switch {
	case c.queuedBytes >= flushBytes || len(c.queued) == maxSends:
		c.flushLocked(nil, nil)
	case len(c.queued) == 1:
		c.flush.later(c)
	}
	return h
}

// ReplyDirect is Reply with [Direct].
func (c *call) ReplyDirect(text string, opts ...ReplyOption) Handle {
	return c.Reply(text, append(opts[:len(opts):len(opts)], Direct())...)
}

// ReplyNow says text as Reply does, after everything that is queued, and
// waits until the chat service has it or ctx ends. [ErrMaybeSent] says that
// nobody can know whether it was posted, [ErrNotSent] that it surely was not, and
// [ErrExpired] that its time was over before.
func (c *call) ReplyNow(ctx context.Context, text string, opts ...ReplyOption) (Handle, error) {
	c.mu.Lock()
	send, err := c.newSend(text, opts)
	h := Handle{id: c.messageID(send.GetKey()), client: c.client, call: c}
	if err != nil {
		c.mu.Unlock()
		h.err = err
		return h, err
	}
	wait := make(chan error, 1)
	if !c.flushLocked(nil, wait) {
		wait <- nil
	}
	c.mu.Unlock()
	defer c.committed(1, len(text))
	select {
	case err = <-wait:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		return h, fmt.Errorf("what was replied before it was not taken: %w", err)
	}
	req := &ocov1.SendMessageRequest{
		Id: &ocov1.SendMessageRequest_InDelivery{InDelivery: &ocov1.InDelivery{
			DeliveryId: c.wire.GetDeliveryId(), LeaseId: c.wire.GetLeaseId(), Key: send.GetKey(),
		}},
		Message: send.GetMessage(),
		Wait:    true,
	}
	_, err = c.client.send(ctx, req)
	return h, err
}

// Extend counts the route's max_run anew, with the length d, for work that
// takes longer than it allows. It waits until the bot agreed.
func (c *call) Extend(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("oco: Extend(%v) must be above zero", d)
	}
	wait := make(chan error, 1)
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return ErrEnded
	}
	c.flushLocked(durationpb.New(d), wait)
	c.mu.Unlock()
	select {
	case err := <-wait:
		if err == nil {
			c.bound(d)
		}
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *call) messageID(key string) MessageID {
	return MessageID(c.wire.GetDeliveryId() + "/" + key)
}

// newSend makes the send of a reply. The send has its key even if it is refused.
func (c *call) newSend(text string, opts []ReplyOption) (*ocov1.Send, error) {
	var r reply
	for _, o := range opts {
		o.shape(&r)
	}
	send := &ocov1.Send{Key: r.key}
	if r.key == "" {
		c.number++
		send.Key = strconv.Itoa(c.number)
	} else if err := checkKey(r.key); err != nil {
		return send, err
	}
	switch {
	case c.ended:
		return send, ErrEnded
	case text == "":
		return send, errors.New("reply without text")
	case len(text) > maxText:
		return send, fmt.Errorf("reply of %d bytes is longer than 64 KiB", len(text))
	case c.keys[send.Key]:
		return send, fmt.Errorf("reply key %q was used twice in one delivery", send.Key)
	case r.check() != nil:
		return send, r.check()
	case c.unsent >= maxUnsent || c.unsentBytes+len(text) > maxUnsentBytes:
		return send, fmt.Errorf("%d replies of %d bytes wait to be taken by the bot; no more are queued", c.unsent, c.unsentBytes)
	}
	if r.key != "" {
		if c.keys == nil {
			c.keys = map[string]bool{}
		}
		c.keys[r.key] = true
	}
	c.unsent++
	c.unsentBytes += len(text)
	send.Message = r.on(&ocov1.OutgoingMessage{To: c.address(r), Content: &ocov1.Content{Text: valid(text)}})
	return send, nil
}

// address returns where a reply goes; nil is where the delivery came from.
func (c *call) address(r reply) *ocov1.Address {
	e := c.wire.GetEvent()
	from := e.GetAddress()
	switch {
	case r.direct:
		return &ocov1.Address{Room: &ocov1.RoomRef{
			By: &ocov1.RoomRef_UserId{UserId: e.GetActor().GetUserId()}, AccountId: e.GetAccountId(),
		}}
	case r.thread != "":
		return &ocov1.Address{Room: from.GetRoom(), Place: &ocov1.Address_ThreadId{ThreadId: valid(string(r.thread))}}
	case r.start && from.GetThreadId() == "" && e.GetMessage().GetMessage().GetMessageId() != "":
		id := e.GetMessage().GetMessage().GetMessageId()
		return &ocov1.Address{Room: from.GetRoom(), Place: &ocov1.Address_StartThreadAt{StartThreadAt: id}}
	}
	return nil
}

func checkKey(key string) error {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"
	switch {
	case len(key) > 64 || !inAlphabet(key, alphabet):
		return fmt.Errorf("reply key %q: must be 1 to 64 characters of A-Za-z0-9._~-", valid(key))
	case strings.Trim(key, "0123456789") == "":
		return fmt.Errorf("reply key %q: numbers are the library's", key)
	}
	return nil
}

func inAlphabet(s, alphabet string) bool {
	for i := range len(s) {
		if strings.IndexByte(alphabet, s[i]) < 0 {
			return false
		}
	}
	return true
}

// flusher sends the replies of callbacks that go on for longer than flushAfter.
// All share one timer, which is set when somebody waits and no earlier one runs:
// most callbacks return before it, and a timer for each reply would wake the
// process for nothing.
type flusher struct {
	mu      sync.Mutex
	waiting map[*call]time.Time // when its replies are to leave
	armed   bool
}

// later lets what a call has queued leave after flushAfter.
func (f *flusher) later(c *call) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting == nil {
		f.waiting = map[*call]time.Time{}
	}
	f.waiting[c] = time.Now().Add(flushAfter)
	f.arm(flushAfter)
}

// forget is called when what was queued has left.
func (f *flusher) forget(c *call) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.waiting, c)
}

// arm sets the timer unless it runs. The caller holds mu.
func (f *flusher) arm(after time.Duration) {
	if !f.armed {
		f.armed = true
		time.AfterFunc(after, f.fire)
	}
}

// fire lets leave what is due, and sets the timer for what is due next.
func (f *flusher) fire() {
	for _, c := range f.due(time.Now()) {
		c.mu.Lock()
		if !c.ended {
			c.flushLocked(nil, nil)
		}
		c.mu.Unlock()
	}
}

func (f *flusher) due(now time.Time) (due []*call) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = false
	next := time.Duration(0)
	for c, at := range f.waiting {
		left := at.Sub(now)
		switch {
		case left <= 0:
			due = append(due, c)
			delete(f.waiting, c)
		case next == 0 || left < next:
			next = left
		}
	}
	if next > 0 {
		f.arm(next)
	}
	return due
}
