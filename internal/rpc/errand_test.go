package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/record"
)

// errands are calls of each kind, by name, with the given fields.
var errands = map[string]func(w *world, ctx context.Context) (*ocov1.OperationStatus, error){
	"update": func(w *world, ctx context.Context) (*ocov1.OperationStatus, error) {
		r, err := w.core.UpdateMessage(ctx, update("r", "d1/a", "new"))
		return r.GetOperation(), err
	},
	"delete": func(w *world, ctx context.Context) (*ocov1.OperationStatus, error) {
		r, err := w.core.DeleteMessage(ctx, &ocov1.DeleteMessageRequest{RequestId: "r", MessageId: "d1/a"})
		return r.GetOperation(), err
	},
	"delete another's": func(w *world, ctx context.Context) (*ocov1.OperationStatus, error) {
		r, err := w.core.DeleteMessage(ctx, &ocov1.DeleteMessageRequest{RequestId: "r", MessageId: "msg:1:5", Room: byName("ops")})
		return r.GetOperation(), err
	},
	"react": func(w *world, ctx context.Context) (*ocov1.OperationStatus, error) {
		r, err := w.core.SetReaction(ctx, &ocov1.SetReactionRequest{RequestId: "r", MessageId: "msg:1:5", Emoji: "eyes", Room: byName("ops")})
		return r.GetOperation(), err
	},
	"join": func(w *world, ctx context.Context) (*ocov1.OperationStatus, error) {
		r, err := w.core.SetMembership(ctx, &ocov1.SetMembershipRequest{RequestId: "r", Room: byName("ops")})
		return r.GetOperation(), err
	},
	"invite": func(w *world, ctx context.Context) (*ocov1.OperationStatus, error) {
		r, err := w.core.SetMembership(ctx, &ocov1.SetMembershipRequest{RequestId: "r", Room: byName("ops"), UserId: "user:1:bob"})
		return r.GetOperation(), err
	},
	"topic": func(w *world, ctx context.Context) (*ocov1.OperationStatus, error) {
		topic := "calm"
		r, err := w.core.UpdateRoom(ctx, &ocov1.UpdateRoomRequest{RequestId: "r", Room: byName("ops"), Topic: &topic})
		return r.GetOperation(), err
	},
	"type": func(w *world, ctx context.Context) (*ocov1.OperationStatus, error) {
		_, err := w.core.SetTyping(ctx, &ocov1.SetTypingRequest{To: &ocov1.Address{Room: byName("ops")}})
		return nil, err
	},
	"type to bob": func(w *world, ctx context.Context) (*ocov1.OperationStatus, error) {
		_, err := w.core.SetTyping(ctx, &ocov1.SetTypingRequest{To: &ocov1.Address{Room: byUser("user:1:bob")}})
		return nil, err
	},
}

// Each errand needs its scope, and operators need none (OCO-OPS-13, OCO-OPS-14,
// OCO-SEC-12).
func TestErrandsAreByScope(t *testing.T) {
	suffices := map[string][]string{
		"update": {plugin.MessagesEditOwn}, "delete": {plugin.MessagesEditOwn, plugin.MessagesDeleteAny}, "delete another's": {plugin.MessagesDeleteAny},
		"react": {plugin.ReactionsWrite}, "join": {plugin.RoomsJoin}, "invite": {plugin.RoomsManage}, "topic": {plugin.RoomsManage},
		"type": {plugin.MessagesWrite}, "type to bob": {plugin.MessagesWriteDirect},
	}
	w := newWorld(t)
	w.capable(levels(full, "typing=2"))
	for name, call := range errands {
		for _, scope := range plugin.Scopes {
			for _, role := range []chat.Role{chat.RoleHandler, chat.RoleClient} {
				if name == "topic" { // its rule asks, before the method
					continue
				}
				_, err := call(w, w.as(role, scope))
				want := chat.ScopeMissing
				for _, s := range suffices[name] {
					if s == scope {
						want = ""
					}
				}
				if reason(err) != want {
					t.Errorf("%s as %s with %q: %v, want %q", name, role, scope, err, want)
				}
			}
		}
		if _, err := call(w, w.as(chat.RoleOperator)); err != nil {
			t.Errorf("%s as operator: %v", name, err)
		}
	}
}

// A handler changes what was sent in a delivery of its own, open or ended, without
// a scope, and nothing of another's (OCO-OPS-13).
func TestAHandlerChangesWhatItSaid(t *testing.T) {
	w := newWorld(t)
	w.capable(levels(full))
	w.row(delivery.DeliveryKey("d1"), &record.Delivery{Plugin: "handler"})
	w.row(delivery.EndedKey("d2"), &record.Delivery{Plugin: "handler", Outcome: 1, EndMs: 1})
	w.row(delivery.EndedKey("d3"), &record.Delivery{Plugin: "other", Outcome: 1, EndMs: 1})
	ctx := w.as(chat.RoleHandler)
	for message, want := range map[string]chat.Reason{
		"d1/a": "", "d2/a": "", "d3/a": chat.ScopeMissing, "d4/a": chat.ScopeMissing, "d1": chat.ScopeMissing, "m1": chat.ScopeMissing, "msg:1:5": chat.ScopeMissing,
	} {
		_, err := w.core.UpdateMessage(ctx, update("r", message, "new"))
		if reason(err) != want {
			t.Errorf("update of %s: %v", message, err)
		}
		_, err = w.core.DeleteMessage(ctx, &ocov1.DeleteMessageRequest{RequestId: "r", MessageId: message})
		if reason(err) != want {
			t.Errorf("deletion of %s: %v", message, err)
		}
	}
	// A client that is called like a handler has no deliveries.
	w.row(delivery.DeliveryKey("d5"), &record.Delivery{Plugin: "client"})
	_, err := w.core.UpdateMessage(w.as(chat.RoleClient), update("r", "d5/a", "new"))
	wants(t, err, chat.ScopeMissing)
	if n := len(asked[delivery.Locate](w.engine)); n != 4 {
		t.Errorf("%d messages were looked for, 4 may be changed", n)
	}
}

// What a handler changes of another's message goes on with no trace of a delivery
// that is not its own (OCO-DLV-50).
func TestAForeignDeliveryLendsNoTrace(t *testing.T) {
	w := newWorld(t)
	w.capable(levels(full))
	w.row(delivery.DeliveryKey("d1"), &record.Delivery{Plugin: "handler", Trace: "own"})
	w.row(delivery.EndedKey("d2"), &record.Delivery{Plugin: "other", Trace: "foreign", Outcome: 1, EndMs: 1})
	ctx := w.as(chat.RoleHandler, plugin.MessagesEditOwn)
	for i, message := range []string{"d1/a", "d2/a"} {
		if _, err := w.core.UpdateMessage(ctx, update(message, message, "new")); err != nil {
			t.Fatal(err)
		}
		said := asked[delivery.Say](w.engine)
		if want := []string{"own", ""}[i]; len(said) != i+1 || said[i].Send.Trace != want {
			t.Errorf("the change of %s has the trace %q, want %q", message, said[len(said)-1].Send.Trace, want)
		}
	}
}

// Who may not learns nothing: nothing is looked up for them (OCO-OPS-15).
func TestScopesComeBeforeLookups(t *testing.T) {
	w := newWorld(t)
	w.engine.do = func(in delivery.Input) (any, error, bool) {
		if _, ok := in.(delivery.Locate); ok {
			t.Errorf("a message was looked for: %+v", in)
		}
		return nil, nil, false
	}
	ctx := w.as(chat.RoleHandler)
	for name, call := range errands {
		if name == "topic" {
			continue
		}
		_, err := call(w, ctx)
		if reason(err) != chat.ScopeMissing {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A room that is not there is not told from one that is.
	_, err := w.core.SetMembership(ctx, &ocov1.SetMembershipRequest{RequestId: "r", Room: byName("none")})
	wants(t, err, chat.ScopeMissing)
	_, err = w.core.DeleteMessage(ctx, &ocov1.DeleteMessageRequest{RequestId: "r", MessageId: "msg:2:foreign"})
	wants(t, err, chat.ScopeMissing)
}

// A delivery grants reacting and typing in its room, while it is open and for 15
// minutes after its end, to its handler alone (OCO-OPS-14).
func TestADeliveryGrantsItsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.capable(levels(full, "typing=2"))
		room := &record.Place{Room: "room:1:x", Thread: "thread:1:t"}
		ended := func(ago time.Duration) *record.Delivery {
			return &record.Delivery{Plugin: "handler", Place: room, Outcome: 1, EndMs: time.Now().Add(-ago).UnixMilli()}
		}
		w.row(delivery.DeliveryKey("open"), &record.Delivery{Plugin: "handler", Place: room})
		w.row(delivery.EndedKey("late"), ended(15*time.Minute))
		w.row(delivery.EndedKey("over"), ended(15*time.Minute+time.Millisecond))
		w.row(delivery.DeliveryKey("other"), &record.Delivery{Plugin: "other", Place: room})
		w.engine.do = func(in delivery.Input) (any, error, bool) {
			if l, ok := in.(delivery.Locate); ok {
				switch l.Message {
				case "m-here":
					return delivery.Located{Place: chat.Place{Room: "room:1:x"}}, nil, true
				case "m-none":
					return nil, chat.Refuse(chat.MessageNotFound, "none"), true
				}
			}
			return nil, nil, false
		}
		ctx := w.as(chat.RoleHandler)
		react := func(ctx context.Context, d, message string, room *ocov1.RoomRef) error {
			_, err := w.core.SetReaction(ctx, &ocov1.SetReactionRequest{RequestId: "r", MessageId: message, Emoji: "👀", DeliveryId: d, Room: room})
			return err
		}
		for _, c := range []struct {
			delivery, message string
			room              *ocov1.RoomRef
			want              chat.Reason
		}{
			{"open", "msg:1:5", nil, ""}, {"late", "msg:1:5", nil, ""}, {"open", "msg:1:5", byID("room:1:x"), ""}, {"open", "m-here", nil, ""},
			{"over", "msg:1:5", nil, chat.ScopeMissing}, {"other", "msg:1:5", nil, chat.ScopeMissing}, {"none", "msg:1:5", nil, chat.ScopeMissing},
			{"", "msg:1:5", byID("room:1:x"), chat.ScopeMissing}, {"not an id", "msg:1:5", nil, chat.FieldInvalid},
			{"open", "msg:1:5", byID("room:1:y"), chat.RoomForbidden}, {"open", "msg:1:5", byName("ops"), chat.RoomForbidden}, {"open", "msg:1:5", byUser("user:1:bob"), chat.RoomForbidden},
			{"open", "m-elsewhere", nil, chat.MessageNotFound}, {"open", "m-none", nil, chat.MessageNotFound}, {"open", "msg:2:5", nil, chat.MessageNotFound},
		} {
			if err := react(ctx, c.delivery, c.message, c.room); reason(err) != c.want {
				t.Errorf("reaction in %q to %s in %v: %v, want %q", c.delivery, c.message, c.room, err, c.want)
			}
		}
		says := asked[delivery.Say](w.engine)
		if got := says[0].Send.Place; got != (chat.Place{Room: "room:1:x", Thread: "thread:1:t"}) || says[0].Send.Reason != chat.ForHandler {
			t.Errorf("%+v", says[0])
		}
		wants(t, react(w.as(chat.RoleClient, plugin.ReactionsWrite), "open", "msg:1:5", nil), chat.FieldInvalid)
		wide := w.as(chat.RoleHandler, plugin.ReactionsWrite, plugin.MessagesWrite)
		for d, want := range map[string]chat.Reason{"open": "", "over": "", "other": chat.DeliveryNotFound, "none": chat.DeliveryNotFound, "": chat.FieldInvalid} {
			if err := react(wide, d, "msg:1:5", nil); reason(err) != want {
				t.Errorf("with the scope, in %q: %v", d, err)
			}
		}
		kind := func(ctx context.Context, d string, to *ocov1.Address) error {
			_, err := w.core.SetTyping(ctx, &ocov1.SetTypingRequest{To: to, DeliveryId: d})
			return err
		}
		thread := &ocov1.Address{Place: &ocov1.Address_ThreadId{ThreadId: "thread:1:u"}}
		for _, c := range []struct {
			delivery string
			to       *ocov1.Address
			want     chat.Reason
		}{
			{"open", nil, ""}, {"late", nil, ""}, {"open", &ocov1.Address{Room: byID("room:1:x")}, ""}, {"open", thread, ""},
			{"over", nil, chat.ScopeMissing}, {"other", nil, chat.ScopeMissing}, {"over", thread, chat.ScopeMissing},
			{"open", &ocov1.Address{Room: byName("ops")}, chat.RoomForbidden}, {"", &ocov1.Address{Room: byID("room:1:x")}, chat.ScopeMissing}, {"", nil, chat.FieldInvalid},
		} {
			if err := kind(ctx, c.delivery, c.to); reason(err) != c.want {
				t.Errorf("typing in %q to %v: %v, want %q", c.delivery, c.to, err, c.want)
			}
		}
		wide = w.as(chat.RoleHandler, plugin.MessagesWrite)
		for d, want := range map[string]chat.Reason{"over": "", "other": chat.DeliveryNotFound} {
			if err := kind(wide, d, nil); reason(err) != want {
				t.Errorf("typing with the scope, in %q: %v", d, err)
			}
		}
	})
}

// What the bot says by itself is not changed, and only who may delete anything
// deletes it; what the bot did not send is not changed at all (OCO-OPS-12).
func TestWhatTheBotSaysByItselfStands(t *testing.T) {
	for _, why := range []chat.SendReason{chat.ForNotice, chat.ForBot} {
		w := newWorld(t)
		w.capable(levels(full))
		w.engine.do = func(in delivery.Input) (any, error, bool) {
			if l, ok := in.(delivery.Locate); ok && l.Message == "m1" {
				return delivery.Located{Place: chat.Place{Room: "room:1:o1"}, Reason: why}, nil, true
			} else if ok {
				return nil, chat.Refuse(chat.MessageNotFound, "none"), true
			}
			return nil, nil, false
		}
		_, err := w.core.UpdateMessage(w.as(chat.RoleOperator), update("r", "m1", "x"))
		wants(t, err, chat.FieldInvalid)
		_, err = w.core.UpdateMessage(w.as(chat.RoleOperator), update("r", "msg:1:5", "x"))
		wants(t, err, chat.MessageNotFound)
		remove := &ocov1.DeleteMessageRequest{RequestId: "r", MessageId: "m1"}
		_, err = w.core.DeleteMessage(w.as(chat.RoleHandler, plugin.MessagesEditOwn), remove)
		wants(t, err, chat.ScopeMissing)
		if _, err = w.core.DeleteMessage(w.as(chat.RoleHandler, plugin.MessagesDeleteAny), remove); err != nil {
			t.Error(err)
		}
	}
}

// What is as large as its limit is taken, and one more is refused (OCO-OPS-16,
// OCO-SIZ-4, OCO-SIZ-5, OCO-SIZ-16).
func TestErrandsToTheBrimAndOneMore(t *testing.T) {
	w := newWorld(t)
	w.capable(levels(full, "typing=2"))
	ctx := w.as(chat.RoleOperator)
	topic := func(s string) error {
		_, err := w.core.UpdateRoom(ctx, &ocov1.UpdateRoomRequest{RequestId: "r", Room: byName("ops"), Topic: &s})
		return err
	}
	emoji := func(s string) error {
		_, err := w.core.SetReaction(ctx, &ocov1.SetReactionRequest{RequestId: "r", MessageId: "d/a", Emoji: s})
		return err
	}
	typing := func(d time.Duration) error {
		_, err := w.core.SetTyping(ctx, &ocov1.SetTypingRequest{To: &ocov1.Address{Room: byName("ops")}, Duration: durationpb.New(d)})
		return err
	}
	text := func(s string) error { _, err := w.core.UpdateMessage(ctx, update("r", "d/a", s)); return err }
	id := func(s string) error { _, err := w.core.UpdateMessage(ctx, update(s, "d/a", "x")); return err }
	x := func(n int) string { return strings.Repeat("x", n) }
	for name, c := range map[string]struct {
		got  error
		want chat.Reason
	}{
		"text": {text(x(64 << 10)), ""}, "text+1": {text(x(64<<10 + 1)), chat.TooLarge}, "no text": {text(""), chat.TextRequired}, "bad text": {text("\xff"), chat.FieldInvalid},
		"topic": {topic(x(1024)), ""}, "topic+1": {topic(x(1025)), chat.TooLarge}, "no topic": {topic(""), ""}, "lines": {topic("a\nb"), chat.FieldInvalid}, "bad topic": {topic("\xff"), chat.FieldInvalid},
		"emoji": {emoji(x(64)), ""}, "emoji+1": {emoji(x(65)), chat.TooLarge}, "family": {emoji("👩‍👩‍👧‍👦"), ""}, "no emoji": {emoji(""), chat.FieldInvalid},
		"two words": {emoji("a b"), chat.FieldInvalid}, "control": {emoji("a\x01"), chat.FieldInvalid}, "bad emoji": {emoji("\xff"), chat.FieldInvalid},
		"typing": {typing(time.Minute), ""}, "typing+1": {typing(time.Minute + 1), chat.FieldInvalid}, "typing 0": {typing(0), chat.FieldInvalid}, "typing 1": {typing(1), ""},
		"request": {id(x(128)), ""}, "request+1": {id(x(129)), chat.FieldInvalid}, "no request": {id(""), chat.FieldInvalid},
	} {
		if reason(c.got) != c.want {
			t.Errorf("%s: %v, want %q", name, c.got, c.want)
		}
	}
}

// Only what the bot knows of a content is handed on: a part that it does not know
// has no bound but that of a message, and an operation around it would be larger.
func TestAnUpdateHandsOnTheTextAlone(t *testing.T) {
	w := newWorld(t)
	w.capable(levels(full))
	req := update("r", "d1/a", "new")
	req.Content.ProtoReflect().SetUnknown(protowire.AppendBytes(protowire.AppendTag(nil, 9999, protowire.BytesType), make([]byte, 3<<20)))
	if _, err := w.core.UpdateMessage(w.as(chat.RoleOperator), req); err != nil {
		t.Fatal(err)
	}
	want := encoded(t, &ocov1.Operation{Kind: &ocov1.Operation_Update{Update: &ocov1.UpdateOperation{MessageId: "d1/a", Content: &ocov1.Content{Text: "new"}}}})
	if got := asked[delivery.Say](w.engine)[0].Send.Act.Encoded; !bytes.Equal(got, want) {
		t.Fatalf("%d bytes are handed on, %d say it", len(got), len(want))
	}
}

// What is wrong with a request is said before anything is done.
func TestErrandsThatMakeNoSense(t *testing.T) {
	w := newWorld(t)
	w.capable(levels(full))
	ctx, topic := w.as(chat.RoleOperator), "x"
	for name, err := range map[string]error{
		"no topic":        second(w.core.UpdateRoom(ctx, &ocov1.UpdateRoomRequest{RequestId: "r", Room: byName("ops")})),
		"topic of a user": second(w.core.UpdateRoom(ctx, &ocov1.UpdateRoomRequest{RequestId: "r", Room: byUser("user:1:bob"), Topic: &topic})),
		"join a user":     second(w.core.SetMembership(ctx, &ocov1.SetMembershipRequest{RequestId: "r", Room: byUser("user:1:bob")})),
		"no id":           second(w.core.DeleteMessage(ctx, &ocov1.DeleteMessageRequest{RequestId: "r"})),
		"no room":         second(w.core.DeleteMessage(ctx, &ocov1.DeleteMessageRequest{RequestId: "r", MessageId: "msg:1:5"})),
		"bad user":        second(w.core.SetMembership(ctx, &ocov1.SetMembershipRequest{RequestId: "r", Room: byName("ops"), UserId: "no id"})),
		"no request":      second(w.core.SetMembership(ctx, &ocov1.SetMembershipRequest{Room: byName("ops")})),
	} {
		if reason(err) != chat.FieldInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.core.SetMembership(ctx, &ocov1.SetMembershipRequest{RequestId: "r", Room: byName("ops"), UserId: "user:2:bob"})
	wants(t, err, chat.UserNotFound)
	_, err = w.core.DeleteMessage(ctx, &ocov1.DeleteMessageRequest{RequestId: "r", MessageId: "msg:2:5", Room: byName("ops")})
	wants(t, err, chat.MessageNotFound)
	if n := len(asked[delivery.Say](w.engine)); n != 0 {
		t.Errorf("%d were asked for", n)
	}
}

func second[T any](_ T, err error) error { return err }

// A store that fails is no grant (OCO-SEC-8).
func TestNoGrantFromAStoreThatFails(t *testing.T) {
	w := newWorld(t)
	w.rows.data[string(delivery.EndedKey("d1"))] = []byte("\xff")
	ctx := w.as(chat.RoleHandler)
	_, update := w.core.UpdateMessage(ctx, update("r", "d1/a", "x"))
	_, remove := w.core.DeleteMessage(ctx, &ocov1.DeleteMessageRequest{RequestId: "r", MessageId: "d1/a"})
	_, react := w.core.SetReaction(ctx, &ocov1.SetReactionRequest{RequestId: "r", MessageId: "msg:1:5", Emoji: "x", DeliveryId: "d1"})
	_, kind := w.core.SetTyping(ctx, &ocov1.SetTypingRequest{DeliveryId: "d1"})
	for i, err := range []error{update, remove, react, kind} {
		if err == nil || reason(err) != "" || errors.Is(err, context.Canceled) {
			t.Errorf("number %d: %v", i, fmt.Sprint(err))
		}
	}
}
