package oco

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

func nothing(context.Context, *Message) error { return nil }
func nothingOn(context.Context, *Event) error { return nil }

func TestDeclarationMistakesPanic(t *testing.T) {
	for _, c := range []struct {
		want    string
		declare func(h *Handler)
	}{
		{"empty pattern", func(h *Handler) { h.Command(" ", "", nothing) }},
		{"empty expression", func(h *Handler) { h.Hear("", "", nothing) }},
		{"empty type", func(h *Handler) { h.OnEvent("", nothingOn) }},
		{"the callback is nil", func(h *Handler) { h.Command("a", "", nil) }},
		{"the callback is nil", func(h *Handler) { h.Hear("a", "", nil) }},
		{"the callback is nil", func(h *Handler) { h.OnEvent("a", nil) }},
		{`there is a route "x" already`, func(h *Handler) { h.Command("a", "", nothing, Name("x")); h.Hear("b", "", nothing, Name("x")) }},
		{"route with this pattern already", func(h *Handler) { h.Command("a", "", nothing); h.Command("a", "", nothing) }},
		{`there is a route "event-a.b" already`, func(h *Handler) { h.OnEvent("a.b", nothingOn); h.OnEvent("a.b", nothingOn) }},
		{"empty option", func(h *Handler) { h.Command("a", "", nothing, RouteOption{}) }},
		{"names of groups", func(h *Handler) { h.Command("a", "", nothing, Allow()) }},
		{"names of groups", func(h *Handler) { h.Command("a", "", nothing, Allow("ops", "")) }},
		{"Name is empty", func(h *Handler) { h.Command("a", "", nothing, Name("")) }},
		{"Aliases is for commands only", func(h *Handler) { h.Hear("a", "", nothing, Aliases("b")) }},
		{"Aliases has an empty text", func(h *Handler) { h.Command("a", "", nothing, Aliases("")) }},
		{"Deprecated is for commands only", func(h *Handler) { h.OnEvent("a", nothingOn, Deprecated("b")) }},
		{"Examples is for commands only", func(h *Handler) { h.Hear("a", "", nothing, Examples("b")) }},
		{"Examples has an empty text", func(h *Handler) { h.Command("a", "", nothing, Examples("a", "")) }},
		{"OnEdit is for commands and hear routes only", func(h *Handler) { h.OnEvent("a", nothingOn, OnEdit()) }},
		{"MaxRun(0s) must be above zero", func(h *Handler) { h.Command("a", "", nothing, MaxRun(0)) }},
		{"StaleAfter(-1s) must be above zero", func(h *Handler) { h.Command("a", "", nothing, StaleAfter(-time.Second)) }},
		{"MaxAttempts(0)", func(h *Handler) { h.Command("a", "", nothing, MaxAttempts(0)) }},
		{"no such order", func(h *Handler) { h.Command("a", "", nothing, InOrder(9)) }},
		{"no such notice", func(h *Handler) { h.Command("a", "", nothing, Notify(0)) }},
		{"who addressed the bot is always told", func(h *Handler) { h.Command("a", "", nothing, Notify(NotifyNone)) }},
		{"Exclusive is for hear routes only", func(h *Handler) { h.Command("a", "", nothing, Exclusive()) }},
		{"Argument needs the name of a placeholder", func(h *Handler) { h.Command("a {b}", "", nothing, Argument(ArgumentSpec{})) }},
		{"as in {b:integer}", func(h *Handler) {
			h.Command("a {b}", "", nothing, Argument(ArgumentSpec{Name: "b", Type: TypeInteger}))
		}},
		{"Argument needs the name of a group", func(h *Handler) { h.Hear("a", "", nothing, Argument(ArgumentSpec{})) }},
		{"there is no type 9", func(h *Handler) { h.Hear("a", "", nothing, Argument(ArgumentSpec{Name: "b", Type: 9})) }},
		{"choices are texts", func(h *Handler) {
			h.Hear("a", "", nothing, Argument(ArgumentSpec{Name: "b", Type: TypeInteger, Choices: []string{"1", "2"}}))
		}},
		{"Argument is for commands and hear routes", func(h *Handler) { h.OnEvent(MemberJoined, nothingOn, Argument(ArgumentSpec{Name: "b"})) }},
		{"MaxInFlight(0)", func(h *Handler) { h.MaxInFlight(0) }},
		{"empty scope", func(h *Handler) { h.Scopes("") }},
		{"NewHandler", func(*Handler) { NewHandler("Not A Name") }},
		{"NewAdapter", func(*Handler) { NewAdapter("", "x", &testAdapter{}) }},
		{"the adapter is nil", func(*Handler) { NewAdapter("a", "x", nil) }},
		{"chat service is empty", func(*Handler) { NewAdapter("a", "", &testAdapter{}) }},
	} {
		got := func() (text string) {
			defer func() { text = fmt.Sprint(recover()) }()
			c.declare(NewHandler("test"))
			return ""
		}()
		if !strings.HasPrefix(got, "oco: ") || !strings.Contains(got, c.want) {
			t.Errorf("panic %q, want %q in it", got, c.want)
		}
	}
}

func TestManifestSaysWhatWasDeclared(t *testing.T) {
	h := NewHandler("test")
	h.Version, h.Description = "1", "Tests."
	h.Scopes("users.read", "users.read", "rooms.read")
	h.Command("deploy {app}", "Deploy.", nothing, Danger(), Allow("ops"), Aliases("ship {app}"), MaxRun(time.Minute),
		Deprecated("rollout {app}", "roll {app}"), Examples("deploy web"), OnEdit(),
		StaleAfter(time.Hour), MaxAttempts(3), InOrder(OrderRoute), Notify(NotifyOperators),
		Argument(ArgumentSpec{Name: "app", Help: "Which.", Choices: []string{"web"}, Sensitive: true}))
	h.Hear("lunch", "Lunch.", nothing, Priority(2), Exclusive(), AddressedOnly(), IncludeBots(), OnEdit())
	h.OnEvent("room.member_joined", nothingOn, Repeatable())
	m := h.manifest()
	d, l, e := m.GetRoutes()[0], m.GetRoutes()[1], m.GetRoutes()[2]
	if d.GetName() != "" || !d.GetDanger() || d.GetAllow()[0] != "ops" || d.GetMaxRun().AsDuration() != time.Minute ||
		d.GetStaleAfter().AsDuration() != time.Hour || d.GetMaxAttempts() != 3 || d.GetOrder() != ocov1.Order_ORDER_ROUTE ||
		d.GetNotice() != ocov1.Notice_NOTICE_OPERATORS || d.GetCommand().GetAliases()[0] != "ship {app}" || d.GetHelp() != "Deploy." {
		t.Errorf("command: %v", d)
	}
	if c := d.GetCommand(); strings.Join(c.GetDeprecated(), ",") != "rollout {app},roll {app}" || !c.GetOnEdit() || strings.Join(d.GetExamples(), ",") != "deploy web" {
		t.Errorf("command: %v", d)
	}
	if a := d.GetCommand().GetArguments()[0]; a.GetName() != "app" || !a.GetSensitive() || a.GetChoices()[0] != "web" || a.GetHelp() != "Which." {
		t.Errorf("argument: %v", a)
	}
	if h := l.GetHear(); l.GetName() != "hear-1" || l.GetPriority() != 2 || !h.GetExclusive() || !h.GetAddressedOnly() || !h.GetIncludeBots() || !h.GetOnEdit() {
		t.Errorf("hear: %v", l)
	}
	if e.GetRunPolicy() != ocov1.RunPolicy_RUN_POLICY_REPEATABLE || e.GetEvent().GetTypes()[0] != "room.member_joined" {
		t.Errorf("event: %v", e)
	}
	if len(m.GetScopes()) != 2 || m.GetVersion() != "1" || m.GetAdapter() != nil {
		t.Errorf("manifest: %v", m)
	}
}

func TestMessageSaysWhereItComesFrom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		d := said("d1", "do", "do it",
			textArg("t", "quoted text"),
			&ocov1.Argument{Name: "i", Raw: "42", Value: &ocov1.Argument_Integer{Integer: 42}},
			&ocov1.Argument{Name: "n", Raw: "1.5", Value: &ocov1.Argument_Number{Number: 1.5}},
			&ocov1.Argument{Name: "f", Raw: "--f", Value: &ocov1.Argument_Flag{Flag: true}},
			&ocov1.Argument{Name: "d", Raw: "90s", Value: &ocov1.Argument_Duration{Duration: durationpb.New(90 * time.Second)}},
			&ocov1.Argument{Name: "w", Raw: "noon", Value: &ocov1.Argument_Time{Time: timestamppb.New(time.Unix(9, 0))}},
			&ocov1.Argument{Name: "u", Raw: "@bob", Value: &ocov1.Argument_User{User: &ocov1.User{UserId: "user-bob"}}},
			&ocov1.Argument{Name: "r", Raw: "#ops", Value: &ocov1.Argument_Room{Room: &ocov1.Room{RoomId: "room-ops"}}},
			&ocov1.Argument{Name: "l", Raw: "a b", Value: &ocov1.Argument_List{List: &ocov1.ArgumentList{Items: []*ocov1.Argument{textArg("", "a"), textArg("", "b")}}}},
		)
		d.GetEvent().OccurTime = timestamppb.New(time.Unix(5, 0))
		d.GetEvent().GetAddress().Place = &ocov1.Address_ThreadId{ThreadId: "t1"}
		h := NewHandler("test")
		h.Command("do [{t}] [{i:integer}] [{n:number}] [--f] [{d:duration}] [{w:time}] [{u:user}] [{r:room}] [{x}] {l*}", "Do it.", func(_ context.Context, m *Message) error {
			facts := fmt.Sprint(m.Text(), m.Addressed(), m.Edited(), m.ID(), m.EventID(), m.DeliveryID(), m.Attempt(), m.Route(), m.Time().Unix(),
				m.User().ID, m.Room().ID, m.Room().Kind, m.Room().Account, m.Thread())
			if want := "do it true false msg-d1 event-d1 d1 1 do 5 user-alice room-ops channel account:1 t1"; strings.Join(strings.Fields(facts), "") != strings.ReplaceAll(want, " ", "") {
				t.Errorf("facts %q", facts)
			}
			if m.Arg("t") != "quoted text" || m.Int("i") != 42 || m.Arg("i") != "42" || m.Float("n") != 1.5 || m.Float("i") != 42 || !m.Bool("f") ||
				m.Duration("d") != 90*time.Second || m.When("w").Unix() != 9 || m.ArgUser("u").ID != "user-bob" || m.ArgRoom("r").ID != "room-ops" || m.Raw("u") != "@bob" {
				t.Error("an argument came wrong")
			}
			if got := m.Args("l"); len(got) != 2 || got[1] != "b" || len(m.Args("t")) != 1 {
				t.Errorf("list: %v", got)
			}
			if m.Has("x") || !m.Has("t") || m.Arg("x") != "" || m.Args("x") != nil || m.Int("t") != 0 || !m.When("x").IsZero() {
				t.Error("what is absent is not empty")
			}
			return nil
		}, Name("do"))
		p := b.run(t, h)
		b.push(t, frame(d))
		if got := b.completions(); len(got) != 1 || got[0].GetDone() == nil {
			t.Errorf("completions: %v", got)
		}
		p.end(t)
	})
}

func TestEventRoutes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		h := NewHandler("test")
		h.OnEvent("x.done", func(_ context.Context, e *Event) error {
			e.Reply(fmt.Sprint(e.Type(), " ", e.Data()["n"]))
			return nil
		})
		p := b.run(t, h)
		data, err := structpb.NewStruct(map[string]any{"n": 3})
		if err != nil {
			t.Fatal(err)
		}
		d := said("d1", "event-x.done", "")
		d.GetEvent().Kind = &ocov1.Event_Custom{Custom: &ocov1.CustomEvent{Type: "x.done", Data: data}}
		b.push(t, frame(d))
		if got := b.completions(); len(got) != 1 || texts(got[0]) != "1=x.done 3" {
			t.Errorf("completions: %v", got)
		}
		p.end(t)
	})
}

func TestNamesOfValues(t *testing.T) {
	if got := fmt.Sprint(Done, Failed, Unknown, Expired, Refused, Cancelled, Outcome(99)); got != "done failed unknown expired refused cancelled unspecified" {
		t.Errorf("outcomes: %s", got)
	}
	if got := fmt.Sprint(RoomChannel, RoomDirect, RoomMultiDirect, RoomKind(9)); got != "channel direct multi_direct unspecified" {
		t.Errorf("kinds: %s", got)
	}
}
