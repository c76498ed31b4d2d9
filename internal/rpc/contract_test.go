package rpc_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// A replica that the bot does not know is told to register, whatever it asks
// for (OCO-LIF-12).
func TestAStrangerIsToldToRegister(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWhole(t))
		ctx := w.ctx(chat.RoleHandler)
		stream := must(w.deliveries().Subscribe(ctx, &ocov1.SubscribeRequest{Replica: "stranger"}))(t)
		_, err := stream.Recv()
		wants(t, err, chat.ReplicaNotFound)
		_, err = w.deliveries().Pull(ctx, &ocov1.PullRequest{Replica: "stranger"})
		wants(t, err, chat.ReplicaNotFound)
		_, err = w.deliveries().Heartbeat(ctx, &ocov1.HeartbeatRequest{Replica: "stranger"})
		wants(t, err, chat.ReplicaNotFound)
	})
}

// A long poll ends with the first frame, whatever it would wait for more
// (OCO-RPC-6).
func TestAPollEndsWithTheFirstFrame(t *testing.T) {
	w := newWhole(t)
	w.handles("other", ping())
	must(w.bots().Register(w.ctx(chat.RoleHandler), &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{Routes: []*ocov1.Route{command("pong")}}}))(t)
	epoch := w.adapts("a").Epoch
	must(w.publish("a", epoch, typed("e1", "pong")))(t)
	ctx := w.ctx(chat.RoleHandler)
	res := must(w.deliveries().Pull(ctx, &ocov1.PullRequest{Replica: "one", MaxDeliveries: 8, Wait: durationpb.New(time.Minute)}))(t)
	if len(res.Frames) != 1 || res.Frames[0].GetDelivery().GetRoute() != "pong" || ctx.Err() != nil {
		t.Fatal(res)
	}
}

// A second replica of a name takes the place of the first, and what the first
// held is not offered to it as new (OCO-LIF-7).
func TestTheSecondReplicaOfANameReplacesTheFirst(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWhole(t))
		first := w.handles("one", ping())
		second := w.handles("one", ping())
		_, err := first.next()
		wants(t, err, chat.EpochFenced)
		must(w.publish("a", w.adapts("a").Epoch, typed("e1", "ping")))(t)
		if d := second.delivery(); d.Route != "ping" {
			t.Fatal(d)
		}
	})
}

// The newest replica of the adapter serves the account by its epoch; the one
// before is told so at every turn and brings nothing in (OCO-LIF-21, OCO-LIF-22,
// OCO-LIF-23, OCO-RPC-10, OCO-SEC-14).
func TestTheNewestAdapterServesTheAccount(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWhole(t))
		heard := w.handles("one", ping())
		first := w.adapts("a")
		must(w.publish("a", first.Epoch, typed("e1", "ping")))(t)
		second := w.adapts("b")
		if !first.Active || !second.Active || second.Epoch <= first.Epoch || first.ResumeCheckpoint != "" || second.ResumeCheckpoint != "at a" {
			t.Fatalf("first %v, second %v", first, second)
		}
		for _, epoch := range []uint64{first.Epoch, second.Epoch, 0, 99} {
			_, err := w.publish("a", epoch, typed("e2", "ping"))
			wants(t, err, chat.EpochFenced)
		}
		if again := w.reports("a"); again.Active {
			t.Errorf("the older one is active: %v", again)
		}
		// What it tried to bring in is new, and its checkpoint was not taken.
		if got := w.reports("b"); got.ResumeCheckpoint != "at a" || got.Epoch != second.Epoch {
			t.Errorf("%v", got)
		}
		if res := must(w.publish("b", second.Epoch, typed("e2", "ping")))(t); res.Admitted != 1 {
			t.Errorf("%v", res)
		}
		for _, want := range []string{"event:1:e1", "event:1:e2"} {
			d := heard.delivery()
			w.ends(d, done())
			if d.GetEvent().EventId != want {
				t.Errorf("%s came, want %s", d.GetEvent().EventId, want)
			}
		}
	})
}

// A send in a delivery is the same by SendMessage and in a completion: one key,
// one message, whose id is known before (OCO-RPC-8, OCO-IDS-9).
func TestAKeyIsOneMessageHoweverItIsSent(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWhole(t))
		heard := w.handles("one", ping())
		epoch := w.adapts("a").Epoch
		asked := w.streams(chat.RoleAdapter, "a")
		must(w.publish("a", epoch, typed("e1", "ping")))(t)
		d := heard.delivery()
		res := must(ocov1.NewChatServiceClient(w.dial()).SendMessage(w.ctx(chat.RoleHandler), &ocov1.SendMessageRequest{
			Id:      &ocov1.SendMessageRequest_InDelivery{InDelivery: &ocov1.InDelivery{DeliveryId: d.DeliveryId, LeaseId: d.LeaseId, Key: "k"}},
			Message: say("first"),
		}))(t)
		w.ends(d, done(reply("k", "second"), reply("l", "third")))
		if res.MessageId != d.DeliveryId+"/k" {
			t.Errorf("the message is %s in %s", res.MessageId, d.DeliveryId)
		}
		for _, want := range []string{"first", "third"} {
			op := asked.delivery()
			if got := op.GetOperation().GetSend().Message; got.Content.Text != want || got.To.GetRoom().GetRoomId() != "dm" {
				t.Errorf("sent %v, want %s", got, want)
			}
			must(w.deliveries().Complete(w.ctx(chat.RoleAdapter), &ocov1.CompleteRequest{Replica: "a", Completions: []*ocov1.Completion{{
				DeliveryId: op.DeliveryId, LeaseId: op.LeaseId, Kind: operationDone().Kind,
			}}}))(t)
		}
	})
}

// What ended badly is retried once and dropped once (OCO-RPC-12, OCO-RPC-13).
func TestWhatIsSettledStaysSettled(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWhole(t))
		heard := w.handles("one", ping())
		epoch := w.adapts("a").Epoch
		must(w.publish("a", epoch, typed("e1", "ping")))(t)
		failed := heard.delivery()
		ctx := w.ctx(chat.RoleOperator)
		retry := func(id string) (*ocov1.RetryDeliveryResponse, error) {
			return w.admins().RetryDelivery(ctx, &ocov1.RetryDeliveryRequest{DeliveryId: id})
		}
		drop := func(id string) error {
			_, err := w.admins().DropDelivery(ctx, &ocov1.DropDeliveryRequest{DeliveryId: id})
			return err
		}
		_, err := retry(failed.DeliveryId)
		wants(t, err, chat.DeliveryState)
		wants(t, drop(failed.DeliveryId), chat.DeliveryState)
		fail := func() *ocov1.Completion { return &ocov1.Completion{Kind: &ocov1.Completion_Fail{Fail: &ocov1.Fail{}}} }
		w.ends(failed, fail())
		must(retry(failed.DeliveryId))(t)
		_, err = retry(failed.DeliveryId)
		wants(t, err, chat.DeliveryState)
		wants(t, drop(failed.DeliveryId), chat.DeliveryState)
		again := heard.delivery()
		w.ends(again, fail())
		if err := drop(again.DeliveryId); err != nil {
			t.Fatal(err)
		}
		wants(t, drop(again.DeliveryId), chat.DeliveryState)
		wants(t, drop("d0123456789ab"), chat.DeliveryNotFound)
	})
}

// The value of a sensitive argument reaches the callback and nothing that is
// shown or logged (OCO-SEC-1, OCO-RPC-11).
func TestASensitiveArgumentIsNotShown(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWhole(t))
		login := command("login {token}")
		login.GetCommand().Arguments = []*ocov1.ArgumentSpec{{Name: "token", Sensitive: true}}
		heard := w.handles("one", login, command("echo {text}"))
		epoch := w.adapts("a").Epoch
		asked := w.streams(chat.RoleAdapter, "a")
		event := typed("e1", "login hunter2")
		event.Native = []byte("hunter2")
		must(w.publish("a", epoch, event, typed("e2", "echo in-the-open")))(t)
		d, open := heard.delivery(), heard.delivery()
		if a := d.Match.Arguments[0]; a.GetText() != "hunter2" || !a.Sensitive {
			t.Fatal(a)
		}
		show := func(id string) string {
			t.Helper()
			res := must(w.admins().ShowRecord(w.ctx(chat.RoleOperator), &ocov1.ShowRecordRequest{Id: id}))(t)
			if len(res.Deliveries) == 0 || res.Event == nil {
				t.Fatalf("%s: %v", id, res)
			}
			return string(must(protojson.Marshal(res))(t))
		}
		secret := func(when string) {
			t.Helper()
			for _, id := range []string{d.DeliveryId, "event:1:e1"} {
				if text := show(id); strings.Contains(text, "hunter2") || strings.Contains(text, "aHVudGVyMg") {
					t.Errorf("%s %s shows it: %s", id, when, text)
				}
			}
		}
		secret("while it runs")
		w.ends(d, &ocov1.Completion{Kind: &ocov1.Completion_Fail{Fail: &ocov1.Fail{}}})
		if notice := asked.delivery().GetOperation().GetSend().Message.Content.Text; strings.Contains(notice, "hunter2") {
			t.Errorf("the notice tells it: %s", notice)
		}
		secret("when it has ended")
		again := must(w.admins().RetryDelivery(w.ctx(chat.RoleOperator), &ocov1.RetryDeliveryRequest{DeliveryId: d.DeliveryId}))(t)
		if a := heard.delivery().Match.Arguments[0]; a.GetText() != "hunter2" {
			t.Errorf("the retry has %v", a)
		}
		if text := show(again.Delivery.DeliveryId); strings.Contains(text, "hunter2") {
			t.Errorf("the retry shows it: %s", text)
		}
		if text := show(open.DeliveryId); !strings.Contains(text, "in-the-open") {
			t.Errorf("what is not sensitive is hidden: %s", text)
		}
		if strings.Contains(w.log.String(), "hunter2") {
			t.Errorf("the log has it: %s", w.log)
		}
	})
}
