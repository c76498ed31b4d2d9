package pattern_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/pattern"
)

// a language is one of the two, with its grammar as the specification writes it.
type language struct {
	grammar
	start    string
	compile  func(source string) error
	sources  []string       // of the vectors
	excluded *regexp.Regexp // reasons for which what the grammar derives is refused
}

func languages(t *testing.T) map[string]language {
	t.Helper()
	command, expression := grammars(t)
	var commands, expressions []string
	for _, v := range readVectors[commandVector](t, "command-patterns.json") {
		if len(v.Specs) == 0 {
			commands = append(commands, v.Pattern)
		}
	}
	for _, v := range readVectors[regexpVector](t, "ocore.json") {
		expressions = append(expressions, v.Pattern)
	}
	return map[string]language{
		"command patterns": {command, "Pattern", func(s string) error { _, err := pattern.Compile(s, nil); return err }, commands,
			regexp.MustCompile(`bytes|a flag is optional|begin with a quote|hold white space|nothing can follow the rest|it can only be text, url|in the pattern twice|` +
				`stands outside of all brackets|is not a type|at most \d+ (characters|values|bytes)|of a choice|takes one value|has no default|does not fit|` +
				`nested more than|parts, at most|dashes and a word|a type or a value is missing|control|invisible|flag stands alone`)},
		"OCO-RE": {expression, "Expression", func(s string) error { _, err := pattern.CompileRegexp(s); return err }, expressions,
			regexp.MustCompile(`bytes|each at most once|two groups|class cannot be empty|ends before it begins|set operator|write \\- for the character|` +
				`neither a general category|counts at most|nested more than|too costly|has at most \d+ characters|a range needs|is empty|control|invisible`)},
	}
}

// TestTheGrammarDerivesAllThatCompiles: what Compile takes, of the vectors and of
// random changes to them, the grammar derives (OCO-GRM-1).
func TestTheGrammarDerivesAllThatCompiles(t *testing.T) {
	for name, l := range languages(t) {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			taken, refused := 0, 0
			check := func(source string) {
				if l.compile(source) != nil {
					refused++
					return
				}
				taken++
				if !l.derives(l.start, source) {
					t.Errorf("%q compiles and the grammar does not derive it", source)
				}
			}
			for _, source := range l.sources {
				check(source)
				for range 40 {
					check(changed(rng, source))
				}
			}
			if taken < 1000 || refused < 1000 {
				t.Errorf("%d were taken and %d refused: too few to tell", taken, refused)
			}
		})
	}
}

// changed is a source with one character taken away, doubled, replaced or put in.
func changed(rng *rand.Rand, source string) string {
	runes := []rune(source)
	if len(runes) == 0 || len(runes) > 200 {
		return source
	}
	const marks = `[](){}|\*+?^$.:=-#ab1 "`
	at, mark := rng.IntN(len(runes)), rune(marks[rng.IntN(len(marks))])
	switch rng.IntN(4) {
	case 0:
		return string(runes[:at]) + string(runes[at+1:])
	case 1:
		return string(runes[:at+1]) + string(runes[at:])
	case 2:
		return string(runes[:at]) + string(mark) + string(runes[at+1:])
	default:
		return string(runes[:at]) + string(mark) + string(runes[at:])
	}
}

// TestWhatTheGrammarDerivesCompiles, unless for a reason that stands beside the
// grammar (OCO-GRM-1).
func TestWhatTheGrammarDerivesCompiles(t *testing.T) {
	for name, l := range languages(t) {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 4))
			taken := 0
			for range 5000 {
				var out strings.Builder
				l.draw(rng, &rule{op: 'n', text: l.start}, 0, &out)
				source := out.String()
				err := l.compile(source)
				switch at := new(pattern.Error); {
				case err == nil:
					taken++
				case !errors.As(err, &at):
					t.Fatalf("%q: %v", source, err)
				case !l.excluded.MatchString(at.Reason):
					t.Errorf("the grammar derives %q, which is refused: %v", source, err)
				}
			}
			if taken < 1000 {
				t.Errorf("only %d of 5000 were taken", taken)
			}
		})
	}
}

// TestGrammarExamples: the tables of the page are true.
func TestGrammarExamples(t *testing.T) {
	page, err := os.ReadFile("../../spec/grammar.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| (`.*) \\| (.*?) ?\\| (.*?) ?\\|$")
	quoted := regexp.MustCompile("`([^`]*)`")
	texts := func(cell string) (all []string) {
		for _, q := range quoted.FindAllStringSubmatch(cell, -1) {
			all = append(all, strings.ReplaceAll(q[1], `\|`, "|"))
		}
		return all
	}
	rows := row.FindAllStringSubmatch(string(page), -1)
	if len(rows) < 12 {
		t.Fatalf("%d examples were found", len(rows))
	}
	fits := matcher
	for _, r := range rows {
		source := texts(r[1])[0]
		if strings.Contains(string(page[strings.Index(string(page), "## OCO-RE"):]), r[0]) {
			fits = finder
		}
		if strings.HasPrefix(r[3], "refused") {
			if _, err := pattern.CompileRegexp(source); err == nil {
				t.Errorf("%q is said to be refused", source)
			}
			continue
		}
		for _, text := range texts(r[2]) {
			if !fits(t, source, text) {
				t.Errorf("%q does not take %q", source, text)
			}
		}
		for _, text := range texts(r[3]) {
			if fits(t, source, text) {
				t.Errorf("%q takes %q", source, text)
			}
		}
	}
}

func matcher(t *testing.T, source, text string) bool {
	c, err := pattern.Compile(source, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, verdict, _ := c.Match(pattern.Tokenize(text))
	return verdict == pattern.Yes
}

func finder(t *testing.T, source, text string) bool {
	re, err := pattern.CompileRegexp(source)
	if err != nil {
		t.Fatal(err)
	}
	_, ok := re.Match(text)
	return ok
}
