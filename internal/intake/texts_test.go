package intake_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/texts"
	"github.com/openchatops/oco/internal/texts/textstest"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// speak has a bench speak the texts of a catalogue.
func (b *bench) speak(c *texts.Catalogue, change ...func(*intake.Rules)) {
	rules := intake.Rules{Address: b.address, Texts: c}
	for _, do := range change {
		do(&rules)
	}
	b.in.SetRules(rules, func() {})
}

// manyForms are commands whose arguments are of every type.
func manyForms() []route.Definition {
	var all []route.Definition
	for i, pattern := range []string{
		"scale {app} {n:integer}", "rate {x:number}", "keep {x:flag}", "sleep {d:duration}", "at {when:time}", "size {s:small|large}", "go [--fast] {where}",
		"list {all*}", "note {text...}", "send {f:file}", "sends {f*:file}", "open {u:url}", "put {j:json}", "find {r:regex}", "tell {who:user}", "join {r:room}", "sum {a} to {b}",
		"hide [--force] {token:secret} {n:integer}", "gossip {word:secret} {rooms*:room}",
	} {
		all = append(all, route.Definition{Kind: route.Command, ID: fmt.Sprint(i), Patterns: []string{pattern}})
	}
	return append(all,
		route.Definition{Kind: route.Command, ID: "r", Patterns: []string{"ship {app}"}, Deprecated: []string{"deliver {app}"}},
		route.Definition{Kind: route.Command, ID: "x", Patterns: []string{"deploy {app}"}, Allow: []string{"ops"}},
		route.Definition{Kind: route.Command, ID: "y", Patterns: []string{"drain {app}"}, Allow: []string{"operators"}, Danger: true},
	)
}

// told are all answers of the bot's own to a message, and what is recorded of it.
func (b *bench) told(user, text string, change ...func(*ocov1.Event)) (all []string) {
	b.t.Helper()
	b.events++
	got, err := b.publish(said(user, text, append(change, func(e *ocov1.Event) { e.EventId = fmt.Sprint("told", b.events) })...))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, s := range got.Sends {
		all = append(all, s.Text)
	}
	for _, d := range got.Deliveries {
		if d.Refused {
			all = append(all, d.UserText)
		}
	}
	return all
}

// Whatever the bot answers by itself is of its catalogue, whole, and every text that
// says something to people who speak to the bot is said (OCO-RTE-34).
func TestAllThatTheBotAnswersIsOfTheCatalogue(t *testing.T) {
	seen := map[string]bool{}
	look := func(from string, answers ...string) {
		t.Helper()
		if len(answers) == 0 {
			t.Errorf("%q is not answered", from)
		}
		for _, text := range answers {
			if rest := textstest.Outside(text); rest != "" || !strings.HasPrefix(strings.TrimSpace(text), "⟦") {
				t.Errorf("%q is answered by %q, of which %q is of no catalogue", from, text, rest)
			}
			for _, name := range textstest.Names(text) {
				seen[name] = true
			}
		}
	}
	b := wordBench(t)
	b.table = tableOf(t, manyForms()...)
	b.speak(textstest.Wrapped())
	for _, text := range []string{
		"frobnicate the widgets", "scael web 3", "scale web many", "scale web", "scale web 3 4", "rate x", "keep x", "sleep x", "at noonish", "size tiny", "size", "go --slow x", "go --fast --fast x",
		"go", "list", "note", "send", "sends", "open x", "put x", "find (", "tell nobody", "join nowhere", "sum 1 2", "hide hunter2 x", "hide a 1 b", "hide --x 1", "sum 1", "list" + strings.Repeat(" a", 3000),
		"deliver web", "deploy web", "retry d0123456789ab", "cancel d0123456789ab", "show d0123456789ab", "retry " + other, "cancel " + other, "show " + mine,
	} {
		look(text, b.told("alice", "oco: "+text)...)
	}
	look("two files", b.told("alice", "oco: send", func(e *ocov1.Event) {
		m := e.GetMessage().GetMessage()
		m.Attachments = []*ocov1.Attachment{{FileId: "a", Name: "a"}, {FileId: "b", Name: "b"}}
	})...)
	look("a hidden character", b.told("olga", "oco: drain w\u200beb")...)
	for _, text := range []string{
		"outcomes", "status", "pause h", "pause", "resume h", "resume", "pause nobody", "show " + mine, "show event:1:9", "retry " + mine,
	} {
		look(text, b.told("olga", "oco: "+text)...)
	}
	look("in a direct room", b.told("olga", "outcomes", direct)...)
	b.open = slices.Repeat(b.open, 15)
	look("many", b.told("olga", "oco: outcomes")...)
	b.open, b.state.Ready = nil, false
	b.state.Plugins = append(b.state.Plugins, &ocov1.Plugin{PluginId: "x", Paused: true}, &ocov1.Plugin{PluginId: "y"})
	b.state.Warnings = slices.Repeat([]string{"the disk is full"}, 40)
	look("outcomes", b.told("olga", "oco: outcomes")...)
	look("status", b.told("olga", "oco: status")...)
	b.broken = errors.New("the disk is gone")
	look("what does not work", b.told("olga", "oco: status")...)
	b.broken = nil

	for _, life := range everyMoment() {
		b.life[mine] = life
		look("a long life", b.told("olga", "show "+mine, direct)...)
	}
	b.life[mine].Deliveries = slices.Repeat(b.life[mine].Deliveries, 30)
	look("one that is too long", b.told("olga", "show "+mine, direct)...)
	b.life[mine] = &ocov1.ShowRecordResponse{Event: &ocov1.Event{EventId: "event:1:8"}}
	look("an event that is gone", b.told("olga", "show "+mine, direct)...)
	for _, kind := range happened9() {
		b.life[mine] = kind
		look("what happened", b.told("olga", "show "+mine, direct)...)
	}

	b.codes["claim-abc"], b.codes["claim-def"] = true, true
	look("a code", b.told("alice", "oco: claim-abc")...)
	look("a code in a direct room", b.told("alice", "claim-def", direct)...)

	names(t, look)
	retries(t, look)
	bounds(t, look)

	var never []string
	for _, e := range (*texts.Catalogue)(nil).Entries() {
		group, _, _ := strings.Cut(e.Name, ".")
		if slices.Contains([]string{"unmatched", "usage", "limit", "claim", "deprecated", "problem", "expected", "outcomes", "status", "show", "field", "life", "word"}, group) &&
			!seen[e.Name] && !elsewhere[e.Name] {
			never = append(never, e.Name)
		}
	}
	if len(never) > 0 {
		t.Errorf("nothing here has the bot say %s", strings.Join(never, ", "))
	}
}

// elsewhere are the texts that only the machine of deliveries says, or that fit what
// cannot happen with the commands here.
var elsewhere = map[string]bool{
	"word.retried": true, "word.cancelled": true, "word.settled": true, "word.not_ended": true, "word.cancel_instead": true, "word.ended_already": true,
	"word.retried_already": true, "word.done_already": true, "word.not_open": true,
	"problem.no_fit": true, "expected.something": true, // of what this program does not know
	"field.trace": true,                      // for machines
	"status.busy": true, "status.turn": true, // what records say of a delivery that waits
	"outcomes.open.one": true, "outcomes.newest.one": true,
}

// names drives what is said of users and rooms that are named.
func names(t *testing.T, look func(string, ...string)) {
	town := newTown()
	b := town.in(newBench(t))
	b.table = tableOf(t, append(manyForms(), route.Definition{Kind: route.Command, ID: "all", Patterns: []string{"invite {who*:user}"}})...)
	b.speak(textstest.Wrapped())
	for _, text := range []string{
		"tell bobb", "join nowhere", "join twice", "gossip x twice", "gossip x a b c d e f g h i j", "invite a b c d e f g h i j",
	} {
		look(text, b.told("alice", "oco: "+text)...)
	}
	town.fails = chat.Refuse(chat.AdapterDisconnected, "it is away")
	look("when nobody can be asked", slices.Concat(b.told("alice", "oco: tell bobby"), b.told("alice", "oco: gossip x elsewhere"))...)
}

// retries drives what a retry cannot do.
func retries(t *testing.T, look func(string, ...string)) {
	b := newBench(t)
	row := func(id string, rec *record.Delivery) {
		t.Helper()
		value, err := proto.Marshal(rec)
		if err != nil {
			t.Fatal(err)
		}
		var batch store.Batch
		batch.Put(delivery.EndedKey(id), value)
		if _, err := b.store.Apply(&batch); err != nil {
			t.Fatal(err)
		}
	}
	b.table = tableOf(t, manyForms()...)
	b.speak(textstest.Wrapped())
	event := func(id, text string, bare bool) {
		t.Helper()
		e := said("user:1:alice", text)
		e.AccountId = "account:1"
		payload, err := proto.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		value, err := proto.Marshal(&record.Event{Payload: payload, Bare: bare})
		if err != nil {
			t.Fatal(err)
		}
		var batch store.Batch
		batch.Put(delivery.EventKey(id), value)
		if _, err := b.store.Apply(&batch); err != nil {
			t.Fatal(err)
		}
	}
	event("event:1:bare", "oco: ship web", true)
	event("event:1:ship", "oco: ship web", false)
	event("event:1:bad", "oco: scale web many", false)
	event("event:1:deploy", "oco: deploy web", false)
	for _, c := range []struct{ event, route string }{
		{"event:1:none", "ship"}, {"event:1:bare", "ship"}, {"event:1:ship", "gone"}, {"event:1:ship", "note"}, {"event:1:bad", "scale"}, {"event:1:deploy", "deploy"},
	} {
		row(mine, &record.Delivery{User: "user:1:alice", Outcome: uint32(chat.Failed), Plugin: "h", Route: c.route, Event: c.event})
		look("retry of "+c.event+" by "+c.route, b.told("alice", "oco: retry "+mine)...)
	}
}

// bounds drives what who says too much reads.
func bounds(t *testing.T, look func(string, ...string)) {
	for most := range 2 {
		b := newBench(t)
		b.speak(textstest.Wrapped(), func(r *intake.Rules) { r.UserMessages = most + 1 })
		for range most + 1 {
			b.told("alice", "oco: ping")
		}
		look("too fast", b.told("alice", "oco: ping")...)
	}
	b := newBench(t)
	b.speak(textstest.Wrapped(), func(r *intake.Rules) {
		r.LoopAnswers, r.OperatorsRoom = 1, chat.Place{Room: operatorsRoom}
	})
	look("often enough", b.told("alice", "oco: frobnicate")...)
	last := b.admits[len(b.admits)-1].Events[0]
	b.in.Posting(last.Trace)
	look("like a program", b.told("alice", "oco: ping")...)
}

// everyMoment are lives in which all happened that can.
func everyMoment() []*ocov1.ShowRecordResponse {
	at := func(s int) *timestamppb.Timestamp { return timestamppb.New(time.Unix(900+int64(s), 0)) }
	sent := func(id, operation, detail string, state ocov1.SendState) *ocov1.SentRecord {
		return &ocov1.SentRecord{MessageId: id, Operation: operation, State: state, Detail: detail, MakeTime: at(5)}
	}
	full := &ocov1.DeliveryRecord{
		DeliveryId: mine, PluginId: "h", Route: "ping", UserId: "user:1:alice", AdmitTime: at(0), EndTime: at(9), Outcome: ocov1.Outcome_OUTCOME_UNKNOWN,
		Decision: "allowed", UserText: "⟦x⟧", Detail: "lost",
		Attempts: []*ocov1.Attempt{{Attempt: 1, Replica: "r", StartTime: at(0), EndTime: at(1), EndedBy: "lost"}, {Attempt: 2, Replica: "r", StartTime: at(4), EndTime: at(5)}},
		Sends: []*ocov1.SentRecord{
			sent("m1", "", "", ocov1.SendState_SEND_STATE_SENT), sent("m2", "", "", ocov1.SendState_SEND_STATE_UNKNOWN), sent("m3", "", "", ocov1.SendState_SEND_STATE_QUEUED),
			sent("m4", "", "archived", ocov1.SendState_SEND_STATE_FAILED), sent("m5", "", "", ocov1.SendState_SEND_STATE_EXPIRED),
		},
	}
	acts := &ocov1.DeliveryRecord{
		DeliveryId: "d5", AdmitTime: at(0), Sends: []*ocov1.SentRecord{
			sent("o1", "reaction", "", ocov1.SendState_SEND_STATE_SENT), sent("o2", "reaction", "", ocov1.SendState_SEND_STATE_UNKNOWN),
		},
	}
	settled := &ocov1.DeliveryRecord{DeliveryId: "d3", AdmitTime: at(0), Outcome: ocov1.Outcome_OUTCOME_FAILED, Settled: true}
	resolved := &ocov1.DeliveryRecord{DeliveryId: "d4", AdmitTime: at(0), Outcome: ocov1.Outcome_OUTCOME_UNKNOWN, ResolvedOutcome: ocov1.Outcome_OUTCOME_FAILED, RetriedAs: "d2"}
	return []*ocov1.ShowRecordResponse{{Event: &ocov1.Event{
		EventId: "event:1:9", OccurTime: at(0), AdmitTime: at(0), RoomKind: ocov1.RoomKind_ROOM_KIND_DIRECT, Actor: &ocov1.User{UserId: "user:1:a", Name: "Alice", Bot: true},
		Address: &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_UserId{UserId: "user:1:a"}}, Place: &ocov1.Address_ThreadId{ThreadId: "t"}},
		Kind:    &ocov1.Event_Message{Message: &ocov1.MessageEvent{Change: ocov1.Change_CHANGE_UPDATED, Message: &ocov1.Message{Content: &ocov1.Content{Text: "hi"}}}},
	}}, {Deliveries: []*ocov1.DeliveryRecord{acts, settled, resolved}}, {Deliveries: []*ocov1.DeliveryRecord{full}}}
}

// happened9 are lives of events that are no messages, and of deliveries that have not
// ended.
func happened9() []*ocov1.ShowRecordResponse {
	at := timestamppb.New(time.Unix(900, 0))
	var all []*ocov1.ShowRecordResponse
	for _, e := range []*ocov1.Event{
		{Kind: &ocov1.Event_Reaction{Reaction: &ocov1.ReactionEvent{Emoji: "x", MessageId: "m"}}},
		{Kind: &ocov1.Event_Reaction{Reaction: &ocov1.ReactionEvent{Emoji: "x", MessageId: "m", Removed: true}}},
		{Kind: &ocov1.Event_Member{Member: &ocov1.MemberEvent{User: &ocov1.User{UserId: "user:1:a"}}}},
		{Kind: &ocov1.Event_Member{Member: &ocov1.MemberEvent{User: &ocov1.User{UserId: "user:1:a"}, Left: true}}},
		{Kind: &ocov1.Event_Room{Room: &ocov1.RoomEvent{Change: ocov1.Change_CHANGE_DELETED, Room: &ocov1.Room{Name: "ops", Topic: "t"}}}},
		{Kind: &ocov1.Event_Custom{Custom: &ocov1.CustomEvent{Type: "x.y"}}},
	} {
		e.EventId = "event:1:9"
		all = append(all, &ocov1.ShowRecordResponse{Event: e, Deliveries: []*ocov1.DeliveryRecord{
			{DeliveryId: "d1", State: ocov1.DeliveryState_DELIVERY_STATE_WAITING, AdmitTime: at}, {DeliveryId: "d2", State: ocov1.DeliveryState_DELIVERY_STATE_LEASED, AdmitTime: at},
			{DeliveryId: "d3", Outcome: ocov1.Outcome_OUTCOME_FAILED, AdmitTime: at},
			{AdmitTime: at, Sends: []*ocov1.SentRecord{{MessageId: "m", State: ocov1.SendState_SEND_STATE_SENT, MakeTime: at}}},
			{Sends: []*ocov1.SentRecord{{MessageId: "m", State: ocov1.SendState_SEND_STATE_SENT, MakeTime: at}}},
		}})
	}
	return all
}

// An addressed message that nothing takes is answered whatever the operator makes of
// the answer, and by nothing but the text of the operator's (OCO-RTE-32).
func TestWhatNothingTakesIsAlwaysAnswered(t *testing.T) {
	for said, want := range map[string]string{
		"Ask in #help.":               "Ask in #help.",
		"{text}? No.\nSay {bot} help": "frobnicate? No.\nSay oco help",
	} {
		c, problems := texts.New(texts.Layer{"unmatched": said})
		if problems != nil {
			t.Fatal(problems)
		}
		b := newBench(t)
		b.speak(c)
		if got := b.told("alice", "oco: frobnicate"); !slices.Equal(got, []string{want}) {
			t.Errorf("%q says %q", said, got)
		}
	}
	for _, nothing := range []string{"", " ", "\n", "\u00a0"} {
		c, problems := texts.New(texts.Layer{"unmatched": nothing})
		if len(problems) != 1 {
			t.Errorf("%q is taken for a text", nothing)
		}
		b := newBench(t)
		b.speak(c)
		if got := b.told("alice", "oco: frobnicate"); len(got) != 1 || !strings.HasPrefix(got[0], "There is no command") {
			t.Errorf("%q says %q", nothing, got)
		}
	}
}

// What somebody typed stands in a text as it was typed: it forms no placeholder, brings
// no line of its own, and what cannot be seen of it is shown (OCO-RTE-33).
func TestWhatSomebodyTypedIsNoText(t *testing.T) {
	const typed = "{bot} {{text}} {usage} %s \u202eevil\u200b \x1b[31m ⟧@here"
	const shown = "{bot} {{text}} {usage} %s \\u{202E}evil\\u{200B} \\u{001B}[31m ⟧@here"
	c, problems := texts.New(texts.Layer{
		"unmatched": "<{text}|{bot}>", "problem.bad_value": "<{value}|{argument}|{expected}>", "word.no_such_plugin": "<{plugin}>", "word.paused": "<{plugin}>",
	})
	if problems != nil {
		t.Fatal(problems)
	}
	b := newBench(t)
	b.table = tableOf(t, manyForms()...)
	b.speak(c)
	for text, want := range map[string]string{
		"oco: " + typed:                                       "<" + shown + "|oco>",
		"oco: a\nb\r\n\tc":                                    "<a b c|oco>",
		"oco: scale web \"" + typed + "\"":                    "scale: <\"" + shown + "\"|n|a whole number such as 3 or -20>.\nUsage: ",
		"oco: size “a\nb”":                                    "size: <“a b”|s|one of small, large>.\nUsage: ",
		"oco: pause {plugin}\u202e now":                       "<{plugin}\\u{202E}>",
		"oco: " + strings.Repeat("x", 50) + "{bot}{bot}{bot}": "<" + strings.Repeat("x", 50) + "{bot}{bot}…|oco>",
	} {
		got := strings.Join(b.told("olga", text), "|")
		if !strings.HasPrefix(got, want) {
			t.Errorf("%q says\n%q, want\n%q", text, got, want)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r == 0x202e || r == 0x200b || r == 0x1b || r == '\r' }) {
			t.Errorf("%q brings what cannot be seen: %q", text, got)
		}
	}
	olga := func(e *ocov1.Event) { e.Actor.Name = "ol\u202ega\n{id}" }
	b = wordBench(t)
	if got := b.says("olga", "oco: drop "+mine+" done\u202e by hand", olga); !strings.Contains(got, `By:ol\u{202E}ga {id} Reason:done\u{202E} by hand`) {
		t.Errorf("%q", got)
	}
	b.says("olga", "oco: pause h for\u200b now", olga)
	if got := strings.Join(b.paused, ""); got != `h true by ol\u{202E}ga {id}: for\u{200B} now` {
		t.Errorf("%q", got)
	}
}
