package oco

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// What this library does not know yet is failed and not left to the end of its
// lease (OCO-LIF-20).
func TestAPayloadOfAnUnknownKindFails(t *testing.T) {
	nothing := said("d1", "do", "do it")
	nothing.Payload = nil
	unheard := said("d1", "do", "do it")
	unheard.GetEvent().Kind = nil
	operation := &ocov1.Delivery{DeliveryId: "d1", LeaseId: "lease-d1", Payload: &ocov1.Delivery_Operation{Operation: &ocov1.Operation{}}}
	for name, c := range map[string]struct {
		plugin Plugin
		sent   *ocov1.Delivery
	}{
		"no payload":             {handlerWith(func(context.Context, *Message) error { t.Error("called"); return nil }), nothing},
		"an event of a new kind": {handlerWith(func(context.Context, *Message) error { t.Error("called"); return nil }), unheard},
		"a handler's operation":  {handlerWith(func(context.Context, *Message) error { t.Error("called"); return nil }), operation},
		"a new operation":        {NewAdapter("chat", "test", &testAdapter{}), operation},
		"an adapter's event":     {NewAdapter("chat", "test", &testAdapter{}), said("d1", "do", "do it")},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newFakeBot(t)
				p := b.run(t, c.plugin)
				b.push(t, frame(proto.Clone(c.sent).(*ocov1.Delivery)))
				later(time.Second)
				if got := b.completions(); len(got) != 1 || got[0].GetFail() == nil {
					t.Errorf("completions: %v", got)
				}
				p.end(t)
			})
		})
	}
}

// The library looks at the route that the bot named and not at the text
// (OCO-RTE-1).
func TestTheBotDecidesWhichRouteRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var ran []string
		h := NewHandler("test")
		for _, word := range []string{"first", "second"} {
			h.Command(word, "Say which it is.", func(context.Context, *Message) error { ran = append(ran, word); return nil })
		}
		p := b.run(t, h)
		b.push(t, frame(said("d1", "second", "first")))
		if strings.Join(ran, " ") != "second" {
			t.Errorf("the routes %q ran", ran)
		}
		p.end(t)
	})
}

// A client takes a message as large as the protocol allows (OCO-SIZ-1).
func TestAMessageOfFourMiBIsTaken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		size := 0
		p := b.run(t, handlerWith(func(_ context.Context, m *Message) error { size = len(m.Native()); return nil }))
		d := said("d1", "do", "do it")
		whole := func() int {
			frames := &ocov1.SubscribeResponse{Frames: []*ocov1.Frame{frame(d)}}
			if attaches(t) {
				return proto.Size(&ocov1.AttachResponse{Kind: &ocov1.AttachResponse_Frames{Frames: frames}})
			}
			return proto.Size(frames)
		}
		d.GetEvent().Native = make([]byte, 4<<20-1000)
		d.GetEvent().Native = make([]byte, 4<<20-1000+4<<20-whole())
		if whole() != 4<<20 {
			t.Fatalf("the test is wrong: %d bytes", whole())
		}
		b.push(t, frame(d))
		synctest.Wait()
		if size != len(d.GetEvent().GetNative()) {
			t.Errorf("%d bytes came of %d", size, len(d.GetEvent().GetNative()))
		}
		p.end(t)
	})
}
