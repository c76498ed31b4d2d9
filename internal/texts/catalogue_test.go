package texts

import (
	"strings"
	"testing"
	"time"
)

// Every text of the bot's own is one that an operator could have written in its place.
func TestEnglishIsSound(t *testing.T) {
	seen := map[string]bool{LanguageKey: true}
	for _, d := range definitions {
		if d.name == "" || seen[d.name] || strings.Trim(d.name, "abcdefghijklmnopqrstuvwxyz_.") != "" {
			t.Errorf("the name %q is there twice, or is none", d.name)
		}
		seen[d.name] = true
		if !strings.HasSuffix(d.when, ".") {
			t.Errorf("%s does not say when it is said in a sentence: %q", d.name, d.when)
		}
		for _, text := range d.english {
			if why := d.check(text); why != "" {
				t.Errorf("%s: %s", d.name, why)
			}
		}
	}
	if len(seen) < 150 {
		t.Errorf("%d texts", len(seen))
	}
	if _, problems := New(); problems != nil {
		t.Errorf("%v", problems)
	}
}

// A name with a form is found, and one that only looks like one is not.
func TestNamesAreFound(t *testing.T) {
	for _, language := range []string{"en", "ar", "ja", "pl"} {
		layer := Layer{LanguageKey: language}
		for _, name := range Names(language) {
			if d, _, _ := find(name); d == nil && name != LanguageKey {
				t.Errorf("%s: %s is not found", language, name)
			} else if d != nil {
				layer[name] = d.english[len(d.english)-1]
			}
		}
		c, problems := New(layer)
		if len(problems) > 0 {
			t.Errorf("%s: a whole catalogue has problems: %v", language, problems)
		}
		if c.Language() != language {
			t.Errorf("the language is %q, want %q", c.Language(), language)
		}
	}
	for _, name := range []string{"notice.done.one", "notice.tried", "notice.tried.some", "notice", ""} {
		if d, _, _ := find(name); d != nil {
			t.Errorf("%q is %s", name, d.name)
		}
	}
}

func TestWhatIsWrongWithALayer(t *testing.T) {
	for name, c := range map[string]struct {
		layer Layer
		want  string
	}{
		"no such text":            {Layer{"notice.doen": "x"}, "notice.doen: there is no such text"},
		"empty":                   {Layer{"notice.done": " \t"}, "notice.done: the text is empty, and the bot says something"},
		"a placeholder missing":   {Layer{"notice.done": "done."}, "the placeholder `{command}` is missing"},
		"one that is none":        {Layer{"notice.done": "{command} of {plugin}"}, "this text has no placeholder `{plugin}`: it has {command}"},
		"one where there is none": {Layer{"claim.done": "You may, {who}."}, "this text has no placeholder `{who}`: it has none"},
		"a brace":                 {Layer{"notice.done": "{command} {"}, "`{` stands alone"},
		"another brace":           {Layer{"notice.done": "{command} }"}, "`}` stands alone"},
		"no name":                 {Layer{"notice.done": "{Command}"}, "`{` stands alone"},
		"too long":                {Layer{"notice.done": "{command}" + strings.Repeat("x", maxText)}, "bytes, at most 4096 are allowed"},
		"no UTF-8":                {Layer{"notice.done": "{command}\xff"}, "the text is not UTF-8"},
		"lines":                   {Layer{"notice.done": "{command}\ndone"}, "the text has several lines"},
		"a control character":     {Layer{"notice.done": "{command}\x1b[31m"}, "control characters"},
		"a form that is none":     {Layer{"notice.tried.few": "{n}"}, "the language `en` has no form `few`: it has one, other"},
		"no tag":                  {Layer{LanguageKey: "German!"}, "language: `German!` is no tag of a language"},
		"a form that lacks":       {Layer{LanguageKey: "pl", "notice.tried.one": "raz", "notice.tried.many": "{n} razy"}, "notice.tried.many: the form `notice.tried.few` is missing, which the language `pl` has"},
	} {
		got, problems := New(c.layer)
		if len(problems) != 1 || !strings.Contains(problems[0].Name+": "+problems[0].Text, c.want) {
			t.Errorf("%s: %v, want %q", name, problems, c.want)
		}
		if said := got.Say(Done, "command", "deploy"); said != "deploy: done." {
			t.Errorf("%s: a text with a problem is said: %q", name, said)
		}
	}
}

func TestWhatALayerMay(t *testing.T) {
	for name, layer := range map[string]Layer{
		"leave out what is free":      {"unmatched": "Ask in #help."},
		"leave out the bot's name":    {"notice.to_retry": "Again: !retry {id}"},
		"leave out a number":          {"notice.tried.one": "Tried once."},
		"say a placeholder twice":     {"notice.done": "{command}, {command}!"},
		"have braces":                 {"notice.done": "{{{command}}}"},
		"have lines where it is said": {"unmatched": "No.\nAsk in #help."},
		"turn the direction":          {"notice.done": "\u2067{command}\u2069 \u200fתם."},
		"say one form alone":          {"operators.waiting.other": "{n} wait"},
	} {
		if _, problems := New(layer); problems != nil {
			t.Errorf("who may %s is told %v", name, problems)
		}
	}
}

func TestHowATextIsSaid(t *testing.T) {
	c, problems := New(
		Layer{"notice.done": "{{{command}}} is done", "claim.done": "first", "operators.waiting.one": "just one"},
		Layer{"claim.done": "second"},
	)
	if problems != nil {
		t.Fatal(problems)
	}
	for _, said := range []struct{ got, want string }{
		{c.Say(Done, "command", "deploy"), "{deploy} is done"},
		{c.Say(Claimed), "second"},
		{c.Say(SomeWait, "n", 1), "just one"},
		{c.Say(SomeWait, "n", 0), "0 deliveries wait."},
		{c.Say(SomeWait, "n", 2), "2 deliveries wait."},
		{c.Say(WhyTimedOut, "time", 90*time.Second), "it timed out after 1 min 30 s"},
		{c.Text(Of(EndedAlready, "id", "d1", "outcome", Of(outcomeFailed))), "d1 has ended already: failed."},
		{c.Text(Text{}), ""},
		{c.Sentences("", "A.", "", "B.", "C."), "A. B. C."},
		{c.Sentences(), ""},
		{c.Text(Of(OneOf, "choices", Choices("a", Of(AUser), "c"))), "one of a or a user, such as @alice, me or an id or c"},
		{c.List("a", "b"), "a, b"},
		{c.Word("failed"), "failed"},
		{c.Word("(9)"), "(9)"},
		{(*Catalogue)(nil).Say(Done, "command", "deploy"), "deploy: done."},
		{(*Catalogue)(nil).Language(), "en"},
		{Done.String() + Key{}.String(), "notice.done"},
	} {
		if said.got != said.want {
			t.Errorf("%q, want %q", said.got, said.want)
		}
	}
	for text, want := range map[string]string{"a": "a.", "a.": "a.", "a!": "a!", "a?": "a?", "a…": "a….", "a,": "a,.", "好。": "好。", "": "."} {
		if got := c.Sentence(text); got != want {
			t.Errorf("%q ends as %q", text, got)
		}
	}
}

// What stands for a placeholder is not read as a text: it can bring no placeholder.
func TestValuesAreNoTexts(t *testing.T) {
	c, _ := New(Layer{"operators.dropped": "{outcome}{who}{id}{command}"})
	if got := c.Say(Dropped, "outcome", "{who}", "who", "{{x}}", "id", "{id}", "command", "{n} %s \\1"); got != "{who}{{x}}{id}{n} %s \\1" {
		t.Errorf("%q", got)
	}
	if got := c.Say(EndedAlready, "id", "{outcome}", "outcome", Of(Done, "command", "{id}")); got != "{outcome} has ended already: {id}: done.." {
		t.Errorf("%q", got)
	}
}

// A text that the operator's language has not is in English, with its own forms.
func TestWhatIsNotTranslatedIsEnglish(t *testing.T) {
	c, problems := New(Layer{LanguageKey: "ja", "notice.tried.other": "{n}回"})
	if problems != nil {
		t.Fatal(problems)
	}
	for _, said := range []struct{ got, want string }{
		{c.Say(Tried, "n", 1), "1回"},
		{c.Say(SomeWait, "n", 1), "1 delivery waits."},
		{c.Say(SomeWait, "n", 7), "7 deliveries wait."},
		{c.Say(Claimed), "You are an operator of this bot now."},
	} {
		if said.got != said.want {
			t.Errorf("%q, want %q", said.got, said.want)
		}
	}
}
