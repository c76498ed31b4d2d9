package rpc_test

import (
	"context"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/rpc"
)

// overBoth runs a test over Subscribe with calls beside it, and over Attach: the
// verdicts are the same (OCO-ATT-2).
func overBoth(t *testing.T, test func(t *testing.T, over func(*world) *world)) {
	for name, attach := range map[string]bool{"Subscribe": false, "Attach": true} {
		t.Run(name, func(t *testing.T) {
			test(t, func(w *world) *world { w.attach = attach; return w })
		})
	}
}

// stream runs a stream of the Core to its end, by the binding of the world.
func (w *world) stream(ctx context.Context, req *ocov1.SubscribeRequest, send func(rpc.Frames) error) error {
	if !w.attach {
		return w.core.Subscribe(ctx, req, send)
	}
	over, end := context.WithCancel(ctx)
	defer end()
	first := true
	receive := func(in *ocov1.AttachRequest) error {
		if first {
			first = false
			in.Kind = &ocov1.AttachRequest_Subscribe{Subscribe: req}
			return nil
		}
		<-over.Done()
		return over.Err()
	}
	return w.core.Attach(ctx, receive, func(m any) error {
		res := w.decoded(m)
		if res.GetFrames() == nil || res.Call != 0 || res.Error != nil {
			w.t.Errorf("no call was made, and came: %v", res)
		}
		raw, err := proto.Marshal(res.GetFrames())
		if err != nil {
			return err
		}
		return send(raw)
	})
}

// decoded is what a caller of Attach gets of what the Core sends.
func (w *world) decoded(m any) *ocov1.AttachResponse {
	raw, err := rpc.RawCodec().Marshal(m)
	if err != nil {
		w.t.Error(err)
	}
	res := new(ocov1.AttachResponse)
	if err := rpc.RawCodec().Unmarshal(raw, res); err != nil {
		w.t.Error(err)
	}
	return res
}

// attaching is a connection of clients that know Subscribe and calls only: where
// one has a stream, it and the calls of its replica go over an Attach.
type attaching struct {
	*grpc.ClientConn
	mu    sync.Mutex
	lines map[string]*line // by key and replica
}

// A line is one Attach that looks like a Subscribe.
type line struct {
	grpc.ClientStream
	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan *ocov1.AttachResponse
	frames  chan *ocov1.SubscribeResponse
	ended   chan struct{}
	err     error
}

func lineOf(ctx context.Context, replica string) string {
	md, _ := metadata.FromOutgoingContext(ctx)
	return md.Get("authorization")[0] + " " + replica
}

func (a *attaching) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if method != ocov1.DeliveryService_Subscribe_FullMethodName {
		return a.ClientConn.NewStream(ctx, desc, method, opts...)
	}
	s, err := a.ClientConn.NewStream(ctx, &ocov1.DeliveryService_ServiceDesc.Streams[1], ocov1.DeliveryService_Attach_FullMethodName, opts...)
	if err != nil {
		return nil, err
	}
	return &subscriber{a, ctx, &line{ClientStream: s, waiting: map[uint64]chan *ocov1.AttachResponse{}, frames: make(chan *ocov1.SubscribeResponse, 1000), ended: make(chan struct{})}}, nil
}

// subscriber is a line as the generated client of Subscribe sees it.
type subscriber struct {
	a   *attaching
	ctx context.Context
	*line
}

func (s *subscriber) SendMsg(m any) error {
	req, ok := m.(*ocov1.SubscribeRequest)
	if !ok {
		return s.ClientStream.SendMsg(m) // raw bytes, of a test that knows what it does
	}
	if err := s.ClientStream.SendMsg(&ocov1.AttachRequest{Kind: &ocov1.AttachRequest_Subscribe{Subscribe: req}}); err != nil {
		return err
	}
	s.a.mu.Lock()
	s.a.lines[lineOf(s.ctx, req.GetReplica())] = s.line
	s.a.mu.Unlock()
	go s.read()
	return nil
}

func (s *subscriber) CloseSend() error { return nil } // it would be the end

func (s *subscriber) RecvMsg(m any) error {
	select {
	case frames := <-s.frames:
		proto.Merge(m.(*ocov1.SubscribeResponse), frames)
		return nil
	case <-s.ended:
	}
	select {
	case frames := <-s.frames:
		proto.Merge(m.(*ocov1.SubscribeResponse), frames)
		return nil
	default:
		return s.err
	}
}

func (l *line) read() {
	defer close(l.ended)
	for {
		res := new(ocov1.AttachResponse)
		if l.err = l.ClientStream.RecvMsg(res); l.err != nil {
			return
		}
		if frames := res.GetFrames(); frames != nil {
			l.frames <- frames
			continue
		}
		l.mu.Lock()
		l.waiting[res.Call] <- res
		l.mu.Unlock()
	}
}

// ask makes a call. It reports false if the stream has ended.
func (l *line) ask(req *ocov1.AttachRequest) (*ocov1.AttachResponse, bool) {
	answer := make(chan *ocov1.AttachResponse, 1)
	l.mu.Lock()
	l.last++
	req.Call = l.last
	l.waiting[l.last] = answer
	err := l.ClientStream.SendMsg(req)
	l.mu.Unlock()
	if err != nil {
		return nil, false
	}
	select {
	case res := <-answer:
		return res, true
	case <-l.ended:
		return nil, false
	}
}

func (a *attaching) Invoke(ctx context.Context, method string, in, out any, opts ...grpc.CallOption) error {
	call := new(ocov1.AttachRequest)
	replica := ""
	switch in := in.(type) {
	case *ocov1.CompleteRequest:
		call.Kind, replica = &ocov1.AttachRequest_Complete{Complete: in}, in.GetReplica()
	case *ocov1.HeartbeatRequest:
		call.Kind, replica = &ocov1.AttachRequest_Heartbeat{Heartbeat: in}, in.GetReplica()
	case *ocov1.PublishEventsRequest:
		call.Kind, replica = &ocov1.AttachRequest_Publish{Publish: in}, in.GetReplica()
	default:
		return a.ClientConn.Invoke(ctx, method, in, out, opts...)
	}
	a.mu.Lock()
	l := a.lines[lineOf(ctx, replica)]
	a.mu.Unlock()
	if l != nil {
		if res, answered := l.ask(call); answered {
			return take(res, out)
		}
	}
	return a.ClientConn.Invoke(ctx, method, in, out, opts...)
}

// take is what the caller of a call gets of an answer.
func take(res *ocov1.AttachResponse, out any) error {
	if res.Error != nil {
		return status.ErrorProto(res.Error)
	}
	switch out := out.(type) {
	case *ocov1.CompleteResponse:
		proto.Merge(out, res.GetCompleted())
	case *ocov1.HeartbeatResponse:
		proto.Merge(out, res.GetHeartbeat())
	case *ocov1.PublishEventsResponse:
		proto.Merge(out, res.GetPublished())
	}
	return nil
}
