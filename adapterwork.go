package oco

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// This file is what the bot asks an adapter for: operations, each in the order of its
// room, and queries, side by side.

const (
	queriesAtOnce = 16
	answerPage    = 500
	defaultAnswer = 10 * time.Second
)

func (a *adapterPart) outdated(*ocov1.Delivery) bool { return false }

// deliver queues an operation behind those of its room.
func (a *adapterPart) deliver(ctx context.Context, t *lease) {
	room := roomKey(t.wire.GetOperation())
	a.mu.Lock()
	defer a.mu.Unlock()
	waiting, busy := a.rooms[room]
	if busy {
		a.rooms[room] = append(waiting, operation{ctx, t})
		return
	}
	a.rooms[room] = nil
	a.r.crew.Do(func() { a.work(room, operation{ctx, t}) })
}

// roomKey names the room that an operation is about: there its order counts.
func roomKey(op *ocov1.Operation) string {
	switch k := op.GetKind().(type) {
	case *ocov1.Operation_Membership:
		return k.Membership.GetRoomId() + "\x00"
	case *ocov1.Operation_Room:
		return k.Room.GetRoomId() + "\x00"
	}
	to := op.GetSend().GetMessage().GetTo()
	if to == nil {
		to = messageAddress(op)
	}
	return to.GetRoom().GetRoomId() + "\x00" + to.GetRoom().GetUserId()
}

func messageAddress(op *ocov1.Operation) *ocov1.Address {
	switch k := op.GetKind().(type) {
	case *ocov1.Operation_Update:
		return k.Update.GetAddress()
	case *ocov1.Operation_Delete:
		return k.Delete.GetAddress()
	case *ocov1.Operation_Reaction:
		return k.Reaction.GetAddress()
	}
	return nil
}

// work does the operations of one room until none is left.
func (a *adapterPart) work(room string, op operation) {
	for {
		a.operate(op.ctx, op.t)
		a.mu.Lock()
		waiting := a.rooms[room]
		if len(waiting) == 0 {
			delete(a.rooms, room)
			a.mu.Unlock()
			return
		}
		op, a.rooms[room] = waiting[0], waiting[1:]
		a.mu.Unlock()
	}
}

func (a *adapterPart) operate(ctx context.Context, t *lease) {
	defer t.ended()
	limit := time.AfterFunc(maxRun(t.wire), func() { t.cancel(ErrMaxRun) })
	defer limit.Stop()
	a.mu.Lock()
	serving := a.serving
	a.mu.Unlock()
	wire := &ocov1.Completion{DeliveryId: t.wire.GetDeliveryId(), LeaseId: t.wire.GetLeaseId()}
	do := a.operation(t.wire.GetOperation())
	switch {
	case do == nil:
		wire.Kind = &ocov1.Completion_Fail{Fail: &ocov1.Fail{Error: &spb.Status{Code: int32(codes.Unimplemented), Message: "this adapter does not know the operation"}}}
	case !serving:
		wire.Kind = &ocov1.Completion_Release{Release: &ocov1.Release{Reason: "the adapter does not run"}}
	default:
		a.do(ctx, wire, do)
	}
	a.r.out.add(wire, t.settled)
}

// operation returns the method of the adapter that does what is asked, nil if it
// has none.
func (a *adapterPart) operation(op *ocov1.Operation) func(context.Context) (MessageID, error) {
	at := MessageRef{Place: placeFromWire(messageAddress(op)), Token: op.GetIdempotencyToken()}
	switch k := op.GetKind().(type) {
	case *ocov1.Operation_Send:
		return func(ctx context.Context) (MessageID, error) { return a.p.adapter.Send(ctx, outgoingFromWire(op)) }
	case *ocov1.Operation_Update:
		if u, ok := a.p.adapter.(Updater); ok {
			at.ID = MessageID(k.Update.GetMessageId())
			return without(func(ctx context.Context) error {
				return u.UpdateMessage(ctx, at, k.Update.GetContent().GetText())
			})
		}
	case *ocov1.Operation_Delete:
		if d, ok := a.p.adapter.(Deleter); ok {
			at.ID = MessageID(k.Delete.GetMessageId())
			return without(func(ctx context.Context) error { return d.DeleteMessage(ctx, at) })
		}
	case *ocov1.Operation_Reaction:
		if r, ok := a.p.adapter.(Reactor); ok {
			at.ID = MessageID(k.Reaction.GetMessageId())
			return without(func(ctx context.Context) error {
				return r.SetReaction(ctx, at, k.Reaction.GetEmoji(), k.Reaction.GetRemove())
			})
		}
	case *ocov1.Operation_Membership:
		if m, ok := a.p.adapter.(Membership); ok {
			return without(func(ctx context.Context) error { return setMembership(ctx, m, k.Membership) })
		}
	case *ocov1.Operation_Room:
		if t, ok := a.p.adapter.(TopicSetter); ok && k.Room.Topic != nil {
			return without(func(ctx context.Context) error {
				return t.SetTopic(ctx, RoomID(k.Room.GetRoomId()), k.Room.GetTopic())
			})
		}
	}
	return nil
}

// without makes an operation that makes no message one that does.
func without(do func(context.Context) error) func(context.Context) (MessageID, error) {
	return func(ctx context.Context) (MessageID, error) { return "", do(ctx) }
}

func setMembership(ctx context.Context, m Membership, op *ocov1.MembershipOperation) error {
	room, user := RoomID(op.GetRoomId()), UserID(op.GetUserId())
	switch {
	case user == "" && op.GetLeave():
		return m.Leave(ctx, room)
	case user == "":
		return m.Join(ctx, room)
	case op.GetLeave():
		return m.Remove(ctx, room, user)
	}
	return m.Invite(ctx, room, user)
}

// do calls the adapter and says in wire what became of it.
func (a *adapterPart) do(ctx context.Context, wire *ocov1.Completion, do func(context.Context) (MessageID, error)) {
	id, err := a.guarded(ctx, do)
	result := &ocov1.OperationResult{State: ocov1.SendState_SEND_STATE_SENT, MessageId: valid(string(id))}
	if err != nil {
		a.r.aboutDelivery(wire.GetDeliveryId()).Warn("an operation was not done", "error", err)
		result = &ocov1.OperationResult{State: ocov1.SendState_SEND_STATE_FAILED, Detail: cut(valid(err.Error()), maxLogText)}
		delay, asked := retryDelay(err)
		code := status.Code(err)
		switch {
		case errors.Is(err, ErrMaybeSent):
			result.State = ocov1.SendState_SEND_STATE_UNKNOWN
		case asked || code == codes.Unavailable || code == codes.ResourceExhausted:
			retry := &ocov1.Retry{Reason: result.Detail}
			if asked {
				retry.Delay = durationpb.New(delay)
			}
			wire.Kind = &ocov1.Completion_Retry{Retry: retry}
			return
		}
	}
	wire.Kind = &ocov1.Completion_Done{Done: &ocov1.Done{Result: &ocov1.Done_Operation{Operation: result}}}
}

func (a *adapterPart) guarded(ctx context.Context, do func(context.Context) (MessageID, error)) (id MessageID, err error) {
	defer func() {
		if v := recover(); v != nil {
			a.r.log.Error("the adapter panicked in an operation", "trace", TraceID(ctx), "panic", v, "stack", string(debug.Stack()))
			err = MaybeSent(fmt.Errorf("panic: %v", v))
		}
	}()
	return do(ctx)
}

// query answers in a goroutine of its own; too many at once are refused.
func (a *adapterPart) query(_ context.Context, q *ocov1.Query) {
	select {
	case a.queries <- struct{}{}:
	default:
		a.r.log.Warn("a query is dropped: too many at once", "query", q.GetQueryId())
		return
	}
	go func() {
		defer func() { <-a.queries }()
		timeout := q.GetTimeout().AsDuration()
		if timeout <= 0 {
			timeout = defaultAnswer
		}
		ctx, cancel := context.WithTimeout(a.r.life, timeout)
		defer cancel()
		ans, err := a.ask(ctx, q)
		if err != nil {
			ans = &ocov1.QueryAnswer{Error: status.Convert(err).Proto()}
			ans.Error.Message = cut(valid(ans.Error.Message), maxLogText)
		}
		ans.QueryId = q.GetQueryId()
		a.pub.answer(ans)
	}()
}

// ask has the adapter answer. A panic is an error.
func (a *adapterPart) ask(ctx context.Context, q *ocov1.Query) (ans *ocov1.QueryAnswer, err error) {
	defer func() {
		if v := recover(); v != nil {
			a.r.log.Error("the adapter panicked at a query", "panic", v, "stack", string(debug.Stack()))
			err = status.Errorf(codes.Internal, "panic: %v", v)
		}
	}()
	switch k := q.GetKind().(type) {
	case *ocov1.Query_Room:
		if f, ok := a.p.adapter.(RoomFinder); ok {
			room, err := f.Room(ctx, RoomID(k.Room.GetRoomId()))
			return &ocov1.QueryAnswer{Rooms: []*ocov1.Room{roomToWire(room)}}, err
		}
	case *ocov1.Query_Members:
		if m, ok := a.p.adapter.(MemberLister); ok {
			users, err := m.Members(ctx, RoomID(k.Members.GetRoomId()))
			return userPage(users, k.Members.GetPageToken(), err)
		}
	case *ocov1.Query_Typing:
		if t, ok := a.p.adapter.(Typer); ok {
			return &ocov1.QueryAnswer{}, t.Typing(ctx, placeFromWire(k.Typing.GetTo()), k.Typing.GetDuration().AsDuration())
		}
	}
	if roster, ok := a.p.adapter.(Roster); ok {
		return askRoster(ctx, roster, q)
	}
	return nil, status.Error(codes.Unimplemented, "this adapter cannot answer the query")
}

func askRoster(ctx context.Context, roster Roster, q *ocov1.Query) (*ocov1.QueryAnswer, error) {
	switch k := q.GetKind().(type) {
	case *ocov1.Query_User:
		u, err := roster.User(ctx, UserLookup{ID: UserID(k.User.GetUserId()), MentionName: k.User.GetMentionName()})
		return &ocov1.QueryAnswer{Users: []*ocov1.User{userToWire(u)}}, err
	case *ocov1.Query_Room:
		rooms, err := roster.Rooms(ctx)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(rooms, func(r Room) bool { return string(r.ID) == k.Room.GetRoomId() })
		if i < 0 {
			return nil, status.Error(codes.NotFound, "the adapter knows no such room")
		}
		return &ocov1.QueryAnswer{Rooms: []*ocov1.Room{roomToWire(rooms[i])}}, nil
	case *ocov1.Query_Users:
		users, err := roster.Users(ctx)
		return userPage(users, k.Users.GetPageToken(), err)
	case *ocov1.Query_Rooms:
		rooms, err := roster.Rooms(ctx)
		if err != nil {
			return nil, err
		}
		from, to, next, err := page(len(rooms), k.Rooms.GetPageToken())
		ans := &ocov1.QueryAnswer{NextPageToken: next}
		for _, r := range rooms[from:to] {
			ans.Rooms = append(ans.Rooms, roomToWire(r))
		}
		return ans, err
	}
	return nil, status.Error(codes.Unimplemented, "this adapter cannot answer the query")
}

func userPage(users []User, token string, err error) (*ocov1.QueryAnswer, error) {
	if err != nil {
		return nil, err
	}
	from, to, next, err := page(len(users), token)
	ans := &ocov1.QueryAnswer{NextPageToken: next}
	for _, u := range users[from:to] {
		ans.Users = append(ans.Users, userToWire(u))
	}
	return ans, err
}

// page returns the part of a list of n that begins at token.
func page(n int, token string) (from, to int, next string, err error) {
	if token != "" {
		from, err = strconv.Atoi(token)
		if err != nil || from < 0 {
			return 0, 0, "", status.Errorf(codes.InvalidArgument, "page token %q", token)
		}
	}
	from = min(from, n)
	to = min(from+answerPage, n)
	if to < n {
		next = strconv.Itoa(to)
	}
	return from, to, next, nil
}

func userToWire(u User) *ocov1.User {
	if u.ID == "" && u.Name == "" && u.MentionName == "" {
		return nil
	}
	return &ocov1.User{
		UserId: valid(string(u.ID)), AccountId: valid(string(u.Account)),
		Name: valid(u.Name), MentionName: valid(u.MentionName), Bot: u.Bot, IsSelf: u.Self,
		Email: valid(u.Email), TimeZone: valid(u.TimeZone),
	}
}

func roomToWire(r Room) *ocov1.Room {
	return &ocov1.Room{
		RoomId: valid(string(r.ID)), AccountId: valid(string(r.Account)), Kind: ocov1.RoomKind(r.Kind),
		Name: valid(r.Name), Topic: valid(r.Topic), Private: r.Private,
	}
}
