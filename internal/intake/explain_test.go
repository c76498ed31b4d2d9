package intake_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/route"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// explain says what would become of an event, which Publish would be given in the
// ids of the chat service.
func (b *bench) explain(e *ocov1.Event) *ocov1.MatchMessageResponse {
	b.t.Helper()
	e.Actor.UserId, _ = chat.Derive(chat.KindUser, 1, e.GetActor().GetUserId())
	res, err := b.in.Explain(b.t.Context(), 1, e)
	if err != nil {
		b.t.Fatal(err)
	}
	return res
}

// drawEvent draws a message that says a few of the words of the routes of a bench.
func drawEvent(t *rapid.T) *ocov1.Event {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{
		"oco", "oco:", "ping", "pong", "scale", "web", "3", "deploy", "retry", "cancel", "d0123456789abcdefghjkmnpqrs",
		"beer", "approve", "bob", "h:ping", "h:deploy", "status", "pause", "\u200b", "outcomes", "tell",
	}), 1, 4).Draw(t, "words")
	e := said(rapid.SampledFrom([]string{"alice", "olga", "ivan", "bot"}).Draw(t, "user"), strings.Join(words, " "))
	for _, change := range []func(*ocov1.Event){direct, edited, quoted, fromBot} {
		if rapid.IntRange(0, 3).Draw(t, "change") == 3 {
			change(e)
		}
	}
	return e
}

// What is said that would take a message is what takes it, with the same arguments
// and the same decision, and what the bot would say is what it says (OCO-RPC-38).
// What nearly takes it does not (OCO-RPC-39).
func TestExplainSaysWhatHappens(t *testing.T) {
	b := newBench(t)
	b.in.SetRules(intake.Rules{Address: b.address, Ignore: map[string]bool{"user:1:ivan": true}}, func() {})
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvent(t)
		res := b.explain(proto.CloneOf(e))
		out, err := b.publish(e)
		if err != nil {
			t.Fatal(err)
		}
		takers := slices.Clone(res.GetHears())
		if c := res.GetCommand(); c != nil {
			takers = slices.Insert(takers, 0, c)
		}
		if len(takers) != len(out.Deliveries) {
			t.Fatalf("%v\nbecame %+v", res, out)
		}
		for i, d := range out.Deliveries {
			var match ocov1.Match
			if err := proto.Unmarshal(d.Match, &match); err != nil {
				t.Fatal(err)
			}
			m := takers[i]
			if m.GetRoute() != d.Route.Name || m.GetDecision() != d.Decision || m.GetAllowed() == d.Refused || match.GetText() != res.GetText() ||
				!slices.EqualFunc(match.GetArguments(), m.GetArguments(), func(a, b *ocov1.Argument) bool { return proto.Equal(a, b) }) {
				t.Fatalf("%v\nbecame %+v with %v", m, d, &match)
			}
			if slices.ContainsFunc(res.GetNear(), func(n *ocov1.NearMatch) bool { return n.GetRoute() == d.Route.Name }) {
				t.Fatalf("%s takes it and nearly does: %v", d.Route.Name, res)
			}
		}
		switch {
		case res.GetOwnWord() != "":
			if out.Word == nil && len(out.Sends) == 0 {
				t.Fatalf("the word %s did nothing", res.GetOwnWord())
			}
		case len(out.Sends) > 0 && out.Sends[0].Text != res.GetAnswer(), len(out.Sends) == 0 && res.GetAnswer() != "" && (len(out.Deliveries) == 0 || !out.Deliveries[0].Refused):
			t.Fatalf("it said %+v, not %q", out.Sends, res.GetAnswer())
		}
		var known []string
		for _, n := range res.GetNear() {
			if n.GetProblem() == "" || slices.Contains(known, n.GetRoute()) {
				t.Fatalf("the near misses %v", res.GetNear())
			}
			known = append(known, n.GetRoute())
		}
	})
}

// Whoever is asked about, nothing is counted, admitted, paused or used up
// (OCO-RPC-37).
func TestExplainDoesNothing(t *testing.T) {
	b := newBench(t)
	b.in.SetRules(intake.Rules{Address: b.address, UserMessages: 1, LoopAnswers: 1}, func() {})
	for _, text := range []string{"ping", "no such thing", "deploy web", "pause", "retry " + strings.Repeat("d", 20), "claim-abc", "claim-abc now"} {
		for range 3 {
			b.explain(said("olga", text, direct))
			b.explain(said("olga", text))
		}
	}
	if len(b.admits)+len(b.other)+len(b.paused)+len(b.held) > 0 || !b.codes["claim-abc"] {
		t.Errorf("admitted %v, %v, paused %v, held %v, codes %v", b.admits, b.other, b.paused, b.held, b.codes)
	}
	if out, err := b.publish(said("olga", "ping", direct)); err != nil || len(out.Deliveries) != 1 {
		t.Errorf("the first message of a minute: %+v, %v", out, err)
	}
}

// Each near miss has its own reason.
func TestExplainSaysWhyNot(t *testing.T) {
	b := newBench(t)
	compile := func(plugin string, d route.Definition) *route.Route {
		r, err := route.Compile(plugin, d)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	command := func(pattern string) route.Definition {
		return route.Definition{Kind: route.Command, Patterns: []string{pattern}}
	}
	named := func(name string, d route.Definition) route.Definition {
		d.Name = name
		return d
	}
	hear := func(name, regex string, d route.Definition) route.Definition {
		d.Kind, d.Name, d.Regex = route.Hear, name, regex
		return d
	}
	danger := command("wipe {disk}")
	danger.Danger, danger.Allow = true, []string{"ops"}
	b.table, _ = route.NewTable([]*route.Route{
		compile("h", command("deploy {app} to {env:prod|staging}")), compile("h", named("also", command("deploy {what} to {where}"))),
		compile("h", named("any", command("{verb} {app...}"))), compile("h", command("list apps")), compile("other", command("deploy {x} to {y}")),
		compile("h", danger), compile("old", command("deploy {x...}")),
		compile("h", hear("first", "fire", route.Definition{Exclusive: true, Priority: 5})), compile("h", hear("second", "fire", route.Definition{})),
		compile("h", hear("private", "fire", route.Definition{AddressedOnly: true, Priority: 9})), compile("h", hear("secret", "fire", route.Definition{Allow: []string{"ops"}, Priority: 7})),
	}, map[string]route.Override{"old:deploy": {Disabled: true}})
	for _, c := range []struct {
		name  string
		event *ocov1.Event
		want  []string // of the near misses and ambiguities: the route and a part of why not
	}{
		{"a bad value", said("alice", "deploy web to mars", direct), []string{
			"other:deploy/its words belong to h:deploy: say it with other: before it",
			"old:deploy/the operator disabled it",
			"h:deploy/mars",
		}},
		{"a typo", said("alice", "deploi", direct), []string{"h:deploy/it begins with other words"}},
		{"not addressed", said("alice", "list apps"), []string{"h:list apps/not addressed", "h:any/begins with more words"}},
		{"an edit", said("alice", "list apps", direct, edited), []string{"h:list apps/changed"}},
		{"heard", said("alice", "fire"), []string{"h:private/addressed to the bot", "h:secret/refused: not in ops", "h:second/h:first is exclusive"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := b.explain(c.event)
			at := 0
			for _, n := range res.GetNear() {
				route, part, _ := strings.Cut(c.want[min(at, len(c.want)-1)], "/")
				if n.GetPluginId()+":"+n.GetRoute() == route && strings.Contains(n.GetProblem(), part) {
					at++
				}
			}
			if at != len(c.want) {
				t.Errorf("%v\nlacks %q", res, c.want[at:])
			}
		})
	}
}
