package conformance

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const (
	botName     = "oco"
	adapterName = "chat"
	replica     = "chat"
)

func directRoom(user string) string { return "dm-" + user }

// A line is something that was said in a room.
type line struct {
	room, text string
	notice     bool
}

// A chat is a chat service in which only a transcript speaks: an adapter of its own.
type chat struct {
	conn     *grpc.ClientConn
	adapter  ocov1.AdapterServiceClient
	delivery ocov1.DeliveryServiceClient
	account  string
	epoch    uint64

	mu      sync.Mutex
	lines   []line
	people  map[string]bool
	rooms   map[string]bool
	last    map[string]string // by user and room: the message that was said last
	settled map[string]chan struct{}
	number  int
	failed  error
}

// dial makes a connection that carries a key on every call.
func dial(key Key) (*grpc.ClientConn, error) {
	bearer := func(ctx context.Context) context.Context {
		return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key.Key)
	}
	return grpc.NewClient(key.Endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			return invoke(bearer(ctx), method, req, reply, cc, append(opts, grpc.WaitForReady(true))...)
		}),
		grpc.WithStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, stream grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			return stream(bearer(ctx), desc, cc, method, opts...)
		}))
}

// connect connects the chat service with a bot, until ctx ends.
func connect(ctx context.Context, key Key) (*chat, error) {
	conn, err := dial(key)
	if err != nil {
		return nil, err
	}
	c := &chat{
		conn: conn, adapter: ocov1.NewAdapterServiceClient(conn), delivery: ocov1.NewDeliveryServiceClient(conn),
		people: map[string]bool{}, rooms: map[string]bool{}, last: map[string]string{}, settled: map[string]chan struct{}{},
	}
	full := ocov1.CapabilityLevel_CAPABILITY_LEVEL_FULL
	capabilities := &ocov1.Capabilities{Levels: map[string]ocov1.CapabilityLevel{
		"thread": full, "reply": full, "direct": full, "roster": full, "members": full, "edit": full, "delete": full,
	}}
	registered, err := ocov1.NewBotServiceClient(conn).Register(ctx, &ocov1.RegisterRequest{Replica: replica, Manifest: &ocov1.Manifest{Adapter: &ocov1.AdapterInfo{
		Service: adapterName, Account: adapterName, BotUser: &ocov1.User{UserId: botName, Name: botName}, Capabilities: capabilities, WantsSettled: true,
	}}})
	if err != nil {
		return nil, err
	}
	c.account = registered.GetAccountId()
	report, err := c.adapter.ReportStatus(ctx, &ocov1.ReportStatusRequest{AccountId: c.account, Replica: replica, Connected: true, Capabilities: capabilities})
	if err != nil {
		return nil, err
	}
	c.epoch = report.GetEpoch()
	frames, err := c.delivery.Subscribe(ctx, &ocov1.SubscribeRequest{Replica: replica, MaxInFlight: 16})
	if err != nil {
		return nil, err
	}
	if _, err := frames.Recv(); err != nil { // Ready
		return nil, err
	}
	go c.read(ctx, frames)
	return c, nil
}

// say lets somebody say something, or give what they said last there another text,
// and waits until every delivery of it has its outcome.
func (c *chat) say(ctx context.Context, user, room, text string, edit bool) error {
	event, done := c.event(user, room, text, edit)
	resp, err := c.adapter.PublishEvents(ctx, &ocov1.PublishEventsRequest{AccountId: c.account, Epoch: c.epoch, Replica: replica, Events: []*ocov1.Event{event}})
	if err != nil {
		return err
	}
	for _, refused := range resp.GetErrors() {
		return fmt.Errorf("the bot does not take the message: %s", refused.GetError().GetMessage())
	}
	select {
	case <-done:
		return c.broken()
	case <-ctx.Done():
		return fmt.Errorf("after a while %q has no outcome: does the handler complete what it is given?", text)
	}
}

func (c *chat) event(user, room, text string, edit bool) (*ocov1.Event, chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	id := strconv.Itoa(c.number)
	kind, change, message := ocov1.RoomKind_ROOM_KIND_CHANNEL, ocov1.Change_CHANGE_CREATED, "said-"+id
	if strings.HasPrefix(room, "dm-") {
		kind = ocov1.RoomKind_ROOM_KIND_DIRECT
	} else {
		c.rooms[room] = true
	}
	if edit {
		change, message = ocov1.Change_CHANGE_UPDATED, c.last[user+" "+room]
	}
	c.people[user], c.last[user+" "+room] = true, message
	done := make(chan struct{})
	c.settled["event-"+id] = done
	return &ocov1.Event{
		EventId: "event-" + id, AccountId: c.account, OccurTime: timestamppb.New(time.Now()), RoomKind: kind,
		Actor:   &ocov1.User{UserId: user, Name: user, MentionName: user, TimeZone: "Europe/Berlin"},
		Address: &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: room}}},
		Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{Change: change, Message: &ocov1.Message{
			MessageId: message, Content: &ocov1.Content{Text: text},
		}}},
	}, done
}

// take gives what was said since the last time, in order.
func (c *chat) take() []line {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.lines
	c.lines = nil
	return out
}

func (c *chat) broken() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// read takes what the bot asks for. An error of it is one of the suite's bot.
func (c *chat) read(ctx context.Context, frames grpc.ServerStreamingClient[ocov1.SubscribeResponse]) {
	for {
		resp, err := frames.Recv()
		if err == nil {
			for _, f := range resp.GetFrames() {
				err = c.frame(ctx, f)
				if err != nil {
					break
				}
			}
		}
		if err != nil {
			c.fail(ctx, err)
			return
		}
	}
}

func (c *chat) fail(ctx context.Context, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	c.failed = fmt.Errorf("the chat service lost its bot: %w", err)
	for _, done := range c.settled {
		close(done)
	}
	clear(c.settled)
}

func (c *chat) frame(ctx context.Context, f *ocov1.Frame) error {
	switch k := f.GetKind().(type) {
	case *ocov1.Frame_Delivery:
		_, err := c.delivery.Complete(ctx, &ocov1.CompleteRequest{Replica: replica, Completions: []*ocov1.Completion{{
			DeliveryId: k.Delivery.GetDeliveryId(), LeaseId: k.Delivery.GetLeaseId(),
			Kind: &ocov1.Completion_Done{Done: &ocov1.Done{Result: &ocov1.Done_Operation{Operation: c.operate(k.Delivery.GetOperation())}}},
		}}})
		return err
	case *ocov1.Frame_Query:
		_, err := c.adapter.AnswerQueries(ctx, &ocov1.AnswerQueriesRequest{Answers: []*ocov1.QueryAnswer{c.answer(k.Query)}})
		return err
	case *ocov1.Frame_Settled:
		c.mu.Lock()
		defer c.mu.Unlock()
		if done := c.settled[k.Settled.GetEventId()]; done != nil {
			close(done)
			delete(c.settled, k.Settled.GetEventId())
		}
	}
	return nil
}

func (c *chat) operate(o *ocov1.Operation) *ocov1.OperationResult {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	if send := o.GetSend(); send != nil {
		room := send.GetMessage().GetTo().GetRoom()
		name := room.GetRoomId()
		if room.GetUserId() != "" {
			name = directRoom(room.GetUserId())
		}
		c.lines = append(c.lines, line{name, send.GetMessage().GetContent().GetText(), send.GetReason() == ocov1.SendReason_SEND_REASON_NOTICE})
	}
	return &ocov1.OperationResult{State: ocov1.SendState_SEND_STATE_SENT, MessageId: "posted-" + strconv.Itoa(c.number)}
}

func (c *chat) answer(q *ocov1.Query) *ocov1.QueryAnswer {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := &ocov1.QueryAnswer{QueryId: q.GetQueryId()}
	user := func(name string) {
		if c.people[name] {
			a.Users = append(a.Users, &ocov1.User{UserId: name, Name: name, MentionName: name})
		}
	}
	room := func(name string) {
		if c.rooms[name] {
			a.Rooms = append(a.Rooms, &ocov1.Room{RoomId: name, Name: name, Kind: ocov1.RoomKind_ROOM_KIND_CHANNEL})
		}
	}
	switch k := q.GetKind().(type) {
	case *ocov1.Query_User:
		user(max(k.User.GetUserId(), k.User.GetMentionName()))
	case *ocov1.Query_Users, *ocov1.Query_Members:
		for _, name := range sorted(c.people) {
			user(name)
		}
	case *ocov1.Query_Room:
		room(k.Room.GetRoomId())
	case *ocov1.Query_Rooms:
		for _, name := range sorted(c.rooms) {
			room(name)
		}
	}
	return a
}

func sorted(names map[string]bool) []string {
	out := make([]string, 0, len(names))
	for name := range names {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
