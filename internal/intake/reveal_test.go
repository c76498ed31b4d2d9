package intake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/route"
)

// A shy is a command whose arguments nobody types, so that an answer that names one
// tells of the command.
type shy struct {
	marker string
	words  [][]string // with which its patterns begin
	hidden bool
	who    string // who may use it: everyone, ops, nobody
}

func drawShy(t *rapid.T, i int) (shy, route.Definition, route.Override) {
	word := rapid.SampledFrom([]string{"go", "stop", "to", "status"})
	s := shy{marker: fmt.Sprint("arg", i), who: rapid.SampledFrom([]string{"everyone", "ops", "nobody"}).Draw(t, "who")}
	patterns := func(label string, least, most int) (all []string) {
		for range rapid.IntRange(least, most).Draw(t, label) {
			words := rapid.SliceOfN(word, 0, 2).Draw(t, "words")
			s.words = append(s.words, words)
			all = append(all, strings.TrimSpace(strings.Join(words, " ")+" {"+s.marker+rapid.SampledFrom([]string{"", ":integer"}).Draw(t, "type")+"}"))
		}
		return all
	}
	d := route.Definition{Kind: route.Command, ID: s.marker, Name: "the " + s.marker, Patterns: patterns("patterns", 1, 2), Deprecated: patterns("deprecated", 0, 1)}
	d.OnEdit = rapid.Bool().Draw(t, "on edit")
	switch s.who {
	case "ops":
		d.Allow = []string{"ops"}
	case "nobody":
		d.Danger = true
	}
	if rapid.Bool().Draw(t, "hear") {
		d = route.Definition{Kind: route.Hear, ID: s.marker, Name: "the " + s.marker, Regex: "(?i)go|to", Allow: d.Allow, Danger: d.Danger, AddressedOnly: rapid.Bool().Draw(t, "addressed only")}
	}
	s.hidden = rapid.Bool().Draw(t, "hidden")
	over := route.Override{Hidden: s.hidden}
	if d.Kind == route.Command {
		over.Aliases = patterns("aliases", 0, 1)
	}
	return s, d, over
}

// knows says whether somebody may be told of a command: he may use it, and if it is
// hidden he said its words.
func (s shy) knows(who, text string) bool {
	if s.who == "nobody" && who != "olga" || s.who == "ops" && who != "olga" {
		return false
	}
	said := strings.Fields(strings.ToLower(strings.TrimPrefix(text, "h:")))
	return !s.hidden || slices.ContainsFunc(s.words, func(words []string) bool {
		return len(words) > 0 && len(said) >= len(words) && slices.Equal(said[:len(words)], words)
	})
}

// Whatever commands there are and whoever says whatever: no answer of the bot's tells
// of a command that the person may not run, or that is hidden and whose words they did
// not say (OCO-RTE-11, OCO-RTE-37).
func TestAnswersRevealNothing(t *testing.T) {
	b := newBench(t)
	answers := 0
	rapid.Check(t, func(rt *rapid.T) {
		b.in = intake.New(intake.Options{
			Engine: b, Table: b.routes, Records: b, Control: b, Claims: b,
			Rules:  intake.Rules{Address: b.address, Listening: map[string]bool{"room:1:~23ops": true}},
			People: authz.New(map[string][]string{"ops": {"user:1:olga"}}, []string{"user:1:olga"}),
		})
		var all []shy
		var routes []*route.Route
		overrides := map[string]route.Override{}
		for i := range rapid.IntRange(1, 6).Draw(rt, "routes") {
			s, d, over := drawShy(rt, i)
			r, err := route.Compile("h", d)
			if err != nil {
				continue // a further pattern has its argument in another type
			}
			all, routes = append(all, s), append(routes, r)
			overrides[r.Key()] = over
		}
		b.table, _ = route.NewTable(routes, overrides)
		for range 4 {
			who := rapid.SampledFrom([]string{"alice", "olga"}).Draw(rt, "person")
			text := rapid.SampledFrom([]string{"", "", "h:"}).Draw(rt, "plugin") +
				strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"go", "GO", "stop", "sotp", "to", "status", "statu", "7", "x"}), 1, 4).Draw(rt, "text"), " ")
			e := said(who, "oco "+text)
			if rapid.Bool().Draw(rt, "listened to") {
				e = said(who, text)
			}
			if rapid.IntRange(0, 3).Draw(rt, "edited") == 0 {
				edited(e)
			}
			b.events++
			e.EventId = fmt.Sprint("e", b.events)
			got, err := b.publish(e)
			if err != nil {
				rt.Fatal(err)
			}
			for _, send := range got.Sends {
				answers++
				for _, s := range all {
					if strings.Contains(send.Text, s.marker) && !s.knows(who, text) {
						rt.Fatalf("%s says %q and is told of %s: %q", who, text, s.marker, send.Text)
					}
				}
			}
		}
	})
	if answers == 0 {
		t.Error("nobody was answered")
	}
}

// A secret is not repeated to who mistypes the command that takes it, be it by its
// words, by another value or as one of two commands that begin alike (OCO-RTE-70).
func TestWhoMistypesReadsNoSecret(t *testing.T) {
	b := newBench(t)
	var all []route.Definition
	for i, pattern := range []string{
		"watch {page:url} [--token={token:secret}]", "login {n:integer}", "login {name} {password:secret}", "vault put {name} {value:secret}", "scale {app} {n:integer}",
	} {
		all = append(all, route.Definition{Kind: route.Command, ID: fmt.Sprint(i), Name: fmt.Sprint("c", i), Patterns: []string{pattern}})
	}
	all = append(all, route.Definition{Kind: route.Command, ID: "deed", Name: "deed", Patterns: []string{"scale {app} {n:integer} {key:secret}"}, Allow: []string{"ops"}})
	b.table = tableOf(t, all...)
	for text, want := range map[string]string{
		"wathc https://x --token=hunter2": "There is no command \"wathc …\". Did you mean:\n  watch",
		"vualt put mail hunter2":          "There is no command \"vualt …\". Did you mean:\n  vault put",
		"watch hunter2":                   "a value does not fit page",
		"watch https://x --tokn=hunter2":  "a value is not a flag",
		"login hunter2":                   "a value does not fit n",
		"h:login hunter2":                 "a value does not fit n",
		"h:login ann hunter2 x":           "a value does not fit n",
		"sacle web three":                 "There is no command \"sacle web three\". Did you mean:\n  scale",
		"scale web three":                 "“three” does not fit n", // of the other one he may not know
	} {
		got := strings.Join(b.told("user:1:al", "oco: "+text), "|")
		if strings.Contains(got, "hunter2") || !strings.Contains(got, want) {
			t.Errorf("%q is answered by %q", text, got)
		}
	}
}
