package oco

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

func TestMain(m *testing.M) {
	runAsPlugin()
	goleak.VerifyTestMain(m)
}

// fakeBot is the bot's side of the wire, as it should be unless a test says
// otherwise by setting one of the hooks before it starts the plugin.
type fakeBot struct {
	ocov1.UnimplementedBotServiceServer
	ocov1.UnimplementedDeliveryServiceServer
	ocov1.UnimplementedChatServiceServer
	ocov1.UnimplementedAdapterServiceServer
	ocov1.UnimplementedAdminServiceServer

	onRegister  func(*ocov1.RegisterRequest) error
	onComplete  func(*ocov1.CompleteRequest) (*ocov1.CompleteResponse, error)
	onHeartbeat func(*ocov1.HeartbeatRequest) (*ocov1.HeartbeatResponse, error)
	onPublish   func(*ocov1.PublishEventsRequest) (*ocov1.PublishEventsResponse, error)
	onReport    func(*ocov1.ReportStatusRequest) (*ocov1.ReportStatusResponse, error)
	onSend      func(*ocov1.SendMessageRequest) (*ocov1.SendMessageResponse, error)
	onOperation func(proto.Message) (*ocov1.OperationStatus, error)
	onLeave     func() error
	onAttach    func() error
	onStream    func() error  // an error ends the stream before its first frame
	mayOpen     chan struct{} // a stream that was asked for begins when this is closed; nil: at once
	grant       uint32
	attach      bool              // serves Attach
	settings    []*ocov1.Argument // answered to every Register

	lis *bufconn.Listener

	mu     sync.Mutex
	silent bool // sends no heartbeat frames
	record
}

// record is what came to the bot.
type record struct {
	dials      int
	keys       map[string]bool // seen
	registers  []*ocov1.RegisterRequest
	completes  []*ocov1.CompleteRequest
	heartbeats []*ocov1.HeartbeatRequest
	publishes  []*ocov1.PublishEventsRequest
	reports    []*ocov1.ReportStatusRequest
	answers    []*ocov1.QueryAnswer
	sends      []*ocov1.SendMessageRequest
	operations []proto.Message // requests of other operations
	final      map[string]bool
	streams    []*fakeStream
	attached   int // calls that came by an Attach
}

type fakeStream struct {
	frames chan []*ocov1.Frame
	stop   chan error
	ended  atomic.Bool
}

// refusal is an error with a reason of the closed table.
func refusal(code codes.Code, reason string) error {
	s, err := status.New(code, "says the fake bot: "+reason).WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: "openchatops.org"})
	if err != nil {
		panic(err)
	}
	return s.Err()
}

func newFakeBot(t *testing.T) *fakeBot {
	t.Helper()
	b := &fakeBot{lis: bufconn.Listen(1 << 20), attach: attaches(t), record: record{keys: map[string]bool{}, final: map[string]bool{}}}
	srv := grpc.NewServer()
	ocov1.RegisterBotServiceServer(srv, b)
	ocov1.RegisterDeliveryServiceServer(srv, b)
	ocov1.RegisterChatServiceServer(srv, b)
	ocov1.RegisterAdapterServiceServer(srv, b)
	ocov1.RegisterAdminServiceServer(srv, b)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(b.lis) }()
	t.Cleanup(func() {
		srv.Stop()
		if err := <-served; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			t.Errorf("fake bot: %v", err)
		}
	})
	return b
}

func (b *fakeBot) dial(ctx context.Context) (net.Conn, error) {
	b.mu.Lock()
	b.dials++
	b.mu.Unlock()
	return b.lis.DialContext(ctx)
}

func (b *fakeBot) options() Options {
	return Options{Endpoint: "fake", Key: "oco_test", Dialer: b.dial, Log: slog.New(slog.DiscardHandler), Replica: "replica-1"}
}

// running is a plugin that Run runs.
type running struct {
	stop context.CancelFunc
	done chan error
}

// run starts plugins and waits until nothing moves any more.
func (b *fakeBot) run(t *testing.T, plugins ...Plugin) *running {
	t.Helper()
	return b.runWith(t, b.options(), plugins...)
}

func (b *fakeBot) runWith(t *testing.T, o Options, plugins ...Plugin) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- Run(ctx, o, plugins...) }()
	synctest.Wait()
	return r
}

// end stops the plugin and checks that it ends well.
func (r *running) end(t *testing.T) {
	t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func (b *fakeBot) Register(ctx context.Context, req *ocov1.RegisterRequest) (*ocov1.RegisterResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.registers = append(b.registers, req)
	b.keys[strings.Join(md.Get("authorization"), ",")] = true
	if b.onRegister != nil {
		if err := b.onRegister(req); err != nil {
			return nil, err
		}
	}
	if len(req.GetSettingsProblems()) > 0 {
		return nil, refusal(codes.FailedPrecondition, "SETTINGS_INVALID")
	}
	resp := &ocov1.RegisterResponse{PluginId: "test", AccountId: "account:1", Settings: b.settings, Bot: &ocov1.GetBotInfoResponse{Features: b.features()}}
	for _, r := range req.GetManifest().GetRoutes() {
		result := &ocov1.RouteResult{Route: r.GetName(), DefinitionId: fmt.Sprint("of registration ", len(b.registers))}
		if result.Route == "" {
			words, _, _ := strings.Cut(r.GetCommand().GetPattern(), "{")
			result.Route = strings.TrimSpace(words)
		}
		if strings.Contains(r.GetCommand().GetPattern(), "BAD") {
			result.Error = status.New(codes.InvalidArgument, "bad pattern").Proto()
		}
		resp.Routes = append(resp.Routes, result)
	}
	return resp, nil
}

func (b *fakeBot) Subscribe(req *ocov1.SubscribeRequest, out grpc.ServerStreamingServer[ocov1.SubscribeResponse]) error {
	return b.frames(out.Context(), req, out.Send)
}

func (b *fakeBot) frames(ctx context.Context, req *ocov1.SubscribeRequest, out func(*ocov1.SubscribeResponse) error) error {
	s := &fakeStream{frames: make(chan []*ocov1.Frame, 1000), stop: make(chan error, 1)}
	b.mu.Lock()
	b.streams = append(b.streams, s)
	grant := b.grant
	b.mu.Unlock()
	defer s.ended.Store(true)
	if grant == 0 {
		grant = req.GetMaxInFlight()
	}
	send := func(frames ...*ocov1.Frame) error {
		return out(&ocov1.SubscribeResponse{Frames: frames})
	}
	if b.mayOpen != nil {
		<-b.mayOpen
	}
	if hook := b.onStream; hook != nil {
		if err := hook(); err != nil {
			return err
		}
	}
	ready := &ocov1.Ready{MaxInFlight: grant, HeartbeatInterval: durationpb.New(10 * time.Second)}
	if err := send(&ocov1.Frame{Kind: &ocov1.Frame_Ready{Ready: ready}}); err != nil {
		return err
	}
	beat := time.NewTicker(10 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-s.stop:
			return err
		case frames := <-s.frames:
			if err := send(frames...); err != nil {
				return err
			}
		case <-beat.C:
			b.mu.Lock()
			silent := b.silent
			b.mu.Unlock()
			if silent {
				continue
			}
			if err := send(&ocov1.Frame{Kind: &ocov1.Frame_Heartbeat{Heartbeat: &ocov1.BotHeartbeat{}}}); err != nil {
				return err
			}
		}
	}
}

func (b *fakeBot) Leave(context.Context, *ocov1.LeaveRequest) (*ocov1.LeaveResponse, error) {
	if b.onLeave == nil {
		return nil, status.Error(codes.Unimplemented, "the fake bot serves no Leave")
	}
	if err := b.onLeave(); err != nil {
		return nil, err
	}
	return &ocov1.LeaveResponse{}, nil
}

// push sends one frame of the stream that was opened last.
func (b *fakeBot) push(t *testing.T, frames ...*ocov1.Frame) {
	t.Helper()
	b.mu.Lock()
	if len(b.streams) == 0 {
		b.mu.Unlock()
		t.Fatal("the plugin has no stream")
	}
	s := b.streams[len(b.streams)-1]
	b.mu.Unlock()
	s.frames <- frames
	synctest.Wait()
}

func (b *fakeBot) Complete(_ context.Context, req *ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
	b.mu.Lock()
	b.completes = append(b.completes, req)
	hook := b.onComplete
	b.mu.Unlock()
	if hook != nil {
		if resp, err := hook(req); resp != nil || err != nil {
			return resp, err
		}
	}
	return &ocov1.CompleteResponse{Results: b.commit(req.GetCompletions())}, nil
}

func (b *fakeBot) commit(in []*ocov1.Completion) []*ocov1.CompletionResult {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []*ocov1.CompletionResult
	for _, c := range in {
		v := ocov1.Verdict_VERDICT_COMMITTED
		if b.final[c.GetDeliveryId()] {
			v = ocov1.Verdict_VERDICT_DUPLICATE
		}
		b.final[c.GetDeliveryId()] = b.final[c.GetDeliveryId()] || final(c) && c.GetRelease() == nil
		out = append(out, &ocov1.CompletionResult{DeliveryId: c.GetDeliveryId(), Verdict: v})
	}
	return out
}

func (b *fakeBot) Heartbeat(_ context.Context, req *ocov1.HeartbeatRequest) (*ocov1.HeartbeatResponse, error) {
	b.mu.Lock()
	b.heartbeats = append(b.heartbeats, req)
	hook := b.onHeartbeat
	b.mu.Unlock()
	if hook != nil {
		return hook(req)
	}
	return &ocov1.HeartbeatResponse{Next: durationpb.New(10 * time.Second)}, nil
}

func (b *fakeBot) SendMessage(_ context.Context, req *ocov1.SendMessageRequest) (*ocov1.SendMessageResponse, error) {
	b.mu.Lock()
	b.sends = append(b.sends, req)
	hook := b.onSend
	b.mu.Unlock()
	if hook != nil {
		return hook(req)
	}
	return &ocov1.SendMessageResponse{MessageId: "m", State: ocov1.SendState_SEND_STATE_SENT}, nil
}

func (b *fakeBot) ReportStatus(_ context.Context, req *ocov1.ReportStatusRequest) (*ocov1.ReportStatusResponse, error) {
	b.mu.Lock()
	b.reports = append(b.reports, req)
	hook := b.onReport
	b.mu.Unlock()
	if hook != nil {
		return hook(req)
	}
	return &ocov1.ReportStatusResponse{Epoch: 7, ResumeCheckpoint: "resume", Active: true}, nil
}

func (b *fakeBot) PublishEvents(_ context.Context, req *ocov1.PublishEventsRequest) (*ocov1.PublishEventsResponse, error) {
	b.mu.Lock()
	b.publishes = append(b.publishes, req)
	hook := b.onPublish
	b.mu.Unlock()
	if hook != nil {
		if resp, err := hook(req); resp != nil || err != nil {
			return resp, err
		}
	}
	return &ocov1.PublishEventsResponse{
		Admitted: uint32(len(req.GetEvents())), Checkpoint: req.GetCheckpoint(), Results: b.commit(req.GetCompletions()),
	}, nil
}

func (b *fakeBot) AnswerQueries(_ context.Context, req *ocov1.AnswerQueriesRequest) (*ocov1.AnswerQueriesResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers = append(b.answers, req.GetAnswers()...)
	return &ocov1.AnswerQueriesResponse{}, nil
}

// seen returns what came until now.
func (b *fakeBot) seen() record {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.record
	r.keys, r.final = maps.Clone(b.keys), maps.Clone(b.final)
	return r
}

// completions returns every completion that came, in order, those that rode
// with a publish after the others.
func (b *fakeBot) completions() []*ocov1.Completion {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []*ocov1.Completion
	for _, r := range b.completes {
		out = append(out, r.GetCompletions()...)
	}
	for _, r := range b.publishes {
		out = append(out, r.GetCompletions()...)
	}
	return out
}

func (b *fakeBot) locked(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// said is a delivery of a message to a route.
func said(id, route, text string, args ...*ocov1.Argument) *ocov1.Delivery {
	return &ocov1.Delivery{
		DeliveryId: id, LeaseId: "lease-" + id, Attempt: 1, Route: route,
		RunPolicy: ocov1.RunPolicy_RUN_POLICY_ONCE,
		Match:     &ocov1.Match{Text: text, Addressed: true, Arguments: args},
		Payload: &ocov1.Delivery_Event{Event: &ocov1.Event{
			EventId: "event-" + id, AccountId: "account:1", RoomKind: ocov1.RoomKind_ROOM_KIND_CHANNEL,
			Address: &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "room-ops"}}},
			Actor:   &ocov1.User{UserId: "user-alice", Name: "Alice"},
			Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{
				Change:  ocov1.Change_CHANGE_CREATED,
				Message: &ocov1.Message{MessageId: "msg-" + id, Content: &ocov1.Content{Text: "oco: " + text}},
			}},
		}},
	}
}

func textArg(name, value string) *ocov1.Argument {
	return &ocov1.Argument{Name: name, Raw: value, Value: &ocov1.Argument_Text{Text: value}}
}

func frame(d *ocov1.Delivery) *ocov1.Frame {
	return &ocov1.Frame{Kind: &ocov1.Frame_Delivery{Delivery: d}}
}
