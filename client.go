package oco

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Client asks the bot and sends by the scopes of its key. Safe for concurrent
// use. Calls return errors with gRPC codes; they block until ctx ends at most.
type Client struct {
	chat    ocov1.ChatServiceClient
	bot     ocov1.BotServiceClient
	admin   ocov1.AdminServiceClient
	storage ocov1.StorageServiceClient
	close   func() error
}

func newClient(conn grpc.ClientConnInterface) *Client {
	conn = explaining{conn}
	return &Client{
		chat: ocov1.NewChatServiceClient(conn), bot: ocov1.NewBotServiceClient(conn), admin: ocov1.NewAdminServiceClient(conn),
		storage: ocov1.NewStorageServiceClient(conn),
		close:   func() error { return nil },
	}
}

// Dial returns a client for a program that registers nothing, for example a CI
// job. It connects at the first call. Of opts it uses Dialer only.
func Dial(endpoint, key string, opts ...Options) (*Client, error) {
	var o Options
	if len(opts) > 0 {
		o = opts[0]
	}
	o.Endpoint = endpoint
	l, err := newLink(o)
	if err != nil {
		return nil, err
	}
	c := newClient(keyed{l, key})
	c.close = l.Close
	return c, nil
}

// Close ends the connection of a client that [Dial] made.
func (c *Client) Close() error { return c.close() }

// To says where a message goes: exactly one of Room, RoomName and User is set.
type To struct {
	Room RoomID
	// RoomName is the operator's alias for the room, or else its name.
	RoomName string
	// User means the direct room of that user.
	User UserID
	// Account is needed only where a name or a user is not unique.
	Account AccountID
	// Thread in the room, or a message at which to start one; at most one is set.
	Thread        ThreadID
	StartThreadAt MessageID
}

// SendOption refines [Client.SendMessage]. Each [OperationOption] and each
// [MessageOption] is one.
type SendOption interface{ refine(*sending) }

// sending is what options say of a send or another operation.
type sending struct {
	requestID string
	wait      bool
	replyTo   MessageID
	terms
}

type replyToOption MessageID

func (o replyToOption) refine(s *sending) { s.replyTo = MessageID(o) }

// OperationOption refines what the bot is asked to do: a send, an update and
// the like.
type OperationOption func(*sending)

func (o OperationOption) refine(s *sending) { o(s) }

// RequestID makes an operation repeatable: the same id with the same content is
// done once, for at least 24 hours. Without it the library draws one, which
// covers its own repeats.
func RequestID(id string) OperationOption { return func(s *sending) { s.requestID = valid(id) } }

// Wait makes a call return only when the chat service has done it.
func Wait() OperationOption { return func(s *sending) { s.wait = true } }

// ReplyTo makes the message an answer to another one.
func ReplyTo(id MessageID) SendOption { return replyToOption(id) }

func refined[O SendOption](opts []O) sending {
	var s sending
	for _, o := range opts {
		o.refine(&s)
	}
	if s.requestID == "" {
		s.requestID = randomID()
	}
	return s
}

// SendMessage sends text. It returns when the bot has it on disk, or with
// [Wait] when its fate is known, as [Message.ReplyNow] does.
func (c *Client) SendMessage(ctx context.Context, to To, text string, opts ...SendOption) (Handle, error) {
	if len(text) > maxText {
		return Handle{}, fmt.Errorf("oco: message of %d bytes is longer than 64 KiB", len(text))
	}
	address, err := to.wire()
	if err != nil {
		return Handle{}, err
	}
	s := refined(opts)
	if err := s.check(); err != nil {
		return Handle{}, fmt.Errorf("oco: %w", err)
	}
	h := Handle{client: c}
	h.id, err = c.send(ctx, &ocov1.SendMessageRequest{
		Id:      &ocov1.SendMessageRequest_RequestId{RequestId: s.requestID},
		Message: s.on(&ocov1.OutgoingMessage{To: address, Content: &ocov1.Content{Text: valid(text)}, ReplyTo: valid(string(s.replyTo))}),
		Wait:    s.wait,
	})
	return h, err
}

func (c *Client) send(ctx context.Context, req *ocov1.SendMessageRequest) (MessageID, error) {
	resp, err := repeated(ctx, c.chat.SendMessage, req)
	if err != nil {
		return "", err
	}
	return MessageID(resp.GetMessageId()), sendError(resp.GetState(), req.GetWait())
}

// repeated repeats a call, under the same id, while the bot is out of reach.
func repeated[Req, Resp any](ctx context.Context, call func(context.Context, Req, ...grpc.CallOption) (Resp, error), req Req) (Resp, error) {
	var b backoff
	for {
		resp, err := call(ctx, req, grpc.WaitForReady(true))
		switch {
		case err == nil:
			return resp, nil
		case ctx.Err() == nil && status.Code(err) != codes.Unavailable:
			return resp, err
		case ctx.Err() != nil || !b.sleep(ctx):
			return resp, errors.Join(err, context.Cause(ctx))
		}
	}
}

// Update gives a message that the bot sent another text. Where the chat service
// cannot, the bot says the text in a message of its own.
//
// This and the other operations return when the bot has on disk what it is to
// do, or with [Wait] when it is done: then [ErrMaybeDone] says that nobody can
// know, [ErrNotDone] that it surely is not. What the service has no means for is
// refused with CAPABILITY_MISSING, or left out where nothing is lost by it;
// [Client.GetRoom] shows which. They are repeated, so that they count once, while
// the bot is out of reach. Handlers need the scope messages.edit.own, but for
// what they said themselves.
func (c *Client) Update(ctx context.Context, id MessageID, text string, opts ...OperationOption) error {
	if text == "" || len(text) > maxText {
		return fmt.Errorf("oco: the new text of a message has %d bytes, it must have 1 to 64 KiB", len(text))
	}
	s := refined(opts)
	return operate(ctx, c.chat.UpdateMessage, &ocov1.UpdateMessageRequest{
		RequestId: s.requestID, MessageId: valid(string(id)), Content: &ocov1.Content{Text: valid(text)}, Wait: s.wait,
	}, s)
}

// Delete deletes a message, as [Client.Update] updates one. in is the room of a
// message that the bot did not send, else it may be zero. Handlers need the scope
// messages.delete.any, but for what they said themselves.
func (c *Client) Delete(ctx context.Context, in To, id MessageID, opts ...OperationOption) error {
	room, err := in.optional()
	if err != nil {
		return err
	}
	s := refined(opts)
	return operate(ctx, c.chat.DeleteMessage, &ocov1.DeleteMessageRequest{
		RequestId: s.requestID, MessageId: valid(string(id)), Room: room, Wait: s.wait,
	}, s)
}

// React adds the bot's reaction to a message, as [Client.Update] updates one. in
// is the room of a message that the bot did not send, else it may be zero. emoji
// is Unicode, or the service's name of it. Handlers need the scope
// reactions.write, but for [Message.React].
func (c *Client) React(ctx context.Context, in To, id MessageID, emoji string, opts ...OperationOption) error {
	return c.react(ctx, in, id, emoji, false, opts)
}

// Unreact takes back what [Client.React] added.
func (c *Client) Unreact(ctx context.Context, in To, id MessageID, emoji string, opts ...OperationOption) error {
	return c.react(ctx, in, id, emoji, true, opts)
}

func (c *Client) react(ctx context.Context, in To, id MessageID, emoji string, remove bool, opts []OperationOption) error {
	room, err := in.optional()
	if err != nil {
		return err
	}
	s := refined(opts)
	return operate(ctx, c.chat.SetReaction, &ocov1.SetReactionRequest{
		RequestId: s.requestID, MessageId: valid(string(id)), Emoji: valid(emoji), Remove: remove, Room: room, Wait: s.wait,
	}, s)
}

// Join brings the bot into a room, as [Client.Update] updates a message. The
// room is named by its id, or by the service's own name of it. Handlers need the
// scope rooms.join.
func (c *Client) Join(ctx context.Context, room To, opts ...OperationOption) error {
	return c.membership(ctx, room, "", false, opts)
}

// Leave brings the bot out of a room that [Client.Join] brought it into.
func (c *Client) Leave(ctx context.Context, room To, opts ...OperationOption) error {
	return c.membership(ctx, room, "", true, opts)
}

// Invite brings somebody into a room, or asks them to come, as the service has
// it. Handlers need the scope rooms.manage.
func (c *Client) Invite(ctx context.Context, room To, user UserID, opts ...OperationOption) error {
	if user == "" {
		return errors.New("oco: Invite without a user; Join is for the bot itself")
	}
	return c.membership(ctx, room, user, false, opts)
}

// Remove takes somebody out of a room. Handlers need the scope rooms.manage.
func (c *Client) Remove(ctx context.Context, room To, user UserID, opts ...OperationOption) error {
	if user == "" {
		return errors.New("oco: Remove without a user; Leave is for the bot itself")
	}
	return c.membership(ctx, room, user, true, opts)
}

func (c *Client) membership(ctx context.Context, room To, user UserID, leave bool, opts []OperationOption) error {
	ref, err := room.room()
	if err != nil {
		return err
	}
	s := refined(opts)
	return operate(ctx, c.chat.SetMembership, &ocov1.SetMembershipRequest{
		RequestId: s.requestID, Room: ref, UserId: valid(string(user)), Leave: leave, Wait: s.wait,
	}, s)
}

// SetTopic sets the topic of a room, as [Client.Update] updates a message; an
// empty one takes it away. Handlers need the scope rooms.manage.
func (c *Client) SetTopic(ctx context.Context, room To, topic string, opts ...OperationOption) error {
	ref, err := room.room()
	if err != nil {
		return err
	}
	s := refined(opts)
	topic = valid(topic)
	return operate(ctx, c.chat.UpdateRoom, &ocov1.UpdateRoomRequest{RequestId: s.requestID, Room: ref, Topic: &topic, Wait: s.wait}, s)
}

// Typing shows that the bot is at work there, for d or until it says something
// there. It is not repeated and not kept: 0 is 10 s, and 60 s are the most.
func (c *Client) Typing(ctx context.Context, to To, d time.Duration) error {
	address, err := to.wire()
	if err != nil {
		return err
	}
	req := &ocov1.SetTypingRequest{To: address}
	if d != 0 {
		req.Duration = durationpb.New(d)
	}
	_, err = c.chat.SetTyping(ctx, req)
	return err
}

// operate has the bot do something and says what became of it.
func operate[Req any, Resp interface {
	GetOperation() *ocov1.OperationStatus
}](ctx context.Context, call func(context.Context, Req, ...grpc.CallOption) (Resp, error), req Req, s sending) error {
	resp, err := repeated(ctx, call, req)
	if err != nil {
		return err
	}
	op := resp.GetOperation()
	switch op.GetState() {
	case ocov1.SendState_SEND_STATE_UNKNOWN:
		err = ErrMaybeDone
	case ocov1.SendState_SEND_STATE_FAILED, ocov1.SendState_SEND_STATE_EXPIRED:
		err = ErrNotDone
	case ocov1.SendState_SEND_STATE_SENT:
		return nil
	default:
		if s.wait {
			err = fmt.Errorf("oco: the bot answered with state %v to what waits", op.GetState())
		}
	}
	if err != nil && op.GetDetail() != "" {
		err = fmt.Errorf("%w: %s", err, op.GetDetail())
	}
	return err
}

func sendError(state ocov1.SendState, waited bool) error {
	switch state {
	case ocov1.SendState_SEND_STATE_UNKNOWN:
		return ErrMaybeSent
	case ocov1.SendState_SEND_STATE_FAILED:
		return ErrNotSent
	case ocov1.SendState_SEND_STATE_EXPIRED:
		return ErrExpired
	case ocov1.SendState_SEND_STATE_SENT:
		return nil
	}
	if waited {
		return fmt.Errorf("oco: the bot answered with state %v to a send that waits", state)
	}
	return nil
}

func (t To) wire() (*ocov1.Address, error) {
	ref := &ocov1.RoomRef{AccountId: string(t.Account)}
	n := 0
	if t.Room != "" {
		n++
		ref.By = &ocov1.RoomRef_RoomId{RoomId: valid(string(t.Room))}
	}
	if t.RoomName != "" {
		n++
		ref.By = &ocov1.RoomRef_Name{Name: valid(t.RoomName)}
	}
	if t.User != "" {
		n++
		ref.By = &ocov1.RoomRef_UserId{UserId: valid(string(t.User))}
	}
	if n != 1 {
		return nil, errors.New("oco: To: set exactly one of Room, RoomName and User")
	}
	a := &ocov1.Address{Room: ref}
	switch {
	case t.Thread != "" && t.StartThreadAt != "":
		return nil, errors.New("oco: To: set at most one of Thread and StartThreadAt")
	case t.Thread != "":
		a.Place = &ocov1.Address_ThreadId{ThreadId: valid(string(t.Thread))}
	case t.StartThreadAt != "":
		a.Place = &ocov1.Address_StartThreadAt{StartThreadAt: valid(string(t.StartThreadAt))}
	}
	return a, nil
}

// room is To without a place in the room.
func (t To) room() (*ocov1.RoomRef, error) {
	if t.Thread != "" || t.StartThreadAt != "" {
		return nil, errors.New("oco: To: Thread and StartThreadAt are for messages; this is about the room itself")
	}
	a, err := t.wire()
	return a.GetRoom(), err
}

// optional is room, or nil for the zero To.
func (t To) optional() (*ocov1.RoomRef, error) {
	if t == (To{}) {
		return nil, nil
	}
	return t.room()
}
