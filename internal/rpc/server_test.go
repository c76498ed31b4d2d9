package rpc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/rpc"
)

func TestAPanicEndsOneCall(t *testing.T) {
	w := newWorld(t)
	w.engine.do = func(in delivery.Input) (any, error, bool) {
		if _, ok := in.(delivery.Inspect); ok {
			panic("the secret of the panic")
		}
		return nil, nil, false
	}
	client := ocov1.NewAdminServiceClient(w.dial())
	ctx := bearer(t.Context(), w.key(chat.RoleOperator))
	_, err := client.GetStatus(ctx, &ocov1.GetStatusRequest{})
	if status.Code(err) != codes.Internal || strings.Contains(err.Error(), "secret") {
		t.Fatal(err)
	}
	if !strings.Contains(w.log.String(), "the secret of the panic") || !strings.Contains(w.log.String(), "GetStatus") {
		t.Fatalf("not logged: %s", w.log)
	}
	if _, err := client.ListKeys(ctx, &ocov1.ListKeysRequest{}); err != nil {
		t.Fatalf("afterwards: %v", err)
	}
}

func TestAPanicEndsOneStream(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWorld(t))
		w.engine.do = func(delivery.Input) (any, error, bool) { panic("oops") }
		stream, err := ocov1.NewDeliveryServiceClient(w.dial()).Subscribe(bearer(t.Context(), w.key(chat.RoleHandler)), &ocov1.SubscribeRequest{Replica: "one"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); status.Code(err) != codes.Internal {
			t.Fatal(err)
		}
	})
}

// What is no refusal stands in the log and is not told to the caller (OCO-ERR-7).
func TestWhatFailedIsLoggedAndNotTold(t *testing.T) {
	w := newWorld(t)
	w.engine.do = func(delivery.Input) (any, error, bool) { return nil, errors.New("disk path and all"), true }
	_, err := ocov1.NewAdminServiceClient(w.dial()).GetStatus(bearer(t.Context(), w.key(chat.RoleOperator)), &ocov1.GetStatusRequest{})
	if status.Code(err) != codes.Internal || strings.Contains(err.Error(), "disk") || !strings.Contains(w.log.String(), "disk path and all") {
		t.Fatalf("%v, log: %s", err, w.log)
	}
}

func TestAStreamThatIsNotReadStallsNoOtherCall(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWorld(t))
		stream, err := ocov1.NewDeliveryServiceClient(w.dial()).Subscribe(bearer(t.Context(), w.key(chat.RoleHandler)), &ocov1.SubscribeRequest{Replica: "one", MaxInFlight: 64})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); err != nil { // ready: connected
			t.Fatal(err)
		}
		sink := w.engine.only(t)
		for i := range 64 { // 16 MiB, far beyond any window
			o := offer(fmt.Sprintf("d%d", i))
			o.Payload = append([]byte{0xf2, 0x01, 0x80, 0x80, 0x10}, make([]byte, 256<<10)...) // native
			sink.Take([]delivery.Effect{o})
		}
		admin := ocov1.NewAdminServiceClient(w.dial())
		for range 50 {
			if _, err := admin.ListKeys(bearer(t.Context(), w.key(chat.RoleOperator)), &ocov1.ListKeysRequest{}); err != nil {
				t.Fatal(err)
			}
		}
		got := 0
		for got < 64 {
			res, err := stream.Recv()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range res.Frames {
				if n := len(f.GetDelivery().GetEvent().GetNative()); n != rpc.MaxNative {
					t.Fatalf("native payload of %d bytes", n)
				}
				got++
			}
		}
	})
}

func TestHeadersAreBounded(t *testing.T) {
	w := newWorld(t)
	ctx := metadata.AppendToOutgoingContext(bearer(t.Context(), w.key(chat.RoleOperator)), "x-large", strings.Repeat("x", 20<<10))
	if _, err := ocov1.NewAdminServiceClient(w.dial()).ListKeys(ctx, &ocov1.ListKeysRequest{}); err == nil {
		t.Fatal("20 KiB of headers were taken")
	}
}

func TestAContextFromElsewhereMayNothing(t *testing.T) {
	w := newWorld(t)
	_, err := w.core.SendMessage(t.Context(), &ocov1.SendMessageRequest{
		Id:      &ocov1.SendMessageRequest_RequestId{RequestId: "r"},
		Message: &ocov1.OutgoingMessage{To: &ocov1.Address{}, Content: &ocov1.Content{Text: "x"}},
	})
	wants(t, err, chat.ScopeMissing)
}

func TestACoreNeedsItsParts(t *testing.T) {
	if _, err := rpc.New(rpc.Options{}); err == nil {
		t.Fatal("a core without an engine was made")
	}
}
