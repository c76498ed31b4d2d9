package attach_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/attach"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type wire = grpc.BidiStreamingServer[ocov1.AttachRequest, ocov1.AttachResponse]

// bot is a bot whose Attach is what a test says.
type bot struct {
	ocov1.UnimplementedDeliveryServiceServer
	serve func(wire) error
}

func (b bot) Attach(s wire) error { return b.serve(s) }

// open runs a bot in a bubble and opens a stream to it.
func open(t *testing.T, ctx context.Context, serve func(wire) error) *attach.Stream {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	ocov1.RegisterDeliveryServiceServer(server, bot{serve: serve})
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	conn, err := grpc.NewClient("passthrough:///bot", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Stop()
		if err := errors.Join(<-served, conn.Close()); err != nil {
			t.Error(err)
		}
	})
	s, err := attach.Open(ctx, ocov1.NewDeliveryServiceClient(conn), &ocov1.SubscribeRequest{Replica: "one"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reads receives until the stream ends and gives its frames and why it ended.
func reads(s *attach.Stream) func() ([]*ocov1.SubscribeResponse, error) {
	type end struct {
		frames []*ocov1.SubscribeResponse
		err    error
	}
	ended := make(chan end, 1)
	go func() {
		var e end
		for {
			frames, err := s.Receive()
			if err != nil {
				e.err = err
				ended <- e
				return
			}
			e.frames = append(e.frames, frames)
		}
	}()
	return func() ([]*ocov1.SubscribeResponse, error) { e := <-ended; return e.frames, e.err }
}

// begin takes the subscribe and sends a first frame.
func begin(s wire) error {
	in, err := s.Recv()
	if err == nil && (in.GetSubscribe().GetReplica() != "one" || in.GetCall() != 0) {
		err = status.Errorf(codes.InvalidArgument, "the first message is %v", in)
	}
	if err != nil {
		return err
	}
	return s.Send(&ocov1.AttachResponse{Kind: &ocov1.AttachResponse_Frames{Frames: &ocov1.SubscribeResponse{}}})
}

// Calls get their own answers, in whatever order these come, and frames come between
// them (OCO-ATT-1, OCO-ATT-3, OCO-ATT-6).
func TestCallsGetTheirOwnAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, t.Context(), func(s wire) error {
			if err := begin(s); err != nil {
				return err
			}
			var calls []*ocov1.AttachRequest
			for last := uint64(0); len(calls) < 4; {
				in, err := s.Recv()
				if err != nil {
					return err
				}
				if in.Call <= last {
					return status.Errorf(codes.InvalidArgument, "call %d after %d", in.Call, last)
				}
				last = in.Call
				calls = append([]*ocov1.AttachRequest{in}, calls...)
			}
			for _, in := range calls { // the last first
				out := &ocov1.AttachResponse{Call: in.Call}
				switch k := in.GetKind().(type) {
				case *ocov1.AttachRequest_Complete:
					out.Kind = &ocov1.AttachResponse_Completed{Completed: &ocov1.CompleteResponse{Results: []*ocov1.CompletionResult{{DeliveryId: k.Complete.Completions[0].DeliveryId}}}}
				case *ocov1.AttachRequest_Heartbeat:
					out.Kind = &ocov1.AttachResponse_Heartbeat{Heartbeat: &ocov1.HeartbeatResponse{LostLeaseIds: []string{k.Heartbeat.Replica}}}
				case *ocov1.AttachRequest_Publish:
					out.Error = status.New(codes.Aborted, "not now").Proto()
				case *ocov1.AttachRequest_Answers:
					out.Kind = &ocov1.AttachResponse_Answered{Answered: &ocov1.AnswerQueriesResponse{}}
				}
				if err := errors.Join(s.Send(out), s.Send(&ocov1.AttachResponse{Kind: &ocov1.AttachResponse_Frames{Frames: &ocov1.SubscribeResponse{}}})); err != nil {
					return err
				}
			}
			return nil
		})
		end := reads(s)
		answered := make(chan string, 4)
		tell := func(what string, err error) {
			if err != nil {
				what = err.Error()
			}
			answered <- what
		}
		go func() {
			res, err := s.Complete(t.Context(), &ocov1.CompleteRequest{Completions: []*ocov1.Completion{{DeliveryId: "d"}}})
			tell("completed "+res.GetResults()[0].GetDeliveryId(), err)
		}()
		go func() {
			res, err := s.Heartbeat(t.Context(), &ocov1.HeartbeatRequest{Replica: "mine"})
			tell("lost "+strings.Join(res.GetLostLeaseIds(), " "), err)
		}()
		go func() {
			_, err := s.PublishEvents(t.Context(), &ocov1.PublishEventsRequest{})
			tell("published", err)
		}()
		go func() {
			_, err := s.AnswerQueries(t.Context(), &ocov1.AnswerQueriesRequest{})
			tell("answered", err)
		}()
		got := map[string]bool{}
		for range 4 {
			got[<-answered] = true
		}
		for _, want := range []string{"completed d", "lost mine", "rpc error: code = Aborted desc = not now", "answered"} {
			if !got[want] {
				t.Errorf("there is no %q in %v", want, got)
			}
		}
		if frames, err := end(); len(frames) != 5 || !errors.Is(err, io.EOF) {
			t.Errorf("%d frames, then %v", len(frames), err)
		}
	})
}

// A call whose stream ends has no answer, whether it was sent before or comes after;
// one that waits too long has its own end, and its late answer disturbs nobody.
func TestCallsWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		more, stop := make(chan struct{}), make(chan struct{})
		s := open(t, t.Context(), func(s wire) error {
			if err := begin(s); err != nil {
				return err
			}
			late, err := s.Recv()
			if err != nil {
				return err
			}
			<-more
			odd, err := s.Recv()
			if err != nil {
				return err
			}
			for _, out := range []*ocov1.AttachResponse{
				{Call: late.Call, Kind: &ocov1.AttachResponse_Heartbeat{Heartbeat: &ocov1.HeartbeatResponse{}}},
				{Call: 99, Kind: &ocov1.AttachResponse_Heartbeat{Heartbeat: &ocov1.HeartbeatResponse{}}},
				{Call: odd.Call, Kind: &ocov1.AttachResponse_Answered{Answered: &ocov1.AnswerQueriesResponse{}}},
			} {
				if err := s.Send(out); err != nil {
					return err
				}
			}
			if _, err := s.Recv(); err != nil {
				return err
			}
			<-stop
			return status.Error(codes.Unavailable, "gone")
		})
		end := reads(s)
		beat := func(ctx context.Context) error {
			_, err := s.Heartbeat(ctx, &ocov1.HeartbeatRequest{})
			return err
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := beat(short); status.Code(err) != codes.DeadlineExceeded {
			t.Errorf("a call that waited too long: %v", err)
		}
		close(more)
		if err := beat(t.Context()); status.Code(err) != codes.Internal {
			t.Errorf("an answer to something else: %v", err)
		}
		sent := make(chan error, 1)
		go func() { sent <- beat(t.Context()) }()
		synctest.Wait()
		close(stop)
		if err := <-sent; !errors.Is(err, attach.ErrGone) {
			t.Errorf("a call under way when the stream ended: %v", err)
		}
		if _, err := end(); status.Code(err) != codes.Unavailable {
			t.Errorf("the stream ended with %v", err)
		}
		if err := beat(t.Context()); !errors.Is(err, attach.ErrGone) {
			t.Errorf("a call after the end: %v", err)
		}
	})
}

// What does not fit into a message with Attach around it is not sent (OCO-ATT-10).
func TestACallThatDoesNotFitIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, t.Context(), func(s wire) error {
			if err := begin(s); err != nil {
				return err
			}
			_, err := s.Recv()
			return err
		})
		end := reads(s)
		big := strings.Repeat("x", 4<<20-32)
		_, complete := s.Complete(t.Context(), &ocov1.CompleteRequest{Completions: []*ocov1.Completion{{DeliveryId: big}}})
		_, publish := s.PublishEvents(t.Context(), &ocov1.PublishEventsRequest{Events: []*ocov1.Event{{EventId: big}}})
		_, answer := s.AnswerQueries(t.Context(), &ocov1.AnswerQueriesRequest{Answers: []*ocov1.QueryAnswer{{QueryId: big}}})
		for what, err := range map[string]error{"complete": complete, "publish": publish, "answers": answer} {
			if !errors.Is(err, attach.ErrGone) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := s.Heartbeat(t.Context(), &ocov1.HeartbeatRequest{}); !errors.Is(err, attach.ErrGone) {
			t.Error(err)
		}
		if frames, err := end(); len(frames) != 1 || !errors.Is(err, io.EOF) {
			t.Errorf("%d frames, then %v", len(frames), err)
		}
	})
}

// A stream that its owner leaves without reading it to the end leaves nothing behind,
// and its calls know.
func TestLeavingAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		s := open(t, ctx, func(s wire) error {
			if err := begin(s); err != nil {
				return err
			}
			<-s.Context().Done()
			return nil
		})
		if _, err := s.Receive(); err != nil {
			t.Fatal(err)
		}
		under := make(chan error, 1)
		go func() { _, err := s.Heartbeat(t.Context(), &ocov1.HeartbeatRequest{}); under <- err }()
		synctest.Wait()
		leave()
		if err := <-under; !errors.Is(err, attach.ErrGone) {
			t.Errorf("a call under way: %v", err)
		}
	})
}

// A bot that does not know Attach says so by the first Receive.
func TestABotWithoutAttach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, t.Context(), func(wire) error { return status.Error(codes.Unimplemented, "what?") })
		if _, err := s.Receive(); status.Code(err) != codes.Unimplemented {
			t.Errorf("it says %v", err)
		}
	})
}
