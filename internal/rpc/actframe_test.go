package rpc_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
)

func encoded(t *testing.T, o *ocov1.Operation) []byte {
	t.Helper()
	return must(proto.Marshal(o))(t)
}

func updating(message string) *ocov1.Operation {
	return &ocov1.Operation{Kind: &ocov1.Operation_Update{Update: &ocov1.UpdateOperation{MessageId: message, Content: &ocov1.Content{Text: "new"}}}}
}

// What cannot be put into the chat service's ids ends failed and says why, and the
// adapter never sees it (OCO-OPS-10, OCO-IDS-2).
func TestOperationsThatCannotBeHandedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.capable(levels(full))
		w.sent("d1/k", "native-7")
		w.row(delivery.SentKey("d2/k"), &record.Send{Id: "d2/k", State: uint32(chat.SendUnknown), Detail: "the link broke"})
		w.rows.data[string(delivery.SentKey("d3/k"))] = []byte("\xff")
		r := &reader{t: t}
		stop := w.subscribe(w.as(chat.RoleAdapter), r)
		member := &ocov1.Operation{Kind: &ocov1.Operation_Membership{Membership: &ocov1.MembershipOperation{UserId: "user:2:bob"}}}
		here, foreign := chat.Place{Room: "room:1:x", Thread: "thread:1:t"}, chat.Place{Room: "room:2:x"}
		cases := []struct {
			place chat.Place
			act   []byte
			why   string // empty: it is handed over
		}{
			{here, encoded(t, updating("d1/k")), ""},
			{here, encoded(t, updating("d2/k")), "it is unknown: the link broke"},
			{here, encoded(t, updating("d3/k")), "cannot be read"},
			{here, encoded(t, updating("d4/k")), "not posted yet"},
			{here, encoded(t, member), "no user"},
			{here, encoded(t, &ocov1.Operation{AccountId: "x"}), "of a kind"},
			{here, []byte("\xff"), "cannot be read"},
			{foreign, encoded(t, updating("d1/k")), "no room"},
		}
		for _, c := range cases {
			w.engine.only(t).Take([]delivery.Effect{delivery.Operate{
				Lease: delivery.Lease{Delivery: "o", ID: "o.1"}, Account: "account:1", Token: "t", Attempt: 1, Place: c.place, Parts: []delivery.Part{{Act: c.act}},
			}})
		}
		synctest.Wait()
		if err := stop(); err == nil || len(r.frames) != 2 {
			t.Fatal(err, r.frames)
		}
		if u := r.frames[1].GetDelivery().GetOperation().GetUpdate(); u.GetMessageId() != "native-7" || u.GetAddress().GetThreadId() != "t" {
			t.Error(u)
		}
		failed := asked[delivery.Complete](w.engine)
		for i, c := range cases[1:] {
			o := failed[i].Completions[0].Operation
			if o.State != chat.SendFailed || !strings.Contains(o.Detail, c.why) {
				t.Errorf("number %d: %+v, want %q", i+1, o, c.why)
			}
		}
	})
}

// Where there are no threads and no answers to messages a message is said in the
// room itself.
func TestWhatARoomLacksIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.sent("d1/k", "native-7")
		w.capable(levels(full), &ocov1.Room{RoomId: "flat", Capabilities: levels(full, "thread=2", "reply=2")})
		r := &reader{t: t}
		stop := w.subscribe(w.as(chat.RoleAdapter), r)
		for _, room := range []string{"room:1:flat", "room:1:deep"} {
			w.engine.only(t).Take([]delivery.Effect{delivery.Operate{
				Lease: delivery.Lease{Delivery: "m", ID: "m.1"}, Account: "account:1", Place: chat.Place{Room: room, Thread: "thread:1:t"}, ReplyTo: "d1/k", Parts: []delivery.Part{{Text: "hi"}},
			}})
		}
		synctest.Wait()
		if err := stop(); err == nil || len(r.frames) != 3 {
			t.Fatal(err, r.frames)
		}
		for i, want := range []string{"", "t native-7"} {
			m := r.frames[i+1].GetDelivery().GetOperation().GetSend().GetMessage()
			if got := strings.TrimSpace(m.GetTo().GetThreadId() + " " + m.GetReplyTo()); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
}
