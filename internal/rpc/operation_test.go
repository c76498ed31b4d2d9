package rpc_test

import (
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
)

func (w *world) chats() ocov1.ChatServiceClient { return ocov1.NewChatServiceClient(w.dial()) }

// levels are capabilities by name: all of them at one level but those that are
// named with another, as in "edit=2".
func levels(all ocov1.CapabilityLevel, but ...string) *ocov1.Capabilities {
	c := &ocov1.Capabilities{Levels: map[string]ocov1.CapabilityLevel{}}
	for _, name := range chat.Capabilities() {
		c.Levels[name] = all
	}
	for _, b := range but {
		name, level, _ := strings.Cut(b, "=")
		c.Levels[name] = ocov1.CapabilityLevel(level[0] - '0')
	}
	return c
}

const full = ocov1.CapabilityLevel_CAPABILITY_LEVEL_FULL

// can makes the adapter report what it can do.
func (w *world) can(c *ocov1.Capabilities, rooms ...*ocov1.Room) *ocov1.ReportStatusResponse {
	w.t.Helper()
	return must(w.adapters().ReportStatus(w.ctx(chat.RoleAdapter), &ocov1.ReportStatusRequest{
		AccountId: "account:1", Replica: "a", Connected: true, Capabilities: c, Rooms: rooms,
	}))(w.t)
}

// scene is a whole world with an adapter that can all and a handler that hears
// all, in whose hands is a message of alice.
func scene(t *testing.T) (w *world, service *frames, d *ocov1.Delivery) {
	t.Helper()
	w = newWhole(t)
	heard := w.handles("one", hear("all", "."))
	epoch := w.adapts("a").Epoch
	w.can(levels(full))
	service = w.streams(chat.RoleAdapter, "a")
	e := typed("e1", "hi")
	e.RoomKind = ocov1.RoomKind_ROOM_KIND_CHANNEL // so that the bot answers nothing by itself
	must(w.publish("a", epoch, e))(t)
	return w, service, heard.delivery()
}

// answers ends an operation as the adapter.
func (w *world) answers(d *ocov1.Delivery, r *ocov1.OperationResult) {
	w.t.Helper()
	res := must(w.deliveries().Complete(w.ctx(chat.RoleAdapter), &ocov1.CompleteRequest{Replica: "a", Completions: []*ocov1.Completion{{
		DeliveryId: d.DeliveryId, LeaseId: d.LeaseId, Kind: &ocov1.Completion_Done{Done: &ocov1.Done{Result: &ocov1.Done_Operation{Operation: r}}},
	}}}))(w.t)
	if v := res.Results[0]; v.Verdict != ocov1.Verdict_VERDICT_COMMITTED {
		w.t.Fatal(v)
	}
}

func ok(id string) *ocov1.OperationResult {
	return &ocov1.OperationResult{State: ocov1.SendState_SEND_STATE_SENT, MessageId: id}
}

func update(request, message, text string) *ocov1.UpdateMessageRequest {
	return &ocov1.UpdateMessageRequest{RequestId: request, MessageId: message, Content: &ocov1.Content{Text: text}}
}

// An update waits in the outbox for its message, also one that is not posted yet,
// and is handed out behind it in the chat service's ids (OCO-OPS-7, OCO-OPS-8).
func TestAnUpdateFollowsItsMessage(t *testing.T) {
	w, service, d := scene(t)
	w.ends(d, done(reply("a", "deploying")))
	send := service.delivery()
	message := d.DeliveryId + "/a"
	first := must(w.chats().UpdateMessage(w.ctx(chat.RoleHandler), update("r1", message, "deployed")))(t).Operation
	if first.State != ocov1.SendState_SEND_STATE_QUEUED || first.Level != full || !strings.HasPrefix(first.OperationId, "o") {
		t.Fatal(first)
	}
	w.answers(send, ok("m-77"))
	op := service.delivery()
	u := op.GetOperation().GetUpdate()
	if op.DeliveryId != first.OperationId || u.GetMessageId() != "m-77" || u.GetAddress().GetRoom().GetRoomId() != "dm" || u.GetContent().GetText() != "deployed" ||
		op.GetOperation().AccountId != "account:1" || op.GetOperation().Epoch == 0 || op.GetOperation().IdempotencyToken == "" {
		t.Fatal(op)
	}
	w.answers(op, ok(""))
	again := must(w.chats().UpdateMessage(w.ctx(chat.RoleHandler), update("r1", message, "deployed")))(t).Operation
	if again.OperationId != first.OperationId || again.State != ocov1.SendState_SEND_STATE_SENT || again.Level != full {
		t.Fatal(again)
	}
	shown := must(w.admins().ShowRecord(w.ctx(chat.RoleOperator), &ocov1.ShowRecordRequest{Id: first.OperationId}))(t)
	if s := shown.Deliveries[0].Sends[0]; s.Operation != "update of "+message || s.State != ocov1.SendState_SEND_STATE_SENT || s.MessageId != first.OperationId {
		t.Fatal(shown)
	}
}

// All kinds of operations, as the adapter gets them.
func TestOperationsAsTheAdapterGetsThem(t *testing.T) {
	w, service, _ := scene(t)
	ctx := w.ctx(chat.RoleOperator)
	topic := "calm"
	requests := []struct {
		ask  func() (*ocov1.OperationStatus, error)
		want func(*ocov1.Operation) bool
	}{
		{func() (*ocov1.OperationStatus, error) {
			r, err := w.chats().SetReaction(ctx, &ocov1.SetReactionRequest{RequestId: "1", MessageId: "msg:1:m-e1", Emoji: "👍", Room: byID("room:1:dm")})
			return r.GetOperation(), err
		}, func(o *ocov1.Operation) bool {
			r := o.GetReaction()
			return r.GetMessageId() == "m-e1" && r.GetEmoji() == "👍" && !r.GetRemove() && r.GetAddress().GetRoom().GetRoomId() == "dm"
		}},
		{func() (*ocov1.OperationStatus, error) {
			r, err := w.chats().SetReaction(ctx, &ocov1.SetReactionRequest{RequestId: "2", MessageId: "msg:1:m-e1", Emoji: "👍", Remove: true, Room: byName("ops")})
			return r.GetOperation(), err
		}, func(o *ocov1.Operation) bool { return o.GetReaction().GetRemove() }},
		{func() (*ocov1.OperationStatus, error) {
			r, err := w.chats().DeleteMessage(ctx, &ocov1.DeleteMessageRequest{RequestId: "3", MessageId: "msg:1:spam", Room: byName("ops")})
			return r.GetOperation(), err
		}, func(o *ocov1.Operation) bool {
			return o.GetDelete().GetMessageId() == "spam" && o.GetDelete().GetAddress().GetRoom().GetRoomId() == "o1"
		}},
		{func() (*ocov1.OperationStatus, error) {
			r, err := w.chats().SetMembership(ctx, &ocov1.SetMembershipRequest{RequestId: "4", Room: byName("ops")})
			return r.GetOperation(), err
		}, func(o *ocov1.Operation) bool {
			m := o.GetMembership()
			return m.GetRoomId() == "o1" && m.GetUserId() == "" && !m.GetLeave()
		}},
		{func() (*ocov1.OperationStatus, error) {
			r, err := w.chats().SetMembership(ctx, &ocov1.SetMembershipRequest{RequestId: "5", Room: byName("ops"), UserId: "user:1:bob", Leave: true})
			return r.GetOperation(), err
		}, func(o *ocov1.Operation) bool {
			m := o.GetMembership()
			return m.GetRoomId() == "o1" && m.GetUserId() == "bob" && m.GetLeave()
		}},
		{func() (*ocov1.OperationStatus, error) {
			r, err := w.chats().UpdateRoom(ctx, &ocov1.UpdateRoomRequest{RequestId: "6", Room: byName("ops"), Topic: &topic})
			return r.GetOperation(), err
		}, func(o *ocov1.Operation) bool {
			return o.GetRoom().GetRoomId() == "o1" && o.GetRoom().Topic != nil && o.GetRoom().GetTopic() == "calm"
		}},
	}
	for i, r := range requests {
		status := must(r.ask())(t)
		op := service.delivery()
		if op.DeliveryId != status.OperationId || !r.want(op.GetOperation()) {
			t.Errorf("number %d: %v", i+1, op)
		}
		w.answers(op, ok("made"))
	}
}

// What changes a message that never got an id at the chat service ends failed and
// says why; the adapter never sees it (OCO-OPS-10).
func TestAMessageThatWasNotPostedCannotBeChanged(t *testing.T) {
	for name, c := range map[string]struct {
		result *ocov1.OperationResult
		want   string
	}{
		"failed": {&ocov1.OperationResult{State: ocov1.SendState_SEND_STATE_FAILED, Detail: "the room is archived"}, "it is failed: the room is archived"},
		"no id":  {ok(""), "gave the message"},
	} {
		t.Run(name, func(t *testing.T) {
			w, service, d := scene(t)
			w.ends(d, done(reply("a", "deploying")))
			send := service.delivery()
			type answer struct {
				res *ocov1.UpdateMessageResponse
				err error
			}
			answered := make(chan answer, 1)
			req := update("r1", d.DeliveryId+"/a", "deployed")
			req.Wait = true
			ctx := w.ctx(chat.RoleHandler)
			must(w.chats().UpdateMessage(ctx, update("r1", d.DeliveryId+"/a", "deployed")))(t)
			go func() {
				res, err := w.chats().UpdateMessage(ctx, req)
				answered <- answer{res, err}
			}()
			w.answers(send, c.result)
			got := <-answered
			if s := got.res.GetOperation(); got.err != nil || s.GetState() != ocov1.SendState_SEND_STATE_FAILED || !strings.Contains(s.GetDetail(), c.want) {
				t.Fatal(got.res, got.err)
			}
		})
	}
}

// Messages and operations share the ids of requests: one that was used for
// something else is refused (OCO-OPS-11).
func TestRequestIDsAreShared(t *testing.T) {
	w, _, d := scene(t)
	w.ends(d, done(reply("a", "deploying")))
	ctx, message := w.ctx(chat.RoleHandler, plugin.Scopes...), d.DeliveryId+"/a"
	must(w.chats().UpdateMessage(ctx, update("r", message, "one")))(t)
	_, err := w.chats().UpdateMessage(ctx, update("r", message, "two"))
	wants(t, err, chat.RequestIDReused)
	_, err = w.chats().DeleteMessage(ctx, &ocov1.DeleteMessageRequest{RequestId: "r", MessageId: message})
	wants(t, err, chat.RequestIDReused)
	_, err = w.chats().SendMessage(ctx, request(to(byName("ops"))))
	wants(t, err, chat.RequestIDReused)
	// An answer does not change with what the adapter can do meanwhile.
	w.can(levels(ocov1.CapabilityLevel_CAPABILITY_LEVEL_REJECTED))
	again := must(w.chats().UpdateMessage(ctx, update("r", message, "one")))(t).Operation
	if again.Level != full || again.OperationId == "" {
		t.Fatal(again)
	}
	_, err = w.chats().UpdateMessage(ctx, update("new", message, "one"))
	wants(t, err, chat.CapabilityMissing)
}

// What a handler asks for in a delivery goes on with the trace of its event, and
// what another asks for about the same message does not (OCO-DLV-50).
func TestOperationsCarryTheTraceOfTheirDelivery(t *testing.T) {
	w, service, d := scene(t)
	if d.Traceparent == "" {
		t.Fatal("the delivery has no trace")
	}
	must(w.chats().SetReaction(w.ctx(chat.RoleHandler), &ocov1.SetReactionRequest{RequestId: "1", MessageId: "msg:1:m-e1", Emoji: "👀", DeliveryId: d.DeliveryId}))(t)
	reaction := service.delivery()
	w.answers(reaction, ok(""))
	w.ends(d, done(reply("a", "deploying")))
	send := service.delivery()
	w.answers(send, ok("m-77"))
	must(w.chats().UpdateMessage(w.ctx(chat.RoleHandler), update("2", d.DeliveryId+"/a", "deployed")))(t)
	changed := service.delivery()
	w.answers(changed, ok(""))
	for _, one := range []*ocov1.Delivery{reaction, send, changed} {
		if one.Traceparent != d.Traceparent {
			t.Errorf("%v has not the trace %s", one, d.Traceparent)
		}
	}
	must(w.chats().UpdateMessage(w.ctx(chat.RoleOperator), update("3", d.DeliveryId+"/a", "undone")))(t)
	if foreign := service.delivery(); foreign.Traceparent != "" {
		t.Errorf("an operator's change has the trace %s", foreign.Traceparent)
	}
}
