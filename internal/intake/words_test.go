package intake_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/store"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const (
	mine  = "d0000000000ab" // of alice
	other = "d0000000000cd" // of bob
)

// wordBench has two deliveries that failed, in the room #dev.
func wordBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	at := time.Unix(900, 0)
	b.life = map[string]*ocov1.ShowRecordResponse{}
	dev := &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "room:1:~23dev"}}}
	for id, user := range map[string]string{mine: "user:1:alice", other: "user:1:bob"} {
		row, err := proto.Marshal(&record.Delivery{User: user, Outcome: uint32(chat.Failed), Plugin: "h", Route: "ping"})
		if err != nil {
			t.Fatal(err)
		}
		var batch store.Batch
		batch.Put(delivery.EndedKey(id), row)
		if _, err := b.store.Apply(&batch); err != nil {
			t.Fatal(err)
		}
		d := &ocov1.DeliveryRecord{
			DeliveryId: id, PluginId: "h", Route: "ping", UserId: user, Address: dev, State: ocov1.DeliveryState_DELIVERY_STATE_ENDED,
			Outcome: ocov1.Outcome_OUTCOME_FAILED, Detail: "no route to " + user, AdmitTime: timestamppb.New(at), EndTime: timestamppb.New(at.Add(time.Second)),
		}
		b.open = append(b.open, d)
		b.life[id] = &ocov1.ShowRecordResponse{Event: &ocov1.Event{
			EventId: "event:1:9", Address: dev, Actor: &ocov1.User{UserId: user},
			Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{Change: ocov1.Change_CHANGE_CREATED, Message: &ocov1.Message{Content: &ocov1.Content{Text: "the secret plan"}}}},
		}, Deliveries: []*ocov1.DeliveryRecord{d, {DeliveryId: "d1", PluginId: "other", Route: "spy", Address: dev}}}
	}
	b.life["event:1:9"] = b.life[mine]
	b.state = &ocov1.GetStatusResponse{
		Bot: &ocov1.GetBotInfoResponse{Name: "oco"}, Ready: true, Uptime: durationpb.New(time.Hour), Warnings: []string{"h is\ndown"},
		Counts:  map[string]uint64{"waiting": 3, "open_list": 2},
		Plugins: []*ocov1.Plugin{{PluginId: "h", Paused: true, PauseReason: "disk full (olga)"}, {PluginId: "far", Detail: "never seen"}, {PluginId: "fine", Replicas: []*ocov1.Replica{{Connected: true}}}},
	}
	return b
}

// says is what the bot answers to somebody in #ops, or in a direct room.
func (b *bench) says(user, text string, change ...func(*ocov1.Event)) string {
	b.t.Helper()
	b.events++
	got, err := b.publish(said(user, text, append(change, func(e *ocov1.Event) { e.EventId = fmt.Sprint("said", b.events) })...))
	if err != nil {
		b.t.Fatal(err)
	}
	var all []string
	for _, s := range got.Sends {
		all = append(all, s.Text)
	}
	for _, d := range got.Deliveries {
		all = append(all, "-> "+d.Route.Name)
	}
	if got.Word != nil {
		all = append(all, fmt.Sprintf("%T %+v", got.Word, got.Word))
	}
	return strings.Join(all, "|")
}

// What operators say to the bot itself, in a room and in a direct room, and as on the
// command line (OCO-RTE-26, OCO-RTE-28).
func TestOperatorsSpeakToTheBotItself(t *testing.T) {
	for text, want := range map[string]string{
		"outcomes":                    "Open: 2.\n",
		"outcomes list":               "Open: 2.\n",
		"Outcomes":                    "Open: 2.\n",
		"status":                      "oco is ready, up 1 h. Waiting 3, running 0, to be posted 0, on the open list 2.\nh is paused: disk full (olga)\nfar is not running: never seen\nWarning: h is down",
		"drop " + mine:                "delivery.Drop {Delivery:" + mine + " By:olga Reason:}",
		"drop " + mine + " it is old": "delivery.Drop {Delivery:" + mine + " By:olga Reason:it is old}",
		"outcomes drop " + mine:       "delivery.Drop {Delivery:" + mine,
		"outcomes cancel " + mine:     "delivery.CancelOf {Delivery:" + mine,
		"show " + mine:                "event event:1:9\n",
		"outcomes show " + mine:       "event event:1:9\n",
		"show event:1:9":              "event event:1:9\n",
		"show d0123456789ab":          "I know of no d0123456789ab.",
		"show x/y":                    "I know of no x/y.",
		"pause h for a while":         "h is paused: what comes for it waits.",
		"pause":                       "Every handler is paused: what comes for it waits.",
		"pause all":                   "Every handler is paused: what comes for it waits.",
		"resume h":                    "h runs again.",
		"resume":                      "Every handler runs again.",
		"pause nobody":                "No plugin is called nobody.",
		"resume h now":                "There is no command",
		"show":                        "There is no command",
		"show me":                     "There is no command",
		"drop it":                     "There is no command",
		"outcomes please":             "There is no command",
	} {
		for _, where := range []struct {
			prefix string
			change func(*ocov1.Event)
		}{{"oco: ", func(*ocov1.Event) {}}, {"", direct}, {"oco ", direct}} {
			b := wordBench(t)
			if got := b.says("olga", where.prefix+text, where.change); !strings.HasPrefix(got, want) {
				t.Errorf("%s%s: %q, want %q", where.prefix, text, got, want)
			}
			// Who is no operator gets the answer of any other text, but for what is
			// their own (OCO-RTE-27).
			own := strings.Contains(text, "show") || strings.Contains(text, "cancel")
			if got := b.says("bob", where.prefix+text, where.change); !own && !strings.HasPrefix(got, "There is no command") {
				t.Errorf("bob is told %q of %s", got, text)
			}
			if len(b.paused) > 1 {
				t.Errorf("%s: paused %q", text, b.paused)
			}
		}
	}
}

// A command of a handler wins over the words that a handler may have too, and those
// with the id of a delivery win over every route (OCO-RTE-15, OCO-RTE-26).
func TestCommandsWinOverWordsWithoutAnID(t *testing.T) {
	b := wordBench(t)
	b.table = tableOf(t,
		route.Definition{Kind: route.Command, ID: "1", Patterns: []string{"status"}},
		route.Definition{Kind: route.Command, ID: "2", Patterns: []string{"pause {app}"}, Allow: []string{"nobody"}},
		route.Definition{Kind: route.Command, ID: "3", Patterns: []string{"show {what}"}},
		route.Definition{Kind: route.Hear, ID: "4", Name: "all", Regex: "."},
	)
	for text, want := range map[string]string{
		"oco: status": "-> status|-> all", "oco: pause web": "-> pause|-> all", "oco: show event:1:9": "-> show|-> all",
		"oco: show " + mine: "event event:1:9", "oco: outcomes": "Open: 2.",
	} {
		if got := b.says("olga", text); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if len(b.paused) > 0 {
		t.Errorf("paused %q", b.paused)
	}
}

// What was said in another room is told in a direct room and in that room itself,
// and nowhere else; nobody but operators sees what is not their own, or why a
// callback failed (OCO-RTE-29, OCO-RTE-31).
func TestWhatWasSaidElsewhereIsNotRepeated(t *testing.T) {
	in := func(room string) func(*ocov1.Event) {
		return func(e *ocov1.Event) { e.Address.Room.By = &ocov1.RoomRef_RoomId{RoomId: room} }
	}
	for _, c := range []struct {
		who, id    string
		where      func(*ocov1.Event)
		seen, told bool
	}{
		{"olga", mine, in("#ops"), true, false},
		{"olga", mine, in("#dev"), true, true},
		{"olga", mine, direct, true, true},
		{"alice", mine, in("#ops"), true, false},
		{"alice", mine, direct, true, true},
		{"alice", other, direct, false, false},
		{"alice", "event:1:9", direct, false, false},
	} {
		got := wordBench(t).says(c.who, "oco: show "+c.id, c.where)
		if strings.Contains(got, "h:ping") != c.seen || strings.Contains(got, "the secret plan") != c.told || strings.Contains(got, "no route to") != (c.told && c.who == "olga") {
			t.Errorf("%s is told of %s: %q", c.who, c.id, got)
		}
		if !c.seen && got != "I know of no "+c.id+"." {
			t.Errorf("%s learns of %s: %q", c.who, c.id, got)
		}
		if c.seen && !c.told != strings.Contains(got, "ask me in a direct room") {
			t.Errorf("%s: %q", c.who, got)
		}
		if spied := strings.Contains(got, "other:spy"); spied != (c.who == "olga") {
			t.Errorf("%s sees what others got of the event: %v", c.who, spied)
		}
	}
}

// Who asked sees what the bot says of how it ended, and not what programs wrote for
// operators (OCO-RTE-31).
func TestWhoAskedDoesNotSeeInside(t *testing.T) {
	for _, c := range []struct {
		change func(d *ocov1.DeliveryRecord)
		seen   bool
	}{
		{func(d *ocov1.DeliveryRecord) {}, false},
		{func(d *ocov1.DeliveryRecord) { d.Outcome = ocov1.Outcome_OUTCOME_CANCELLED }, true},
		{func(d *ocov1.DeliveryRecord) { d.Outcome = ocov1.Outcome_OUTCOME_EXPIRED }, true},
		{func(d *ocov1.DeliveryRecord) { d.Outcome = ocov1.Outcome_OUTCOME_REFUSED }, true},
		{func(d *ocov1.DeliveryRecord) { d.Outcome = ocov1.Outcome_OUTCOME_UNKNOWN }, true},
		{func(d *ocov1.DeliveryRecord) {
			d.Outcome, d.ResolvedOutcome = ocov1.Outcome_OUTCOME_UNKNOWN, ocov1.Outcome_OUTCOME_FAILED
		}, false},
		{func(d *ocov1.DeliveryRecord) {
			d.Outcome, d.State, d.Attempts = 0, ocov1.DeliveryState_DELIVERY_STATE_WAITING, nil
		}, true},
		{func(d *ocov1.DeliveryRecord) {
			d.Outcome, d.State, d.Attempts = 0, ocov1.DeliveryState_DELIVERY_STATE_WAITING, []*ocov1.Attempt{{Attempt: 1}}
		}, false},
	} {
		b := wordBench(t)
		for _, d := range b.life[mine].GetDeliveries() {
			c.change(d)
			d.Sends = []*ocov1.SentRecord{{MessageId: "m1", State: ocov1.SendState_SEND_STATE_FAILED, Detail: "from the service"}}
		}
		got := b.says("alice", "oco: show "+mine, direct)
		if strings.Contains(got, "no route to") != c.seen || strings.Contains(got, "from the service") {
			t.Errorf("alice reads: %s", got)
		}
	}
}

func TestTheOpenListIsShort(t *testing.T) {
	b := wordBench(t)
	one := b.open[0]
	b.open = nil
	for range 57 {
		b.open = append(b.open, one)
	}
	got := b.says("olga", "outcomes", direct)
	lines := strings.Split(got, "\n")
	if len(lines) != 22 || lines[0] != "Open: 57. The newest 20, all of them: oco outcomes" || lines[21] != "Say show, retry or drop with the id of one." {
		t.Errorf("%d lines: %s", len(lines), got)
	}
	if want := one.GetDeliveryId() + "  1 min ago  failed  h:ping, of " + one.GetUserId() + ": no route to " + one.GetUserId(); lines[1] != want {
		t.Errorf("%q, want %q", lines[1], want)
	}
	if got := b.says("olga", "oco: outcomes"); strings.Contains(got, "no route to") {
		t.Errorf("details are told in another room: %s", got)
	}
	b.open = nil
	if got := b.says("olga", "outcomes", direct); !strings.HasPrefix(got, "Nothing is open") {
		t.Error(got)
	}
}

func TestALongLifeIsCut(t *testing.T) {
	b := wordBench(t)
	for range 100 {
		b.life[mine].Deliveries[0].Attempts = append(b.life[mine].Deliveries[0].Attempts, &ocov1.Attempt{Attempt: 1, Replica: "r", StartTime: timestamppb.New(time.Unix(901, 0))})
	}
	lines := strings.Split(b.says("olga", "show "+mine, direct), "\n")
	if len(lines) != 31 || lines[30] != "The rest: oco show "+mine {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

// An event that comes again pauses nothing again: neither one that was admitted, nor
// one whose admission failed after the pause (OCO-RTE-30).
func TestAPauseThatComesAgainDoesNothing(t *testing.T) {
	b := wordBench(t)
	e := func() *ocov1.Event { return said("olga", "pause h", direct) }
	first, _ := b.publish(e())
	again, _ := b.publish(e())
	if len(b.paused) != 1 || b.paused[0] != "h true by olga: " || again.Sends[0].Text != first.Sends[0].Text {
		t.Errorf("paused %q, answered %+v", b.paused, again.Sends)
	}
	b = wordBench(t)
	b.seen[first.Dedup] = true
	if got, _ := b.publish(e()); len(got.Sends) != 0 || len(b.paused) != 0 {
		t.Errorf("%+v, %q", got, b.paused)
	}
}

// What does not work is said, and tried again when it is said again.
func TestWhatDoesNotWorkIsSaid(t *testing.T) {
	b := wordBench(t)
	b.broken = errors.New("the disk is gone")
	for _, text := range []string{"outcomes", "status", "pause h", "show " + mine} {
		if got := b.says("olga", text, direct); got != "That did not work: the disk is gone." {
			t.Errorf("%s: %q", text, got)
		}
	}
}
