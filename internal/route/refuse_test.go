package route_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
)

func TestCompileRefuses(t *testing.T) {
	type D = route.Definition
	change := func(f func(*D)) D { return with(command("ping"), f) }
	onHear := func(f func(*D)) D { return with(hear("h", "x"), f) }
	cases := []struct {
		name  string
		d     D
		field string // detail of FIELD_INVALID
	}{
		{"no kind", D{}, "match"},
		{"a kind that does not exist", D{Kind: route.Event + 1}, "match"},
		{"a command without pattern", command(), "command.pattern"},
		{"too many aliases", command(slices.Repeat([]string{"ping"}, 33)...), "command.aliases"},
		{"an expression of nothing", hear("h", ""), "hear.regex"},
		{"an event route without types", event("e"), "event.types"},
		{"a hear route with a pattern", onHear(func(d *D) { d.Patterns = []string{"a"} }), "command.pattern"},
		{"an event route with arguments", with(event("e", "a"), func(d *D) { d.Arguments = []pattern.Spec{{Name: "a"}} }), "arguments"},
		{"a command with an expression", change(func(d *D) { d.Regex = "x" }), "hear.regex"},
		{"a command addressed only", change(func(d *D) { d.AddressedOnly = true }), "hear.addressed_only"},
		{"an exclusive command", change(func(d *D) { d.Exclusive = true }), "hear.exclusive"},
		{"a command for bots", change(func(d *D) { d.IncludeBots = true }), "hear.include_bots"},
		{"an event for edits", with(event("e", "a"), func(d *D) { d.OnEdit = true }), "on_edit"},
		{"a hear route with a deprecated pattern", with(hear("h", "x"), func(d *D) { d.Deprecated = []string{"x"} }), "command.deprecated"},
		{"a hear route with examples", with(hear("h", "x"), func(d *D) { d.Examples = []string{"x"} }), "examples"},
		{"too many patterns, some of them deprecated", with(command(slices.Repeat([]string{"ping"}, 16)...), func(d *D) { d.Deprecated = slices.Repeat([]string{"pong"}, 17) }), "command.aliases"},
		{"a deprecated pattern without an argument", with(command("a {x}"), func(d *D) { d.Deprecated = []string{"b"} }), "command.deprecated"},
		{"a deprecated pattern of another type", with(command("a {x}"), func(d *D) { d.Deprecated = []string{"b {x:integer}"} }), "command.deprecated"},
		{"too many examples", with(command("a {x}"), func(d *D) { d.Examples = slices.Repeat([]string{"a b"}, 17) }), "examples"},
		{"a long example", with(command("a {x}"), func(d *D) { d.Examples = []string{"a " + strings.Repeat("b", 511)} }), "examples"},
		{"an empty example", with(command("a {x}"), func(d *D) { d.Examples = []string{""} }), "examples"},
		{"an example with white space at its end", with(command("a {x}"), func(d *D) { d.Examples = []string{"a b "} }), "examples"},
		{"an example of two lines", with(command("a {x...}"), func(d *D) { d.Examples = []string{"a b\nc"} }), "examples"},
		{"an example with an invisible character", with(command("a {x}"), func(d *D) { d.Examples = []string{"a b\u200b"} }), "examples"},
		{"an example twice", with(command("a {x}"), func(d *D) { d.Examples = []string{"a b", "a b"} }), "examples"},
		{"a command with types", change(func(d *D) { d.Types = []string{"a"} }), "event.types"},
		{"a hear route without name", hear("", "x"), "name"},
		{"an event route without name", event("", "a"), "name"},
		{"a command from which no name can be taken", command("{text...}"), "name"},
		{"a name taken from too many words", command(strings.Repeat("a", 257)), "name"},
		{"a long name", change(func(d *D) { d.Name = strings.Repeat("a", 257) }), "name"},
		{"a name that ends in white space", change(func(d *D) { d.Name = "a " }), "name"},
		{"a name of two lines", change(func(d *D) { d.Name = "a\nb" }), "name"},
		{"a name with an invisible character", change(func(d *D) { d.Name = "a\u202eb" }), "name"},
		{"a long help", change(func(d *D) { d.Help = strings.Repeat("a", 1025) }), "help"},
		{"too many groups", change(func(d *D) { d.Allow = slices.Repeat([]string{"a"}, 65) }), "allow"},
		{"a group without name", change(func(d *D) { d.Allow = []string{"ops", ""} }), "allow"},
		{"a run policy that does not exist", change(func(d *D) { d.RunPolicy = 3 }), "run_policy"},
		{"an order that does not exist", change(func(d *D) { d.Order = 5 }), "order"},
		{"a notice that does not exist", change(func(d *D) { d.Notice = 4 }), "notice"},
		{"a silent command", change(func(d *D) { d.Notice = chat.NoticeNone }), "notice"},
		{"a negative max_run", change(func(d *D) { d.MaxRun = -1 }), "max_run"},
		{"a negative stale_after", change(func(d *D) { d.StaleAfter = -1 }), "stale_after"},
		{"negative attempts", change(func(d *D) { d.MaxAttempts = -1 }), "max_attempts"},
		{"too many attempts", change(func(d *D) { d.MaxAttempts = 1001 }), "max_attempts"},
		{"too many types", event("e", slices.Repeat([]string{"a"}, 65)...), "event.types"},
		{"a type twice", event("e", "a", "b", "a"), "event.types"},
		{"an empty type", event("e", ""), "event.types"},
		{"a type with an empty word", event("e", "room..joined"), "event.types"},
		{"a type that ends in a dot", event("e", "room."), "event.types"},
		{"a type with white space", event("e", "room joined"), "event.types"},
		{"a type with a letter beyond ASCII", event("e", "x.ä"), "event.types"},
		{"a long type", event("e", strings.Repeat("a", 129)), "event.types"},
		{"an alias without an argument", command("a {x} {y}", "b {x}"), "command.aliases"},
		{"an alias without the first argument", command("a {x} {y}", "b {y}"), "command.aliases"},
		{"an alias with one more argument", command("a {x}", "b {x} {y}"), "command.aliases"},
		{"an alias with another argument", command("a {y}", "b {x}"), "command.aliases"},
		{"an alias of another type", command("a {x:integer}", "b {x:number}"), "command.aliases"},
		{"an alias that checks nothing", command("a {x:url}", "b {x}"), "command.aliases"},
		{"an alias that tells a secret", command("a {x:secret}", "b {x}"), "command.aliases"},
		{"an alias with other choices", command("a {x:a|b}", "b {x:a|c}"), "command.aliases"},
		{"an alias with an optional argument", command("a {x}", "b [{x}]"), "command.aliases"},
		{"an alias with a default", command("a {x}", "b {x=1}"), "command.aliases"},
		{"an alias with another default", command("a {x=1}", "b {x=2}"), "command.aliases"},
		{"an alias with a list", command("a {x}", "b {x*}"), "command.aliases"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := route.Compile("p", c.d)
			if err == nil || err.Reason != chat.FieldInvalid || err.Details["field"] != c.field || err.Text == "" {
				t.Errorf("refused with %v, want the field %s", err, c.field)
			}
		})
	}
}

func TestCompileTakesWhatIsAtTheLimit(t *testing.T) {
	type D = route.Definition
	for name, d := range map[string]D{
		"help":     with(command("ping"), func(d *D) { d.Help = strings.Repeat("a", 1024) }),
		"groups":   with(command("ping"), func(d *D) { d.Allow = slices.Repeat([]string{"a"}, 64) }),
		"name":     with(command("ping"), func(d *D) { d.Name = strings.Repeat("a", 256) }),
		"aliases":  command(slices.Repeat([]string{"ping"}, 32)...),
		"type":     event("e", strings.Repeat("a", 128), "x.Acme-1.deploy_done"),
		"patterns": with(command(slices.Repeat([]string{"ping"}, 16)...), func(d *D) { d.Deprecated = slices.Repeat([]string{"pong"}, 16) }),
		"example":  with(command("a {x}"), func(d *D) { d.Examples = []string{"a " + strings.Repeat("b", 510)} }),
		"rest":     command("a {x}", "b {x...}"), // a callback sees no difference
		"order":    command("a {x} {y}", "b {y} {x}"),
		"orders":   with(command("ping"), func(d *D) { d.Order, d.RunPolicy, d.MaxAttempts = chat.OrderNone, chat.Repeatable, 1000 }),
		"silent":   with(event("e", "a"), func(d *D) { d.Notice = chat.NoticeNone }),
	} {
		if _, err := route.Compile("p", d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCompileRefusesNamesOfPlugins(t *testing.T) {
	for _, name := range []string{"", "a:b", "a b", "A", "ä", "a\n", strings.Repeat("a", 65)} {
		if _, err := route.Compile(name, command("ping")); err == nil || err.Details["field"] != "plugin" {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"a", "deploy-2", "a_b.c", strings.Repeat("a", 64)} {
		if _, err := route.Compile(name, command("ping")); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A pattern that does not compile is told with the position (OCO-RTE-7).
func TestCompileRefusesBadPatterns(t *testing.T) {
	for _, c := range []struct {
		d       route.Definition
		pattern string
		offset  string
	}{
		{command("deploy {app"), "deploy {app", "7"},
		{command("ping", "a {"), "a {", "3"},
		{hear("h", "a(?=b)"), "a(?=b)", "1"},
	} {
		_, err := route.Compile("p", c.d)
		if err == nil {
			t.Errorf("%v %q is taken", c.d.Kind, c.pattern)
		} else if err.Reason != chat.BadPattern || err.Details["pattern"] != c.pattern || err.Details["offset"] != c.offset {
			t.Errorf("%v %q: %v with %v", c.d.Kind, c.pattern, err, err.Details)
		}
	}
}

func TestAnAliasIsToldWhatItLacks(t *testing.T) {
	for alias, want := range map[string]string{
		"b {y}":         `the alias "b {y}" lacks the argument x of the pattern`,
		"b {x}":         `the alias "b {x}" lacks the argument y of the pattern`,
		"b {x} {y} {a}": `the alias "b {x} {y} {a}" has an argument a that the pattern has not`,
		"b {x} {y} {z}": `the alias "b {x} {y} {z}" has an argument z that the pattern has not`,
		"b {x*} {y}":    `the alias "b {x*} {y}" declares the argument x in another way than the pattern`,
	} {
		if _, err := route.Compile("p", command("a {x} {y}", alias)); err == nil || err.Text != want {
			t.Errorf("%q: %v, want %s", alias, err, want)
		}
	}
}

// An example that its command does not take is refused, with what it should look
// like (OCO-RTE-40).
func TestAnExampleThatIsNotTaken(t *testing.T) {
	for example, want := range map[string]string{
		"deploy web to mars":  `the command does not take its example "deploy web to mars": `,
		"hello":               `the command does not take its example "hello": it is used as deploy {app} to {env:prod|staging}`,
		"roll out web prod":   `the command does not take its example "roll out web prod": it is used as deploy {app} to {env:prod|staging}`,
		"oco deploy web prod": `the command does not take its example "oco deploy web prod": it is used as deploy {app} to {env:prod|staging}`,
	} {
		d := command("deploy {app} to {env:prod|staging}", "ship {app} {env:prod|staging}")
		d.Deprecated = []string{"roll out {app} {env:prod|staging}"}
		d.Examples = []string{"deploy web to prod", "ship web staging", example}
		if _, err := route.Compile("p", d); err == nil || err.Reason != chat.FieldInvalid || err.Details["field"] != "examples" || !strings.HasPrefix(err.Text, want) {
			t.Errorf("%q: %v, want %s", example, err, want)
		}
		d.Examples = d.Examples[:2]
		if r, err := route.Compile("p", d); err != nil || len(r.Examples) != 2 {
			t.Errorf("%v", err)
		}
	}
}
