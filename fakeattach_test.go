package oco

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// overAttach is the name of the tests whose bot serves Attach.
const overAttach = "Attach"

// bubble runs a test in a synctest bubble, with a bot that serves Attach and with
// one that does not: what it tests is the same (OCO-ATT-2).
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	for _, name := range []string{"Subscribe", overAttach} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
	}
}

// attaches says whether the bot of a test serves Attach.
func attaches(t *testing.T) bool { return strings.HasSuffix(t.Name(), "/"+overAttach) }

// features are those of the bot. The caller holds mu.
func (b *fakeBot) features() []string {
	if b.attach {
		return []string{"oco.attach"}
	}
	return nil
}

func (b *fakeBot) Attach(stream grpc.BidiStreamingServer[ocov1.AttachRequest, ocov1.AttachResponse]) error {
	if hook := b.onAttach; hook != nil {
		if err := hook(); err != nil {
			return err
		}
	}
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	var sending sync.Mutex
	send := func(res *ocov1.AttachResponse) error {
		sending.Lock()
		defer sending.Unlock()
		return stream.Send(res)
	}
	go func() { // until the stream ends
		for {
			in, err := stream.Recv()
			if err != nil {
				return
			}
			go b.called(stream.Context(), in, send)
		}
	}()
	return b.frames(stream.Context(), first.GetSubscribe(), func(res *ocov1.SubscribeResponse) error {
		return send(&ocov1.AttachResponse{Kind: &ocov1.AttachResponse_Frames{Frames: res}})
	})
}

// called answers one call of an Attach as the call itself.
func (b *fakeBot) called(ctx context.Context, in *ocov1.AttachRequest, send func(*ocov1.AttachResponse) error) {
	b.locked(func() { b.attached++ })
	out := &ocov1.AttachResponse{Call: in.GetCall()}
	var err error
	switch k := in.GetKind().(type) {
	case *ocov1.AttachRequest_Complete:
		var res *ocov1.CompleteResponse
		res, err = b.Complete(ctx, k.Complete)
		out.Kind = &ocov1.AttachResponse_Completed{Completed: res}
	case *ocov1.AttachRequest_Heartbeat:
		var res *ocov1.HeartbeatResponse
		res, err = b.Heartbeat(ctx, k.Heartbeat)
		out.Kind = &ocov1.AttachResponse_Heartbeat{Heartbeat: res}
	case *ocov1.AttachRequest_Publish:
		var res *ocov1.PublishEventsResponse
		res, err = b.PublishEvents(ctx, k.Publish)
		out.Kind = &ocov1.AttachResponse_Published{Published: res}
	case *ocov1.AttachRequest_Answers:
		var res *ocov1.AnswerQueriesResponse
		res, err = b.AnswerQueries(ctx, k.Answers)
		out.Kind = &ocov1.AttachResponse_Answered{Answered: res}
	}
	if err != nil {
		out.Kind, out.Error = nil, status.Convert(err).Proto()
	}
	_ = send(out) // who left does not hear it
}
