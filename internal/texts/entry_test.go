package texts

import (
	"slices"
	"strings"
	"testing"
)

// The entries of a catalogue are what it says, with what each is for.
func TestEntries(t *testing.T) {
	c, problems := New(Layer{LanguageKey: "pl", "notice.done": "{command}: \"gotowe\" \\", "unmatched": "a\nb",
		"operators.waiting.one": "{n} czeka", "operators.waiting.few": "{n} czekają", "operators.waiting.many": "{n} czeka."})
	if problems != nil {
		t.Fatal(problems)
	}
	entries := c.Entries()
	of := func(name string) Entry {
		t.Helper()
		i := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name })
		if i < 0 {
			t.Fatalf("there is no %s", name)
		}
		return entries[i]
	}
	for name, want := range map[string]struct {
		said, english string
		own           bool
		free          string
	}{
		"notice.done":            {"{command}: \"gotowe\" \\", "{command}: done.", true, ""},
		"notice.failed":          {"{command} failed: {why}", "{command} failed: {why}", false, ""},
		"notice.to_retry":        {"To run it again: {bot} retry {id}", "To run it again: {bot} retry {id}", false, "bot"},
		"operators.waiting.one":  {"{n} czeka", "{n} delivery waits.", true, "n"},
		"operators.waiting.few":  {"{n} czekają", "{n} deliveries wait.", true, "n"},
		"operators.waiting.many": {"{n} czeka.", "{n} deliveries wait.", true, "n"},
		"ago.days.one":           {"{n} day ago", "{n} day ago", false, "n"},
		"ago.days.many":          {"{n} days ago", "{n} days ago", false, "n"},
	} {
		e := of(name)
		if e.Said != want.said || e.English != want.english || e.Own != want.own || strings.Join(e.Free, " ") != want.free || e.When == "" {
			t.Errorf("%+v, want %+v", e, want)
		}
	}
	if slices.ContainsFunc(entries, func(e Entry) bool { return e.Name == "ago.days.other" }) {
		t.Error("a form that Polish has not is an entry")
	}
	const head = "# The language of the texts below: it says how they count.\nlanguage: pl\n\n# Somebody addressed the bot with words that nothing takes."
	printed := YAML(c.Language(), entries)
	if !strings.HasPrefix(printed, head) {
		t.Errorf("it begins\n%.200s", printed)
	}
	for _, want := range []string{
		"\nnotice.done: \"{command}: \\\"gotowe\\\" \\\\\"\n", "\nunmatched: \"a\\nb\"\n",
		"\n# As operators.paused, with a reason: a sentence with its mark.\noperators.paused_for: ", "\n# At the end of what did not succeed. May leave out {bot}.\nnotice.to_retry: ",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("it does not print %q", want)
		}
	}
	for line := range strings.Lines(printed) {
		if strings.HasPrefix(line, "#") && len([]rune(line)) > 100 {
			t.Errorf("a comment is long: %s", line)
		}
	}
}
