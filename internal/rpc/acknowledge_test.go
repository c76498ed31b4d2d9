package rpc_test

import (
	"maps"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/rpc"
)

// Only a message is reacted to (OCO-DLV-66).
func TestAcknowledgement(t *testing.T) {
	encode := func(e *ocov1.Event) []byte {
		raw, err := proto.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	op := new(ocov1.Operation)
	said := &ocov1.Event{Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{Message: &ocov1.Message{MessageId: "msg:1:5"}}}}
	if err := proto.Unmarshal(rpc.Acknowledgement(encode(said)), op); err != nil || op.GetReaction().GetMessageId() != "msg:1:5" || op.GetReaction().GetEmoji() != "✅" {
		t.Errorf("%v, %v", op, err)
	}
	for _, other := range [][]byte{nil, encode(&ocov1.Event{EventId: "e"}), []byte("\xff\xff"), encode(&ocov1.Event{Kind: &ocov1.Event_Reaction{Reaction: &ocov1.ReactionEvent{MessageId: "msg:1:5"}}})} {
		if got := rpc.Acknowledgement(other); got != nil {
			t.Errorf("%q is reacted to: %q", other, got)
		}
	}
}

// A report of the adapter says whether it is connected, whether anything is missed
// while it is not, and where a reaction is seen by everybody (OCO-DLV-66,
// OCO-DLV-67).
func TestReportsReachTheMachine(t *testing.T) {
	room := func(id string, level string) *ocov1.Room {
		return &ocov1.Room{RoomId: id, Capabilities: levels(full, level)}
	}
	for name, c := range map[string]struct {
		account *ocov1.Capabilities
		rooms   []*ocov1.Room
		reacts  bool
		in      map[string]bool
	}{
		"everywhere":          {levels(full), nil, true, nil},
		"but in one room":     {levels(full), []*ocov1.Room{room("a", "reaction=4"), room("b", "reaction=5")}, true, map[string]bool{"room:1:a": false}},
		"nowhere":             {levels(full, "reaction=4"), []*ocov1.Room{room("a", "reaction=3")}, false, nil},
		"in one room":         {levels(full, "reaction=2"), []*ocov1.Room{room("a", "reaction=5")}, false, map[string]bool{"room:1:a": true}},
		"not said":            {&ocov1.Capabilities{}, nil, false, nil},
		"not said of a room":  {levels(full), []*ocov1.Room{{RoomId: "a"}}, true, nil},
		"a level of the next": {levels(full, "reaction=9"), nil, false, nil},
	} {
		w := newWorld(t)
		w.capable(c.account, c.rooms...)
		all := asked[delivery.Activate](w.engine)
		if got := all[len(all)-1]; got.Reacts != c.reacts || !maps.Equal(got.ReactsIn, c.in) || got.Connected || got.Replays {
			t.Errorf("%s: %+v", name, got)
		}
	}
	w := newWorld(t)
	ctx := w.as(chat.RoleAdapter)
	must(w.core.Register(ctx, &ocov1.RegisterRequest{Replica: "a", Manifest: &ocov1.Manifest{Adapter: &ocov1.AdapterInfo{Service: "test", ReplaysMissed: true}}}))(t)
	must(w.core.ReportStatus(ctx, &ocov1.ReportStatusRequest{AccountId: "account:1", Replica: "a", Connected: true}))(t)
	if got := asked[delivery.Activate](w.engine)[0]; !got.Connected || !got.Replays {
		t.Errorf("%+v", got)
	}
}

// Status warns of messages that were not seen of late, and of operators who are
// told nothing (OCO-DLV-67, OCO-DLV-68).
func TestStatusWarns(t *testing.T) {
	warned := func(s delivery.Snapshot) []string {
		w := newWorld(t)
		w.engine.do = func(in delivery.Input) (any, error, bool) {
			_, ok := in.(delivery.Inspect)
			return s, nil, ok
		}
		return must(w.core.GetStatus(w.as(chat.RoleOperator), &ocov1.GetStatusRequest{}))(t).Warnings
	}
	none := len(warned(delivery.Snapshot{}))
	to := time.Now().Add(-time.Hour)
	away := func(to time.Time) delivery.Snapshot {
		return delivery.Snapshot{Accounts: []delivery.AccountState{{ID: "account:1", MissedFrom: to.Add(-time.Minute), MissedTo: to}}}
	}
	for name, c := range map[string]struct {
		s    delivery.Snapshot
		want string
	}{
		"away":          {away(to), "the bot was away from " + to.Add(-time.Minute).Format(time.DateTime) + " to " + to.Format(time.DateTime+" MST") + ": messages in that time were not seen"},
		"away long ago": {away(to.Add(-24 * time.Hour)), ""},
		"one unheard":   {delivery.Snapshot{Unheard: 1}, "no operators_room is configured: 1 notice was said nowhere since the bot was started"},
		"two unheard":   {delivery.Snapshot{Unheard: 2}, "no operators_room is configured: 2 notices were said nowhere since the bot was started"},
		"not posted": {
			delivery.Snapshot{Unposted: delivery.Unposted{Notices: 2, Why: "there is no room ops."}},
			"2 notices were not posted in the operators' room, at last because: there is no room ops. See whether operators_room is right, and the bot in that room",
		},
	} {
		got := warned(c.s)
		if c.want == "" && len(got) != none || c.want != "" && (len(got) != none+1 || got[none] != c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Who pauses is named to the operators (OCO-DLV-68).
func TestPauseNamesWhoDidIt(t *testing.T) {
	w := newWorld(t)
	w.capable(levels(full))
	must(w.core.SetPaused(w.as(chat.RoleOperator), &ocov1.SetPausedRequest{Paused: true, Reason: "release"}))(t)
	if got := asked[delivery.Pause](w.engine); len(got) != 1 || got[0].By == "" || got[0].Reason != "release" || !got[0].Paused {
		t.Errorf("%+v", got)
	}
}
