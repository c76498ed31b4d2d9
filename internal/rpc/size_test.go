package rpc_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/rpc"
)

func say(text string) *ocov1.OutgoingMessage {
	return &ocov1.OutgoingMessage{Content: &ocov1.Content{Text: text}}
}

func done(sends ...*ocov1.Send) *ocov1.Completion {
	return &ocov1.Completion{DeliveryId: "d", LeaseId: "l", Sends: sends, Kind: &ocov1.Completion_Done{Done: &ocov1.Done{}}}
}

func reply(key, text string) *ocov1.Send { return &ocov1.Send{Key: key, Message: say(text)} }

// complete sends one completion over the wire and gives what became of it.
func (w *world) complete(c *ocov1.Completion) error {
	w.t.Helper()
	res, err := ocov1.NewDeliveryServiceClient(w.dial()).Complete(bearer(w.t.Context(), w.key(chat.RoleHandler)),
		&ocov1.CompleteRequest{Replica: "one", Completions: []*ocov1.Completion{c}})
	if err != nil {
		return err
	}
	if r := res.Results[0]; r.Verdict == ocov1.Verdict_VERDICT_REFUSED {
		return status.FromProto(r.Error).Err()
	} else if r.Verdict != ocov1.Verdict_VERDICT_COMMITTED || r.DeliveryId != c.DeliveryId {
		w.t.Fatal(r)
	}
	return nil
}

// What is as large as its limit is taken, and one more is refused (OCO-SIZ-3,
// OCO-SIZ-4, OCO-SIZ-5, OCO-SIZ-7, OCO-SIZ-14, OCO-SIZ-16, OCO-SIZ-24).
func TestSizesToTheBrimAndOneMore(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWorld(t))
		w.streams(chat.RoleHandler, "one")
		w.streams(chat.RoleAdapter, "one")
		for name, c := range map[string]struct {
			limit int
			want  chat.Reason
			call  func(n int) error
		}{
			"text": {rpc.MaxText, chat.TooLarge, func(n int) error { return w.complete(done(reply("k", strings.Repeat("x", n)))) }},
			"text of 3-byte": {rpc.MaxText, chat.TooLarge, func(n int) error {
				return w.complete(done(reply("k", strings.Repeat("€", n/3)+strings.Repeat("x", n%3))))
			}},
			"key": {64, chat.FieldInvalid, func(n int) error { return w.complete(done(reply(strings.Repeat("k", n), "x"))) }},
			"sends": {64, chat.TooLarge, func(n int) error {
				c := done()
				for i := range n {
					c.Sends = append(c.Sends, reply(string(rune('a'+i%26))+strings.Repeat("x", i/26), "x"))
				}
				return w.complete(c)
			}},
			"delivery id": {chat.MaxID, chat.FieldInvalid, func(n int) error { c := done(); c.DeliveryId = strings.Repeat("d", n); return w.complete(c) }},
			"held": {4096, chat.TooLarge, func(n int) error {
				req := &ocov1.HeartbeatRequest{Replica: "one", Held: make([]*ocov1.HeldLease, n)}
				for i := range req.Held {
					req.Held[i] = &ocov1.HeldLease{}
				}
				_, err := w.deliveries().Heartbeat(bearer(t.Context(), w.key(chat.RoleHandler)), req)
				return err
			}},
			"user text": {rpc.MaxText, chat.TooLarge, func(n int) error {
				return w.complete(&ocov1.Completion{DeliveryId: "d", Kind: &ocov1.Completion_Fail{Fail: &ocov1.Fail{UserText: strings.Repeat("x", n)}}})
			}},
			"request id": {128, chat.FieldInvalid, func(n int) error {
				m := say("x")
				m.To = &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_Name{Name: "ops"}}}
				_, err := ocov1.NewChatServiceClient(w.dial()).SendMessage(bearer(t.Context(), w.key(chat.RoleOperator)),
					&ocov1.SendMessageRequest{Id: &ocov1.SendMessageRequest_RequestId{RequestId: strings.Repeat("r", n)}, Message: m})
				return err
			}},
			"checkpoint": {rpc.MaxCheckpoint, chat.TooLarge, func(n int) error {
				_, err := ocov1.NewAdapterServiceClient(w.dial()).PublishEvents(bearer(t.Context(), w.key(chat.RoleAdapter)),
					&ocov1.PublishEventsRequest{AccountId: "account:1", Replica: "one", Checkpoint: strings.Repeat("c", n)})
				return err
			}},
			"completions": {rpc.MaxBatchItems, chat.TooLarge, func(n int) error {
				req := &ocov1.CompleteRequest{Replica: "one"}
				for range n {
					req.Completions = append(req.Completions, done())
				}
				_, err := ocov1.NewDeliveryServiceClient(w.dial()).Complete(bearer(t.Context(), w.key(chat.RoleHandler)), req)
				return err
			}},
			"events": {rpc.MaxBatchItems, chat.TooLarge, func(n int) error {
				req := &ocov1.PublishEventsRequest{AccountId: "account:1", Replica: "one"}
				for range n {
					req.Events = append(req.Events, &ocov1.Event{})
				}
				_, err := ocov1.NewAdapterServiceClient(w.dial()).PublishEvents(bearer(t.Context(), w.key(chat.RoleAdapter)), req)
				return err
			}},
			"batch": {rpc.MaxBatch, chat.TooLarge, func(n int) error {
				req := &ocov1.PublishEventsRequest{AccountId: "account:1", Replica: "one", Events: []*ocov1.Event{{}, {}, {}, {}, {}}}
				for left := n - 1000; left > 0; left -= rpc.MaxNative - 100 {
					e := req.Events[left/(rpc.MaxNative-100)]
					e.Native = make([]byte, min(left, rpc.MaxNative-100))
				}
				req.Checkpoint = strings.Repeat("c", 900) // so that its length has two bytes
				req.Checkpoint = strings.Repeat("c", n-proto.Size(req)+900)
				if proto.Size(req) != n {
					t.Fatalf("the test is wrong: %d bytes, want %d", proto.Size(req), n)
				}
				_, err := ocov1.NewAdapterServiceClient(w.dial()).PublishEvents(bearer(t.Context(), w.key(chat.RoleAdapter)), req)
				return err
			}},
		} {
			if err := c.call(c.limit); err != nil {
				t.Errorf("%s of %d: %v", name, c.limit, err)
			}
			if err := c.call(c.limit + 1); reason(err) != c.want {
				t.Errorf("%s of %d: %v, want %s", name, c.limit+1, err, c.want)
			}
		}
	})
}

// One item may be as large as a message; two may not (OCO-SIZ-3).
func TestOneItemMayBeLargerThanABatch(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWorld(t))
		w.streams(chat.RoleHandler, "one")
		w.streams(chat.RoleAdapter, "one")
		c := done()
		for i := range 40 { // 2.5 MiB
			c.Sends = append(c.Sends, reply("k"+strings.Repeat("x", i), strings.Repeat("x", rpc.MaxText)))
		}
		if err := w.complete(c); err != nil {
			t.Fatal(err)
		}
		_, err := ocov1.NewDeliveryServiceClient(w.dial()).Complete(bearer(t.Context(), w.key(chat.RoleHandler)),
			&ocov1.CompleteRequest{Replica: "one", Completions: []*ocov1.Completion{c, done()}})
		wants(t, err, chat.TooLarge)
	})
}

// brimful fills a completion until the message around it is as large as one may be.
func brimful(t *testing.T, c *ocov1.Completion, whole proto.Message) {
	t.Helper()
	for i := range 64 {
		c.Sends = append(c.Sends, reply("k"+strconv.Itoa(i), strings.Repeat("x", rpc.MaxText-100)))
	}
	for left := rpc.MaxMessage - proto.Size(whole); left > 0; left = rpc.MaxMessage - proto.Size(whole) {
		for _, s := range c.Sends {
			more := min(rpc.MaxText-len(s.Message.Content.Text), left)
			s.Message.Content.Text += strings.Repeat("x", more)
			left -= more
		}
	}
	if n := proto.Size(whole); n != rpc.MaxMessage {
		t.Fatalf("the test is wrong: %d bytes", n)
	}
}

// The bot takes a message as large as the protocol allows, and no larger one
// (OCO-SIZ-1, OCO-SIZ-5).
func TestAMessageOfFourMiBIsTaken(t *testing.T) {
	w := newWorld(t)
	c := done()
	brimful(t, c, &ocov1.CompleteRequest{Replica: "one", Completions: []*ocov1.Completion{c}})
	if err := w.complete(c); err != nil {
		t.Fatal(err)
	}
	c.LeaseId += "x"
	if err := w.complete(c); status.Code(err) != codes.ResourceExhausted {
		t.Fatalf("one byte more: %v", err)
	}
}

func TestAMessageOfTenMiBIsRefused(t *testing.T) {
	w := newWorld(t)
	err := w.complete(done(reply("k", strings.Repeat("x", 10<<20))))
	if status.Code(err) != codes.ResourceExhausted || !strings.Contains(err.Error(), "larger than max") {
		t.Fatal(err)
	}
	if err := w.complete(done()); err != nil {
		t.Fatalf("afterwards: %v", err)
	}
}

// What is no UTF-8 is refused, whichever call brings it (OCO-SIZ-13).
func TestTextsThatAreNotUTF8AreRefused(t *testing.T) {
	w := newWorld(t)
	// Raw bytes, because no library encodes such a text.
	raw := append([]byte{0x0a, 3}, "a\xffb"...)
	for _, method := range []string{"DeliveryService/Pull", "DeliveryService/Complete", "BotService/Unregister"} {
		out := new(ocov1.PullResponse)
		err := w.dial().Invoke(bearer(t.Context(), w.key(chat.RoleHandler)), "/openchatops.v1."+method, rpc.Frames(raw), out, grpc.ForceCodecV2(rpc.RawCodec()))
		if method == "BotService/Unregister" { // has no fields: unknown ones are ignored
			if err != nil {
				t.Fatal(err)
			}
			continue
		}
		if reason(err) != chat.FieldInvalid || status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("%s: %v", method, err)
		}
	}
	event := append([]byte{0x1a, 5, 0x0a, 3}, "a\xffb"...) // its event_id
	err := w.dial().Invoke(bearer(t.Context(), w.key(chat.RoleAdapter)), "/openchatops.v1.AdapterService/PublishEvents", rpc.Frames(event), new(ocov1.PublishEventsResponse), grpc.ForceCodecV2(rpc.RawCodec()))
	wants(t, err, chat.FieldInvalid)
	stream, err := w.dial().NewStream(bearer(t.Context(), w.key(chat.RoleHandler)), &grpc.StreamDesc{ServerStreams: true},
		"/openchatops.v1.DeliveryService/Subscribe", grpc.ForceCodecV2(rpc.RawCodec()))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(stream.SendMsg(rpc.Frames(raw)), stream.CloseSend()); err != nil {
		t.Fatal(err)
	}
	wants(t, stream.RecvMsg(new(ocov1.SubscribeResponse)), chat.FieldInvalid)
}

// Each completion of a batch is taken or refused for itself (OCO-ERR-5).
func TestARefusedCompletionHidesNoOther(t *testing.T) {
	w := newWorld(t)
	w.engine.do = func(in delivery.Input) (any, error, bool) {
		c, ok := in.(delivery.Complete)
		if !ok || len(c.Completions) != 2 {
			return nil, nil, false
		}
		return []delivery.Verdict{{Kind: delivery.Committed}, {Kind: delivery.NotTaken, Err: chat.Refuse(chat.LeaseLost, "lost")}}, nil, true
	}
	bad := done(reply("k", ""))
	bad.DeliveryId = "bad"
	lost := done()
	lost.DeliveryId = "lost"
	res, err := w.core.Complete(w.as(chat.RoleHandler), &ocov1.CompleteRequest{Replica: "one", Completions: []*ocov1.Completion{
		bad, done(reply("k", "hi")), {DeliveryId: "none"}, lost,
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []chat.Reason{chat.TextRequired, "", chat.FieldInvalid, chat.LeaseLost} {
		r := res.Results[i]
		if got := reason(status.FromProto(r.Error).Err()); got != want || (r.Verdict == ocov1.Verdict_VERDICT_REFUSED) != (want != "") {
			t.Errorf("completion %d: %v, want %q", i, r, want)
		}
	}
}
