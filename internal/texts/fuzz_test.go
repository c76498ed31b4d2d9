package texts

import (
	"strings"
	"testing"
)

// Whatever an operator writes is a text or a problem, and a text with its braces
// doubled says itself.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "{", "}", "{}", "{{", "}}", "{{}", "{{{text}}}", "{text}", "{text}{bot}", "{Text}", "{te xt}", "a\nb", "\x00", "\xff", "{text", "text}", "é{text}\u202e"} {
		f.Add(seed, "value {bot}")
	}
	f.Fuzz(func(t *testing.T, said, value string) {
		c, problems := New(Layer{"unmatched": said})
		got := c.Say(Unmatched, "text", value, "bot", "oco")
		if len(problems) > 1 || len(problems) == 1 && got != (*Catalogue)(nil).Say(Unmatched, "text", value, "bot", "oco") {
			t.Errorf("%v, and it says %q", problems, got)
		}
		if strings.Count(said, "{text}") == 1 && !strings.Contains(strings.ReplaceAll(said, "{text}", ""), "{") && problems == nil && !strings.Contains(got, value) {
			t.Errorf("%q does not say the value: %q", said, got)
		}
		doubled := strings.NewReplacer("{", "{{", "}", "}}").Replace(said)
		c, problems = New(Layer{"unmatched": doubled})
		if got := c.Say(Unmatched, "text", value, "bot", "oco"); problems == nil && got != said {
			t.Errorf("%q says %q", doubled, got)
		}
	})
}
