package rpc_test

import (
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/rpc"
)

// capable makes the adapter one that can so much.
func (w *world) capable(c *ocov1.Capabilities, rooms ...*ocov1.Room) {
	w.t.Helper()
	ctx := w.as(chat.RoleAdapter)
	must(w.core.Register(ctx, &ocov1.RegisterRequest{Replica: "a", Manifest: &ocov1.Manifest{Adapter: &ocov1.AdapterInfo{Service: "test"}}}))(w.t)
	w.report(c, rooms...)
}

func (w *world) report(c *ocov1.Capabilities, rooms ...*ocov1.Room) {
	w.t.Helper()
	must(w.core.ReportStatus(w.as(chat.RoleAdapter), &ocov1.ReportStatusRequest{AccountId: "account:1", Replica: "a", Capabilities: c, Rooms: rooms}))(w.t)
}

// At each level each errand is refused, left out, done otherwise or done
// (OCO-OPS-3, OCO-OPS-4, OCO-OPS-5, OCO-OPS-6).
func TestErrandsAtEveryLevel(t *testing.T) {
	capability := map[string]string{
		"update": "edit", "delete": "delete", "delete another's": "delete", "react": "reaction", "join": "membership", "invite": "membership", "topic": "topic",
	}
	const rejected, dropped, partial = ocov1.CapabilityLevel_CAPABILITY_LEVEL_REJECTED, ocov1.CapabilityLevel_CAPABILITY_LEVEL_DROPPED, ocov1.CapabilityLevel_CAPABILITY_LEVEL_PARTIAL
	instead := map[string]string{"update": "Edited: new, answering d1/a", "react": ":eyes:, answering msg:1:5"}
	for name, named := range capability {
		for level := rejected; level <= full; level++ {
			w := newWorld(t)
			w.engine.do = func(in delivery.Input) (any, error, bool) {
				if s, ok := in.(delivery.Say); ok {
					return delivery.SendEnd{Message: "o1", State: chat.Queued, Level: s.Send.Level}, nil, true
				}
				return nil, nil, false
			}
			other := partial
			if level == partial {
				other = full
			}
			c := levels(other)
			c.Levels[named] = level
			w.capable(c)
			status, err := errands[name](w, w.as(chat.RoleOperator))
			says := asked[delivery.Say](w.engine)
			switch fallback := instead[name]; {
			case level == rejected, level == ocov1.CapabilityLevel_CAPABILITY_LEVEL_FALLBACK && fallback == "":
				if reason(err) != chat.CapabilityMissing || len(says) != 0 {
					t.Errorf("%s at %s: %v, %v", name, level, err, says)
				}
			case err != nil || len(says) != 1 || status.Level != level || status.OperationId != "o1" || says[0].Send.Place.Room != "room:1:o1":
				t.Errorf("%s at %s: %v, %v, %+v", name, level, status, err, says)
			case level == dropped:
				if s := says[0].Send; s.Level != chat.Dropped || s.Act != nil || s.Text != "" {
					t.Errorf("%s is done all the same: %+v", name, s)
				}
			case level == ocov1.CapabilityLevel_CAPABILITY_LEVEL_FALLBACK:
				if s := says[0].Send; s.Act != nil || s.Text+", answering "+s.ReplyTo != fallback {
					t.Errorf("%s falls back to %+v", name, s)
				}
			default:
				if s := says[0].Send; s.Act == nil || s.Text != "" || s.Act.What == "" {
					t.Errorf("%s at %s: %+v", name, level, s)
				}
			}
		}
	}
}

// A reaction that was said is not taken back, an emoji that is none of ASCII is
// said as it is, and an edit leaves room for the words that it is one (OCO-OPS-5,
// OCO-OPS-6).
func TestWhatIsDoneInstead(t *testing.T) {
	w := newWorld(t)
	w.capable(levels(ocov1.CapabilityLevel_CAPABILITY_LEVEL_FALLBACK))
	ctx := w.as(chat.RoleOperator)
	react := func(emoji string, remove bool) delivery.NewSend {
		must(w.core.SetReaction(ctx, &ocov1.SetReactionRequest{RequestId: "r", MessageId: "d/a", Emoji: emoji, Remove: remove}))(t)
		says := asked[delivery.Say](w.engine)
		return says[len(says)-1].Send
	}
	for emoji, said := range map[string]string{"👍": "👍", "thumbs_up": ":thumbs_up:", ":tada:": ":tada:"} {
		if s := react(emoji, false); s.Text != said || s.Level != chat.Fallback {
			t.Errorf("%s is said as %+v", emoji, s)
		}
	}
	if s := react("👍", true); s.Text != "" || s.Level != chat.Dropped {
		t.Errorf("%+v", s)
	}
	most := rpc.MaxText - len("Edited: ")
	if _, err := w.core.UpdateMessage(ctx, update("r", "d/a", strings.Repeat("x", most))); err != nil {
		t.Error(err)
	}
	_, err := w.core.UpdateMessage(ctx, update("r", "d/a", strings.Repeat("x", most+1)))
	wants(t, err, chat.TooLarge)
	for _, level := range []string{"typing=2", "typing=3"} {
		w.report(levels(full, level))
		if _, err := w.core.SetTyping(ctx, &ocov1.SetTypingRequest{To: &ocov1.Address{Room: byName("ops")}}); err != nil {
			t.Errorf("%s: %v", level, err)
		}
	}
	w.report(levels(full, "typing=1"))
	_, err = w.core.SetTyping(ctx, &ocov1.SetTypingRequest{To: &ocov1.Address{Room: byName("ops")}})
	wants(t, err, chat.CapabilityMissing)
}

// A room's report comes before the account's, that before the default; each report
// replaces the last, and names that nobody knows are not kept (OCO-OPS-1,
// OCO-OPS-2, OCO-OPS-17).
func TestTheRoomComesBeforeTheAccount(t *testing.T) {
	w := newWorld(t)
	room := func(id string, c *ocov1.Capabilities) *ocov1.Room { return &ocov1.Room{RoomId: id, Capabilities: c} }
	level := func(id string) map[string]ocov1.CapabilityLevel {
		return must(w.core.GetRoom(w.as(chat.RoleOperator), &ocov1.GetRoomRequest{Room: byID(id)}))(t).Room.Capabilities.Levels
	}
	if l := level("room:1:o1"); l["edit"] != 3 || l["delete"] != 1 || l["reaction"] != 2 || l["reply"] != 4 || len(l) != 11 {
		t.Errorf("of nothing that is said: %v", l)
	}
	account := &ocov1.Capabilities{Levels: map[string]ocov1.CapabilityLevel{"edit": 5, "topic": 5, "delete": 77}, MaxTextLength: 400}
	w.capable(account, room("o1", &ocov1.Capabilities{Levels: map[string]ocov1.CapabilityLevel{"edit": 1, "telepathy": 5, "topic": 0}, MaxTextLength: 100, IdempotentSend: true}))
	if l := level("room:1:o1"); l["edit"] != 1 || l["topic"] != 5 || l["delete"] != 1 || len(l) != 11 {
		t.Errorf("of the room: %v", l)
	}
	if l := level("room:1:other"); l["edit"] != 5 || l["topic"] != 5 {
		t.Errorf("of another room: %v", l)
	}
	for id, want := range map[string]uint32{"room:1:o1": 100, "room:1:other": 400} {
		c := must(w.core.GetRoom(w.as(chat.RoleOperator), &ocov1.GetRoomRequest{Room: byID(id)}))(t).Room.Capabilities
		if c.MaxTextLength != want || c.IdempotentSend != (want == 100) {
			t.Errorf("%s: %v", id, c)
		}
	}
	_, err := w.core.UpdateMessage(w.as(chat.RoleOperator), update("r", "d/a", "x")) // it stands in room:1:o1
	wants(t, err, chat.CapabilityMissing)
	w.report(account)
	if _, err := w.core.UpdateMessage(w.as(chat.RoleOperator), update("r", "d/a", "x")); err != nil {
		t.Errorf("the report of the room outlived the next: %v", err)
	}
	many := make([]*ocov1.Room, 1001)
	for i := range many {
		many[i] = room(strings.Repeat("x", i+1)[:min(i+1, 1024)], nil)
	}
	w.report(account, many[:1000]...)
	for name, rooms := range map[string][]*ocov1.Room{"TOO_LARGE": many, "FIELD_INVALID": {{}}} {
		_, err := w.core.ReportStatus(w.as(chat.RoleAdapter), &ocov1.ReportStatusRequest{AccountId: "account:1", Replica: "a", Rooms: rooms})
		wants(t, err, chat.Reason(name))
	}
	_, err = w.core.ReportStatus(w.as(chat.RoleAdapter), &ocov1.ReportStatusRequest{AccountId: "account:1", Replica: "a", Rooms: []*ocov1.Room{{RoomId: strings.Repeat("x", 1025)}}})
	wants(t, err, chat.TooLarge)
}

// A report that was overtaken by that of a newer replica says nothing any more
// (OCO-LIF-21).
func TestTheReportOfTheNewestReplicaHolds(t *testing.T) {
	w := newWorld(t)
	w.capable(levels(full))
	report := func(replica string, level ocov1.CapabilityLevel) {
		must(w.core.ReportStatus(w.as(chat.RoleAdapter), &ocov1.ReportStatusRequest{AccountId: "account:1", Replica: replica, Capabilities: levels(level, "roster=1")}))(t)
	}
	w.engine.do = func(in delivery.Input) (any, error, bool) {
		a, ok := in.(delivery.Activate)
		switch {
		case ok && a.From.Name == "old":
			report("new", full) // comes in between
			return delivery.Activated{Epoch: 8, Active: true}, nil, true
		case ok:
			return delivery.Activated{Epoch: 9, Active: true}, nil, true
		}
		return nil, nil, false
	}
	report("old", ocov1.CapabilityLevel_CAPABILITY_LEVEL_REJECTED)
	room := must(w.core.GetRoom(w.as(chat.RoleOperator), &ocov1.GetRoomRequest{Room: byID("room:1:o1")}))(t).Room
	if got := room.Capabilities.Levels["edit"]; got != full {
		t.Errorf("what holds is %v, said by the replica that was replaced", got)
	}
}

// What an address asks for and the adapter cannot do is refused, or where that is
// no harm left out when the message is handed over (OCO-OPS-3, OCO-OPS-4).
func TestAddressesAtTheLevelOfTheirRoom(t *testing.T) {
	w := newWorld(t)
	thread := func() *ocov1.SendMessageRequest {
		r := request(to(byName("ops")))
		r.Message.To.Place = &ocov1.Address_ThreadId{ThreadId: "thread:1:t"}
		return r
	}
	answer := request(to(byName("ops")))
	answer.Message.ReplyTo = "msg:1:5"
	for name, req := range map[string]*ocov1.SendMessageRequest{"thread": thread(), "direct": request(to(byUser("user:1:bob"))), "reply": answer} {
		w.capable(levels(full, name+"=1"))
		_, err := w.core.SendMessage(w.as(chat.RoleOperator), req)
		wants(t, err, chat.CapabilityMissing)
		w.report(levels(full, name+"=2"))
		if _, err := w.core.SendMessage(w.as(chat.RoleOperator), req); err != nil {
			t.Errorf("%s dropped: %v", name, err)
		}
	}
	w.report(levels(full, "thread=1"))
	c := done(&ocov1.Send{Key: "k", Message: thread().Message})
	wants(t, w.complete(c), chat.CapabilityMissing)
}
