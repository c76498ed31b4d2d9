package route

import (
	"fmt"
	"strings"
	"testing"
)

// scripted is a table in a form that people and fuzzers can write: one route a line,
// as in
//
//	a !^ deploy {app} ; ship {app} ; ~ rollout {app} ; = d {app}
//	b *x /alert (\d+)/
//
// First the plugin, then signs: ! danger, ^ the person may not use it, ? hidden and -
// disabled by the operator, + on edit, * addressed only, x exclusive, b other bots too,
// 1 to 9 its priority; a dot is none. Then the patterns of a command, of which ~ is
// deprecated and = an alias of the operator's, or an expression.
type scripted struct {
	routes    []*Route
	overrides map[string]Override
	denied    map[string]bool
}

func (s *scripted) may(r *Route) bool { return !s.denied[r.Key()] }

// maxScripted bounds the routes of a script, so that the reference is quick.
const maxScripted = 16

func readScript(script string) *scripted {
	s := &scripted{overrides: map[string]Override{}, denied: map[string]bool{}}
	for line := range strings.SplitSeq(script, "\n") {
		plugin, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		signs, rest, _ := strings.Cut(rest, " ")
		if rest = strings.TrimSpace(rest); rest == "" || len(s.routes) == maxScripted {
			continue
		}
		d := Definition{Name: fmt.Sprint("n", len(s.routes)), Kind: Command, Danger: strings.Contains(signs, "!"), OnEdit: strings.Contains(signs, "+")}
		for p := 1; p <= 9; p++ {
			if strings.Contains(signs, fmt.Sprint(p)) {
				d.Priority = p
			}
		}
		word := Override{Hidden: strings.Contains(signs, "?"), Disabled: strings.Contains(signs, "-")}
		if regex, ok := strings.CutPrefix(rest, "/"); ok {
			d.Kind, d.Regex = Hear, strings.TrimSuffix(regex, "/")
			d.AddressedOnly, d.Exclusive = strings.Contains(signs, "*"), strings.Contains(signs, "x")
			d.IncludeBots = strings.Contains(signs, "b")
		} else {
			for source := range strings.SplitSeq(rest, ";") {
				source = strings.TrimSpace(source)
				if alias, ok := strings.CutPrefix(source, "="); ok {
					word.Aliases = append(word.Aliases, strings.TrimSpace(alias))
				} else if old, ok := strings.CutPrefix(source, "~"); ok {
					d.Deprecated = append(d.Deprecated, strings.TrimSpace(old))
				} else {
					d.Patterns = append(d.Patterns, source)
				}
			}
		}
		r, err := Compile(plugin, d)
		if err != nil {
			continue
		}
		s.routes = append(s.routes, r)
		s.overrides[r.Key()] = word
		s.denied[r.Key()] = strings.Contains(signs, "^")
	}
	return s
}

// scriptedMessage is a text with what else counts of a message, by the letters that
// flags has.
func scriptedMessage(text, flags string) Message {
	has := func(letter string) bool { return strings.Contains(flags, letter) }
	return Message{
		Text: strings.ToValidUTF8(text, "\uFFFD"), Addressed: has("a"), Listening: has("l"),
		Bot: has("b"), Self: has("s"), Edited: has("e"), Forwarded: has("f"),
	}
}

// FuzzTable holds a table to the linear reference, and to OCO-RTE-11.
func FuzzTable(f *testing.F) {
	f.Fuzz(func(t *testing.T, script, text, flags string) {
		if len(script) > 4<<10 || len(text) > 4<<10 {
			return // the reference is not quick enough for it
		}
		s := readScript(script)
		table, _ := NewTable(s.routes, s.overrides)
		m := scriptedMessage(text, flags)
		got := table.Match(m, s.may)
		if got, want := summary(got), (linear{s.routes, s.overrides, s.may}).match(m); got.String() != want.String() {
			t.Fatalf("%q in\n%s\n got %s\nwant %s", text, script, got, want)
		}
		if bad := reveals(got, m, s.may); bad != "" {
			t.Fatalf("%q in\n%s\n%s", text, script, bad)
		}
	})
}
