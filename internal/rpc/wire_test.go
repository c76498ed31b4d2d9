package rpc

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/engine"
)

func drawOffer(t *rapid.T) delivery.Offer {
	text := rapid.StringMatching(`[ -~äß]{0,40}`)
	match := &ocov1.Match{Text: text.Draw(t, "text"), Addressed: rapid.Bool().Draw(t, "addressed")}
	event := &ocov1.Event{EventId: text.Draw(t, "event"), Native: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "native")}
	rawMatch, err := proto.Marshal(match)
	if err != nil {
		t.Fatal(err)
	}
	rawEvent, err := proto.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return delivery.Offer{
		Lease:   delivery.Lease{Delivery: text.Draw(t, "delivery"), ID: text.Draw(t, "lease")},
		Attempt: rapid.IntRange(0, 1<<20).Draw(t, "attempt"), Route: text.Draw(t, "route"), Definition: text.Draw(t, "definition"),
		RunPolicy: chat.RunPolicy(rapid.IntRange(0, 2).Draw(t, "policy")),
		MaxRun:    time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "max_run")),
		Trace:     text.Draw(t, "trace"), Match: rawMatch, Payload: rawEvent,
	}
}

// byHand is the same frame by the generated code.
func byHand(t *rapid.T, o delivery.Offer) *ocov1.Frame {
	match, event := new(ocov1.Match), new(ocov1.Event)
	if err := proto.Unmarshal(o.Match, match); err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(o.Payload, event); err != nil {
		t.Fatal(err)
	}
	d := &ocov1.Delivery{
		DeliveryId: o.Lease.Delivery, LeaseId: o.Lease.ID, Attempt: uint32(o.Attempt), Route: o.Route, DefinitionId: o.Definition, Match: match,
		RunPolicy: ocov1.RunPolicy(o.RunPolicy), Traceparent: o.Trace, Payload: &ocov1.Delivery_Event{Event: event},
	}
	if o.MaxRun > 0 {
		d.MaxRun = durationpb.New(o.MaxRun)
	}
	return &ocov1.Frame{Kind: &ocov1.Frame_Delivery{Delivery: d}}
}

func TestFramesByHandAreThoseOfTheSchema(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offers := rapid.SliceOfN(rapid.Custom(drawOffer), 0, 5).Draw(t, "offers")
		var batch Frames
		want := new(ocov1.SubscribeResponse)
		for _, o := range offers {
			frame := new(offerEncoder).encode(o)
			before := len(batch)
			batch = appendFrame(batch, frame)
			if len(batch)-before != frameSize(frame) {
				t.Fatalf("a frame takes %d bytes, not %d", len(batch)-before, frameSize(frame))
			}
			want.Frames = append(want.Frames, byHand(t, o))
		}
		encoded, err := newCodec().Marshal(batch)
		if err != nil {
			t.Fatal(err)
		}
		got := new(ocov1.SubscribeResponse)
		if err := newCodec().Unmarshal(encoded, got); err != nil || !proto.Equal(got, want) {
			t.Fatalf("%v\n got %v\nwant %v", err, got, want)
		}
		plain, err := encoding.GetCodecV2("proto").Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		mine, err := newCodec().Marshal(want)
		if err != nil || string(mine.Materialize()) != string(plain.Materialize()) {
			t.Fatalf("messages are not encoded as ever: %v", err)
		}
	})
}

// Frames over Attach are those of Subscribe, with what the schema puts around them.
func TestFramesOfAnAttachAreThoseOfTheSchema(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var batch Frames
		want := &ocov1.SubscribeResponse{}
		for _, o := range rapid.SliceOfN(rapid.Custom(drawOffer), 0, 5).Draw(t, "offers") {
			batch = appendFrame(batch, new(offerEncoder).encode(o))
			want.Frames = append(want.Frames, byHand(t, o))
		}
		encoded, err := newCodec().Marshal(attachedFrames(batch))
		if err != nil {
			t.Fatal(err)
		}
		got := new(ocov1.AttachResponse)
		if err := newCodec().Unmarshal(encoded, got); err != nil || got.Call != 0 || got.Error != nil || !proto.Equal(got.GetFrames(), want) {
			t.Fatalf("%v\n got %v\nwant %v", err, got, want)
		}
	})
}

func TestTheCodecRefusesWhatIsNoMessage(t *testing.T) {
	if _, err := newCodec().Marshal("text"); err == nil {
		t.Fatal("a text was encoded")
	}
	if err := newCodec().Unmarshal(mem.BufferSlice{}, new(int)); err == nil {
		t.Fatal("a number was decoded")
	}
	if newCodec().Name() != "proto" {
		t.Fatal(newCodec().Name())
	}
}

// A batch of frames has at most 64 of them, and 1 MiB unless it holds one
// (OCO-SIZ-2).
func TestBatchesKeepToTheirLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 100), rapid.IntRange(0, 2*MaxBatch)), 0, 150).Draw(t, "sizes")
		p := &packer{core: &Core{}}
		for i, size := range sizes {
			p.waiting = append(p.waiting, delivery.Offer{Lease: delivery.Lease{Delivery: strconv.Itoa(i)}, Payload: make([]byte, size)})
		}
		at := 0
		for {
			batch, packed, err := p.next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(packed) == 0 {
				break
			}
			if len(packed) > MaxBatchItems || len(packed) > 1 && len(batch) > MaxBatch {
				t.Fatalf("a batch of %d frames has %d bytes", len(packed), len(batch))
			}
			for _, f := range packed {
				if f.(delivery.Offer).Lease.Delivery != strconv.Itoa(at) {
					t.Fatalf("%v came as number %d", f, at)
				}
				at++
			}
		}
		if at != len(sizes) {
			t.Fatalf("%d of %d frames were packed", at, len(sizes))
		}
	})
}

// A batch may be exactly as large as its limit (OCO-SIZ-2, OCO-SIZ-5).
func TestABatchIsFilledToTheBrim(t *testing.T) {
	one := delivery.Offer{Payload: make([]byte, 1000)}
	overhead := frameSize(new(offerEncoder).encode(one)) - 1000
	rest := MaxBatch - frameSize(new(offerEncoder).encode(one))
	for extra, want := range map[int]int{0: 2, 1: 1} {
		// The length of a length grows by two bytes in each of three places.
		two := delivery.Offer{Payload: make([]byte, rest-overhead-3+extra)}
		if size := frameSize(new(offerEncoder).encode(two)); size != rest+extra {
			t.Fatalf("the test is wrong: %d, want %d", size, rest+extra)
		}
		p := &packer{core: &Core{}, waiting: []any{one, two}}
		if _, packed, err := p.next(t.Context()); err != nil || len(packed) != want {
			t.Errorf("%d bytes more: %d frames in the batch, %v", extra, len(packed), err)
		}
	}
}

// reasons reads the reasons from the source of internal/chat.
func reasons(t *testing.T) []chat.Reason {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../chat/error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []chat.Reason
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != "Reason" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, chat.Reason(text))
		return true
	})
	if len(all) < 30 {
		t.Fatalf("only %d reasons found", len(all))
	}
	return all
}

func TestEveryReasonHasACode(t *testing.T) {
	all := reasons(t)
	for _, r := range all {
		code, ok := reasonCodes[r]
		s := Status(fmt.Errorf("wrapped: %w", chat.Refuse(r, "why").With("field", "x")))
		if !ok || s.Code() != code || s.Message() != "why" {
			t.Errorf("%s: %v", r, s)
			continue
		}
		info := s.Details()[0].(*errdetails.ErrorInfo)
		if info.Reason != string(r) || info.Domain != Domain || info.Metadata["field"] != "x" {
			t.Errorf("%s: %v", r, info)
		}
	}
	if len(all) != len(reasonCodes) {
		t.Errorf("%d reasons, %d codes", len(all), len(reasonCodes))
	}
}

// The text of what is no refusal does not leave the bot (OCO-ERR-7).
func TestWhatIsNoRefusalIsInternalAndSilent(t *testing.T) {
	for _, c := range []struct {
		err  error
		want codes.Code
	}{
		{errors.New("secret"), codes.Internal}, {fmt.Errorf("secret: %w", errors.ErrUnsupported), codes.Internal},
		{status.Error(codes.Unknown, "secret"), codes.Internal}, {engine.ErrStopped, codes.Unavailable},
		{context.Canceled, codes.Canceled}, {fmt.Errorf("secret: %w", context.DeadlineExceeded), codes.DeadlineExceeded},
		{chat.Refuse("NEW", "?"), codes.Internal}, {nil, codes.OK},
	} {
		if s := Status(c.err); s.Code() != c.want || strings.Contains(s.Message(), "secret") {
			t.Errorf("%v: %v", c.err, s)
		}
	}
}

func TestNumbersAreThoseOfTheWire(t *testing.T) {
	check := func(e protoreflect.EnumDescriptor, prefix string, name func(uint8) string) {
		for i := range e.Values().Len() {
			v := e.Values().Get(i)
			want := strings.ToLower(strings.TrimPrefix(string(v.Name()), prefix))
			if v.Number() != 0 && name(uint8(v.Number())) != want {
				t.Errorf("%s is %q in internal/chat", v.Name(), name(uint8(v.Number())))
			}
		}
		if got := name(uint8(e.Values().Len())); got != "invalid" {
			t.Errorf("%s lacks %s", e.FullName(), got)
		}
	}
	check(ocov1.Outcome(0).Descriptor(), "OUTCOME_", func(n uint8) string { return chat.Outcome(n).String() })
	check(ocov1.SendState(0).Descriptor(), "SEND_STATE_", func(n uint8) string { return chat.SendState(n).String() })
	check(ocov1.Role(0).Descriptor(), "ROLE_", func(n uint8) string { return chat.Role(n).String() })
	check(ocov1.DeliveryState(0).Descriptor(), "DELIVERY_STATE_", func(n uint8) string { return chat.State(n).String() })
	for name, pair := range map[string][2]int32{
		"once": {int32(chat.Once), int32(ocov1.RunPolicy_RUN_POLICY_ONCE)}, "repeatable": {int32(chat.Repeatable), int32(ocov1.RunPolicy_RUN_POLICY_REPEATABLE)},
		"user": {int32(chat.OrderUser), int32(ocov1.Order_ORDER_USER)}, "room": {int32(chat.OrderRoom), int32(ocov1.Order_ORDER_ROOM)},
		"route": {int32(chat.OrderRoute), int32(ocov1.Order_ORDER_ROUTE)}, "none": {int32(chat.OrderNone), int32(ocov1.Order_ORDER_NONE)},
		"person":    {int32(chat.NoticePerson), int32(ocov1.Notice_NOTICE_PERSON)},
		"operators": {int32(chat.NoticeOperators), int32(ocov1.Notice_NOTICE_OPERATORS)},
		"no notice": {int32(chat.NoticeNone), int32(ocov1.Notice_NOTICE_NONE)},
		"handler":   {int32(chat.ForHandler), int32(ocov1.SendReason_SEND_REASON_HANDLER)},
		"notice":    {int32(chat.ForNotice), int32(ocov1.SendReason_SEND_REASON_NOTICE)},
		"bot":       {int32(chat.ForBot), int32(ocov1.SendReason_SEND_REASON_BOT)},
		"client":    {int32(chat.ForClient), int32(ocov1.SendReason_SEND_REASON_CLIENT)},
		"channel":   {int32(chat.Channel), int32(ocov1.RoomKind_ROOM_KIND_CHANNEL)}, "direct": {int32(chat.Direct), int32(ocov1.RoomKind_ROOM_KIND_DIRECT)},
		"multi":     {int32(chat.MultiDirect), int32(ocov1.RoomKind_ROOM_KIND_MULTI_DIRECT)},
		"committed": {int32(delivery.Committed), int32(ocov1.Verdict_VERDICT_COMMITTED)}, "duplicate": {int32(delivery.Duplicate), int32(ocov1.Verdict_VERDICT_DUPLICATE)},
		"resolved": {int32(delivery.Resolved), int32(ocov1.Verdict_VERDICT_RESOLVED)}, "not taken": {int32(delivery.NotTaken), int32(ocov1.Verdict_VERDICT_REFUSED)},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %d here, %d on the wire", name, pair[0], pair[1])
		}
	}
}
