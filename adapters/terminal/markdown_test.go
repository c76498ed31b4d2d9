package terminal

import (
	"regexp"
	"strings"
	"testing"
)

var codesAsLetters = strings.NewReplacer("\x1b[0m", "»", "\x1b[1m", "B«", "\x1b[3m", "I«", "\x1b[36m", "C«", "\x1b[2m", "D«")

func TestRender(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                          "plain",
		"**bold** and __bold__":          "B«bold» and B«bold»",
		"*it* and _it_ and `co*de*`":     "I«it» and I«it» and C«co*de*»",
		"2 * 3 * 4, a*b*c, snake_case_x": "2 * 3 * 4, a*b*c, snake_case_x",
		"**open, `open, *":               "**open, `open, *",
		"****, ``, __":                   "****, ``, __",
		`\*not\* \_this\_ \x`:            `*not* _this_ \x`,
		"# Title\n####### no":            "B«Title»\n####### no",
		"#ops is a room":                 "#ops is a room",
		"- one\n  * `two`\n+ three":      "• one\n  • C«two»\n• three",
		"> said **so**":                  "D«│ »said B«so»",
		"a\n```sh\nrm *x*\n\n```\nb":     "a\nC«  rm *x*»\nC«  »\nb",
		"```\nnever closed *x*":          "```\nnever closed I«x»",
		"  indent   stays":               "  indent   stays",
		"(**x**), *y*.":                  "(B«x»), I«y».",
	} {
		if got := codesAsLetters.Replace(render(text)); got != want {
			t.Errorf("%q is shown as\n%q\nwant\n%q", text, got, want)
		}
	}
}

// FuzzRender: no text brings a code of its own, whatever Markdown is in it.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{"**a**", "```\n*b*\n```", "\x1b[31m`x`", "# \x1b", "- *\u202e*"} {
		f.Add(seed)
	}
	ours := regexp.MustCompile("\x1b\\[(0|1|2|3|36)m")
	f.Fuzz(func(t *testing.T, text string) {
		out := render(printable(text))
		if strings.Count(out, "\x1b[0m")*2 != len(ours.FindAllString(out, -1)) {
			t.Errorf("%q: a colour does not end", out)
		}
		if rest := ours.ReplaceAllString(out, ""); strings.IndexFunc(rest, unsafe) >= 0 {
			t.Errorf("%q is not safe", rest)
		}
	})
}
