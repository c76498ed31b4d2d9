package rpc_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/rpc"
)

// attaches opens an Attach over the wire, by which raw bytes may be sent, and reads
// its first frame.
func (w *world) attaches(role chat.Role) grpc.ClientStream {
	w.t.Helper()
	s := must(w.connect().NewStream(w.ctx(role), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true},
		ocov1.DeliveryService_Attach_FullMethodName, grpc.ForceCodecV2(rpc.RawCodec())))(w.t)
	if err := s.SendMsg(subscribe()); err != nil {
		w.t.Fatal(err)
	}
	if res := received(w.t, s); res.GetFrames().GetFrames()[0].GetReady() == nil || res.Call != 0 {
		w.t.Fatal(res)
	}
	return s
}

func received(t testing.TB, s grpc.ClientStream) *ocov1.AttachResponse {
	t.Helper()
	res := new(ocov1.AttachResponse)
	if err := s.RecvMsg(res); err != nil {
		t.Fatal(err)
	}
	return res
}

// A call that cannot be decoded is refused as it would be by itself, and the stream
// goes on; one without a number cannot be answered (OCO-ATT-5, OCO-SIZ-13).
func TestACallOfAnAttachThatCannotBeDecoded(t *testing.T) {
	w := newWorld(t)
	s := w.attaches(chat.RoleHandler)
	complete := append([]byte{0x0a, 3}, "a\xffb"...)
	broken := func(number uint64) rpc.Frames {
		raw := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), number)
		return protowire.AppendBytes(protowire.AppendTag(raw, 3, protowire.BytesType), complete)
	}
	if err := s.SendMsg(broken(1)); err != nil {
		t.Fatal(err)
	}
	if res := received(t, s); res.Call != 1 || reason(status.ErrorProto(res.Error)) != chat.FieldInvalid || !strings.Contains(res.Error.Message, "UTF-8") {
		t.Errorf("it was answered with %v", res)
	}
	if err := s.SendMsg(beats(2)); err != nil {
		t.Fatal(err)
	}
	if res := received(t, s); res.Call != 2 || res.GetHeartbeat() == nil {
		t.Errorf("the next call was answered with %v", res)
	}
	if err := s.SendMsg(broken(0)); err != nil {
		t.Fatal(err)
	}
	err := s.RecvMsg(new(ocov1.AttachResponse))
	if reason(err) != chat.FieldInvalid || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("without a number it ended with %v", err)
	}
}

// What Attach puts around a call counts: a message of 4 MiB is taken, and a larger
// one ends the stream (OCO-ATT-10, OCO-SIZ-1).
func TestAnAttachTakesMessagesOfFourMiB(t *testing.T) {
	w := newWorld(t)
	s := w.attaches(chat.RoleHandler)
	call := completes(1)
	c := call.GetComplete().Completions[0]
	brimful(t, c, call)
	if err := s.SendMsg(call); err != nil {
		t.Fatal(err)
	}
	if res := received(t, s); res.Call != 1 || res.GetCompleted() == nil {
		t.Errorf("it was answered with %v", res)
	}
	c.LeaseId += "l"
	call.Call = 2
	if err := s.SendMsg(call); err != nil {
		t.Fatal(err)
	}
	if err := s.RecvMsg(new(ocov1.AttachResponse)); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("one byte more: %v", err)
	}
}
