package intake_test

import (
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/pattern"
)

// Who speaks to the bot reads of a problem what the author of a command reads of it, in
// English: there is one wording of it, whoever it is for.
func TestAProblemHasOneWording(t *testing.T) {
	var expected []pattern.Expectation
	for kind := pattern.ExpectLiteral; kind <= pattern.ExpectRegex; kind++ {
		expected = append(expected, pattern.Expectation{Kind: kind, Text: "word", Choices: []string{"small", "large"}})
	}
	for kind := pattern.ProblemBadValue; kind <= pattern.ProblemTooManyFiles; kind++ {
		for _, argument := range []string{"n", ""} {
			for _, value := range []string{"many", ""} {
				for i := range expected {
					p := &pattern.Problem{Kind: kind, Argument: argument, Value: value, Expected: expected[i:min(i+2, len(expected))]}
					if got, want := intake.Problem(p), p.String(); got != want {
						t.Errorf("%+v:\n%q, want\n%q", p, got, want)
					}
				}
			}
		}
	}
}

// A problem repeats no more of a value than fits a line, and says where it begins to be
// wrong if that is known.
func TestWhatAProblemShows(t *testing.T) {
	want := []pattern.Expectation{{Kind: pattern.ExpectJSON}}
	for value, shown := range map[string]string{
		strings.Repeat("x", 80): strings.Repeat("x", 80), strings.Repeat("x", 81): strings.Repeat("x", 80) + "…",
		strings.Repeat("x", 79) + "é": strings.Repeat("x", 79) + "…", "a\n\tb": "a b", "{value}\u202e": `{value}\u{202E}`,
	} {
		got := intake.Problem(&pattern.Problem{Kind: pattern.ProblemBadValue, Argument: "j", Value: value, Column: 7, Expected: want})
		if want := "“" + shown + "” does not fit j: it must be JSON, such as {\"a\": 1} in single quotes; it is wrong from character 7 on"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
