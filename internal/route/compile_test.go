package route_test

import (
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
)

func command(patterns ...string) route.Definition {
	return route.Definition{Kind: route.Command, Patterns: patterns}
}

func hear(name, regex string) route.Definition {
	return route.Definition{Kind: route.Hear, Name: name, Regex: regex}
}

func event(name string, types ...string) route.Definition {
	return route.Definition{Kind: route.Event, Name: name, Types: types}
}

// TestDefaults holds OCO-DLV-2: the table of the delivery contract.
func TestDefaults(t *testing.T) {
	cases := []struct {
		d     route.Definition
		run   chat.RunPolicy
		note  chat.Notice
		stale time.Duration
		order chat.Order
	}{
		{command("ping"), chat.Once, chat.NoticePerson, 5 * time.Minute, chat.OrderUser},
		{hear("h", "x"), chat.Once, chat.NoticeNone, time.Minute, chat.OrderRoom},
		{event("e", "room.member_joined"), chat.Repeatable, chat.NoticeOperators, 24 * time.Hour, chat.OrderRoom},
	}
	for _, c := range cases {
		t.Run(c.d.Kind.String(), func(t *testing.T) {
			r := compiled(t, "p", c.d)
			if r.RunPolicy != c.run || r.Notice != c.note || r.StaleAfter != c.stale || r.Order != c.order {
				t.Errorf("defaults %v %v %v %v, want %+v", r.RunPolicy, r.Notice, r.StaleAfter, r.Order, c)
			}
			if r.MaxRun != time.Minute || r.MaxAttempts != 5 {
				t.Errorf("max_run %v, max_attempts %d, want 60 s and 5", r.MaxRun, r.MaxAttempts)
			}
			own := c.d
			own.RunPolicy, own.Notice, own.Order = chat.Repeatable, chat.NoticeOperators, chat.OrderNone
			own.StaleAfter, own.MaxRun, own.MaxAttempts = time.Hour, time.Second, route.MaxAttempts
			r = compiled(t, "p", own)
			if r.RunPolicy != own.RunPolicy || r.Notice != own.Notice || r.Order != own.Order ||
				r.StaleAfter != own.StaleAfter || r.MaxRun != own.MaxRun || r.MaxAttempts != own.MaxAttempts {
				t.Errorf("a default replaced what the plugin wrote: %+v", r.Definition)
			}
		})
	}
	if r := compiled(t, "p", with(command("ping"), func(d *route.Definition) { d.RunPolicy, d.Order = chat.Once, chat.OrderRoom })); r.RunPolicy != chat.Once || r.Order != chat.OrderRoom {
		t.Error("a default replaced what the plugin wrote")
	}
}

func with(d route.Definition, change func(*route.Definition)) route.Definition {
	change(&d)
	return d
}

// TestNames holds OCO-RTE-2: the name of a command is its literal words before
// the first placeholder unless given.
func TestNames(t *testing.T) {
	for _, c := range []struct{ pattern, given, want string }{
		{"ping", "", "ping"},
		{"deploy {app} to {env}", "", "deploy"},
		{"deploy  status {app}", "", "deploy status"},
		{"Deploy Status", "", "Deploy Status"},
		{"help [{topic}]", "", "help"},
		{"deploy [now] {app}", "", "deploy"},
		{"deploy (a|b)", "", "deploy"},
		{"deploy {app}", "ship it", "ship it"},
		{"{text...}", "anything", "anything"},
		{strings.Repeat("a", 256), "", strings.Repeat("a", 256)},
	} {
		r := compiled(t, "p", with(command(c.pattern), func(d *route.Definition) { d.Name = c.given }))
		if r.Name != c.want || r.Key() != "p:"+c.want {
			t.Errorf("%q named %q: %q, key %q, want %q", c.pattern, c.given, r.Name, r.Key(), c.want)
		}
	}
	if r := compiled(t, "p", command("first {a}", "second {a}")); r.Name != "first" {
		t.Errorf("an alias named the route: %q", r.Name)
	}
}

func TestARouteIsComplete(t *testing.T) {
	specs := []pattern.Spec{{Name: "app", Help: "what to deploy", Choices: nil}}
	d := command("deploy {app} [{count:integer}]", "ship {app} [{count:integer}]")
	d.Arguments, d.Allow = specs, []string{"ops"}
	r := compiled(t, "p", d)
	specs[0].Help, d.Allow[0], d.Patterns[0] = "changed", "changed", "changed"
	if r.Usage() != "deploy {app} [{count:integer}]" {
		t.Errorf("usage %q", r.Usage())
	}
	if len(r.Arguments) != 2 || r.Arguments[0].Help != "what to deploy" || r.Arguments[1].Type != pattern.TypeInteger || !r.Arguments[1].Optional {
		t.Errorf("arguments %+v", r.Arguments)
	}
	if r.Allow[0] != "ops" || r.Patterns[0] != "deploy {app} [{count:integer}]" {
		t.Errorf("the route shares memory with its definition: %v %v", r.Allow, r.Patterns)
	}
	if usage := compiled(t, "p", hear("h", "x")).Usage(); usage != "" {
		t.Errorf("a hear route has the usage %q", usage)
	}
}

func TestTheNameOfAKind(t *testing.T) {
	for kind, want := range map[route.Kind]string{route.Command: "command", route.Hear: "hear", route.Event: "event", 0: "invalid"} {
		if kind.String() != want {
			t.Errorf("%d is %q, want %q", kind, kind, want)
		}
	}
}
