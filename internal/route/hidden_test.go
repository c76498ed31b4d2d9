package route_test

import (
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
)

// Characters that nobody sees keep a dangerous command from running wherever they
// stand in a message, and are shown (OCO-RTE-24).
func TestInvisibleCharactersAnywhere(t *testing.T) {
	d := command("wipe {app} {hosts*} [--reason={why}] [{when=now}]", "erase {app} {hosts*} [--reason={why}] [{when=now}]")
	d.Danger, d.Deprecated = true, []string{"rm {app} {hosts*} [--reason={why}] [{when=now}]"}
	note := command("note {text...}")
	note.Danger = true
	table, impaired := route.NewTable([]*route.Route{compiled(t, "p", d), compiled(t, "p", note)}, map[string]route.Override{
		"p:wipe": {Aliases: []string{"w {app} {hosts*} [--reason={why}] [{when}]"}},
	})
	if len(impaired)+len(table.BadAliases()) > 0 {
		t.Fatal(impaired, table.BadAliases())
	}
	for _, text := range []string{
		"wipe w¤eb a", "wipe web a b¤", "wipe \"my ¤web\" a", "wipe web a --reason=x¤y", "wipe web a --reason=\"x ¤ y\"",
		"erase w¤eb a", "rm web a¤", "w web a ¤", "p:wipe web a¤", "p:w web ¤a", "¤ wipe web", "wipe web a\n¤\nb", "wipe web a ¤",
		"note one\ntwo\n¤three", "note " + strings.Repeat("many words ", 2000) + "¤", "note \\¤", "note “¤”",
	} {
		for name, c := range map[string]string{
			"zero-width space": "\u200b", "override": "\u202e", "isolate": "\u2066", "tag": "\U000E0061", "soft hyphen": "\u00ad",
			"variation selector": "\ufe0f", "filler": "\u3164", "escape": "\x1b", "null": "\x00", "byte order mark": "\ufeff",
		} {
			got := table.Match(say(strings.ReplaceAll(text, "¤", c)), everybody)
			plain := table.Match(say(strings.ReplaceAll(text, "¤", "")), everybody)
			switch {
			case got.Command != nil:
				t.Errorf("%.40q with a %s runs", text, name)
			case got.Refused != nil && (got.Hidden == "" || pattern.HasHidden(got.Hidden) || !strings.Contains(got.Hidden, `\u{`)):
				t.Errorf("%.40q with a %s is shown as %.60q", text, name, got.Hidden)
			case got.Refused == nil && !strings.Contains(text, "¤ wipe") && plain.Command == nil && plain.Near == nil:
				t.Errorf("%.40q: not even without the %s", text, name)
			}
		}
	}
}

// What an author or the operator writes of a command has none either, so that nobody
// runs what nobody sees.
func TestNoPatternHasInvisibleCharacters(t *testing.T) {
	const c = "\u202e"
	bad := map[string]route.Definition{
		"a literal":            command("wi" + c + "pe"),
		"a default":            command("wipe {app=w" + c + "}"),
		"a choice":             command("wipe {app:web|d" + c + "b}"),
		"an alias":             command("wipe", "er"+c+"ase"),
		"a deprecated pattern": with(command("wipe"), func(d *route.Definition) { d.Deprecated = []string{"r" + c + "m"} }),
		"a described default": with(command("wipe {app}"), func(d *route.Definition) {
			d.Arguments = []pattern.Spec{{Name: "app", Default: "w" + c, HasDefault: true}}
		}),
		"a described choice": with(command("wipe {app}"), func(d *route.Definition) {
			d.Arguments = []pattern.Spec{{Name: "app", Choices: []string{"a", "b" + c}}}
		}),
		"an example": with(command("wipe {app}"), func(d *route.Definition) { d.Examples = []string{"wipe " + c} }),
		"a name":     with(command("wipe {app}"), func(d *route.Definition) { d.Name = "w" + c }),
	}
	for name, d := range bad {
		for _, danger := range []bool{true, false} {
			d.Danger = danger
			if _, err := route.Compile("p", d); err == nil || err.Reason != chat.BadPattern && err.Reason != chat.FieldInvalid || pattern.HasHidden(err.Text) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	table, _ := aliased([]string{"w" + c}, compiled(t, "p", command("wipe")))
	if bad := table.BadAliases(); len(bad) != 1 || pattern.HasHidden(bad[0].Err.Text) {
		t.Errorf("an alias of the operator's: %+v", bad)
	}
}
