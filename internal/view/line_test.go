package view_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/view"
)

// drawing draws a pattern and a text that says it.
type drawing struct {
	*rapid.T
	n int
}

// types are all but json: of that the quotes of a value can be a part, so that only
// they tell it from another argument.
var types = []string{"", "", ":integer", ":number", ":flag", ":duration", ":red|dark blue", ":user", ":room", ":url", ":regex", ":secret", ":time"}

// value draws what fits a type, as it may be typed.
func (d *drawing) value(typ string) string {
	one := func(values ...string) string { return rapid.SampledFrom(values).Draw(d.T, "value") }
	switch typ {
	case ":integer":
		return fmt.Sprint(rapid.Int64().Draw(d.T, "integer"))
	case ":number":
		return one("0.5", "-3", "1e9", ".25")
	case ":flag":
		return one("yes", "OFF", "true")
	case ":duration":
		return one("90s", "1h30m", "2w", "0.5s", "“1h 5m”")
	case ":red|dark blue":
		return one("red", "RED", `"dark blue"`)
	case ":url":
		return one("https://example.com", "http://x/?a=b")
	case ":regex":
		return one("a+", `"\\b x|y"`, `'"'`)
	case ":time":
		return one("2026-12-01T09:00:00Z", "9am", `"tomorrow 17:30"`, "monday", "in 2h")
	case ":user":
		return one("@alice", "me", `"bob lee"`)
	}
	return one("web", "a", "#0", "#1", "end", "it's", `"two words"`, `""`, `"'tis"`, "“--force”", `"5\""`, "5", "12:30", `'"'`, `a\b`, `"a\\"`, "—", "\"x\ny\"", "ß—ü")
}

// part draws a part of a pattern with what is said of it, which may be nothing.
func (d *drawing) part(depth int) (source, said string) {
	d.n++
	kind := rapid.IntRange(0, 7).Draw(d.T, "kind")
	if depth == 0 {
		kind = min(kind, 3)
	}
	switch kind {
	case 0:
		word := fmt.Sprintf("#%d", d.n%3)
		return word, word
	case 1, 2:
		typ := rapid.SampledFrom(types).Draw(d.T, "type")
		return fmt.Sprintf("{x%d%s}", d.n, typ), d.value(typ)
	case 3:
		if rapid.Bool().Draw(d.T, "list") {
			said := d.value("")
			for range rapid.IntRange(0, 2).Draw(d.T, "more") {
				said += " " + d.value("")
			}
			return fmt.Sprintf("{x%d*}", d.n), said
		}
		return fmt.Sprintf("{x%d=some text}", d.n), rapid.SampledFrom([]string{"", "web", `"some text"`}).Draw(d.T, "default")
	case 4, 5:
		source, said = d.parts(depth - 1)
		if rapid.Bool().Draw(d.T, "left out") {
			said = ""
		}
		return "[" + source + "]", said
	}
	first, one := d.parts(depth - 1)
	second, other := d.parts(depth - 1)
	if rapid.Bool().Draw(d.T, "other") {
		one = other
	}
	return "(" + first + "|" + second + ")", one
}

func (d *drawing) parts(depth int) (source, said string) {
	var sources, words []string
	for range rapid.IntRange(1, 3).Draw(d.T, "parts") {
		s, w := d.part(depth)
		sources = append(sources, s)
		if w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(sources, " "), strings.Join(words, " ")
}

// command draws a command and a text that is likely to be one that it takes.
func (d *drawing) command() (source, said string) {
	body, words := d.parts(3)
	source, said = "verb "+body, "verb "+words
	if rapid.Bool().Draw(d.T, "flags") {
		source += " [--force|-f] [--n={flagged:integer=3}]"
		said += " " + rapid.SampledFrom([]string{"", "--force", "-f --n=5", "--n 7", "—force=no"}).Draw(d.T, "flag")
	}
	if rapid.Bool().Draw(d.T, "rest") {
		source += " {rest...}"
		said += " " + rapid.SampledFrom([]string{"rest", "it is\nso", "-- --force", `"quoted" and not`, "5"}).Draw(d.T, "text")
	}
	return source, said
}

// filledIn gives what a match holds as somebody would have filled it in.
func filledIn(values []pattern.Value) view.Arguments {
	args := view.Arguments{}
	for _, v := range values {
		switch {
		case v.End == 0: // a default
		case v.IsList:
			for _, item := range v.List {
				args[v.Name] = append(args[v.Name], item.Text)
			}
		default:
			args[v.Name] = []string{v.Text}
		}
	}
	return args
}

// meaning writes values down apart from how they were typed.
func meaning(values []pattern.Value) []string {
	var out []string
	var write func(name string, v pattern.Value)
	write = func(name string, v pattern.Value) {
		for _, item := range v.List {
			write(name+"[]", item)
		}
		switch {
		case v.IsList:
			return
		case v.Type == pattern.TypeInteger, v.Type == pattern.TypeNumber, v.Type == pattern.TypeFlag, v.Type == pattern.TypeDuration, v.Type == pattern.TypeTime:
			v.Text = ""
		}
		out = append(out, fmt.Sprintf("%s: %q %d %g %t %v %v", name, v.Text, v.Integer, v.Number, v.Flag, v.Duration, v.When))
	}
	for _, v := range values {
		write(v.Name, v)
	}
	slices.Sort(out)
	return out
}

// Whatever a command takes can be said again from its values alone, and means the
// same (OCO-RTE-67).
func TestALineSaysTheValues(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		d := drawing{T: t}
		source, said := d.command()
		c, err := pattern.Compile(source, nil)
		if err != nil {
			t.Skip("too deep, or a name that is there already")
		}
		values, verdict, _ := c.Match(pattern.Tokenize(said))
		if verdict != pattern.Yes {
			t.Skip("the text was taken for something else")
		}
		taken++
		line, mistake := view.Line(c, filledIn(values))
		if mistake != nil {
			t.Fatalf("%s takes %q, and of its values %v no line is made: %v", source, said, filledIn(values), mistake)
		}
		again, verdict, problem := c.Match(pattern.Tokenize(line))
		if verdict != pattern.Yes {
			t.Fatalf("%s does not take the line %q: %v", source, line, problem)
		}
		if got, want := meaning(again), meaning(values); !slices.Equal(got, want) {
			t.Fatalf("%s\non %q gives %q\nand on the line %q gives %q", source, said, want, line, got)
		}
	})
	if taken < 20 {
		t.Errorf("only %d texts were taken", taken)
	}
}

// What fits the schema can be given as JSON: it is the same as what was typed.
func TestJSONSaysTheValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawing{T: t}
		source, said := d.command()
		c, err := pattern.Compile(source, nil)
		if err != nil {
			t.Skip("too deep, or a name that is there already")
		}
		values, verdict, _ := c.Match(pattern.Tokenize(said))
		if verdict != pattern.Yes {
			t.Skip("the text was taken for something else")
		}
		doc := map[string]any{}
		for _, v := range values {
			if v.End == 0 {
				continue
			}
			switch {
			case v.IsList:
				list := []any{}
				for _, item := range v.List {
					list = append(list, jsonOf(t, item))
				}
				doc[v.Name] = list
			default:
				doc[v.Name] = jsonOf(t, v)
			}
		}
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		args, mistake := view.FromJSON(c, raw)
		if mistake != nil {
			t.Fatalf("%s: %s: %v", source, raw, mistake)
		}
		line, mistake := view.Line(c, args)
		if mistake != nil {
			t.Fatalf("%s: %s: %v", source, raw, mistake)
		}
		again, _, _ := c.Match(pattern.Tokenize(line))
		if got, want := meaning(again), meaning(values); !slices.Equal(got, want) {
			t.Fatalf("%s: %s gives %q, want %q", source, raw, got, want)
		}
	})
}

func jsonOf(t *rapid.T, v pattern.Value) any {
	switch v.Type {
	case pattern.TypeInteger:
		return v.Integer
	case pattern.TypeNumber:
		return v.Number
	case pattern.TypeFlag:
		return v.Flag
	case pattern.TypeDuration:
		return "PT" + strconv.FormatFloat(v.Duration.Seconds(), 'f', -1, 64) + "S"
	case pattern.TypeTime:
		if !v.When.Fixed() {
			t.Skip("a time in words has no form in JSON")
		}
		return v.When.At(time.Time{}, time.UTC).Format(time.RFC3339Nano)
	}
	return v.Text
}

// However many ways there are to say nothing, the search ends.
func TestTheSearchEnds(t *testing.T) {
	c, err := pattern.Compile("x "+strings.Repeat("[a] [(b|c)] ", 30)+"[{first}] [{second}]", nil)
	if err != nil {
		t.Fatal(err)
	}
	if line, mistake := view.Line(c, view.Arguments{"second": {"y"}}); mistake == nil {
		t.Errorf("the line is %q", line)
	}
}

func TestMistakes(t *testing.T) {
	c, err := pattern.Compile("x {a} [{n:integer}] [--pin={pin:secret}] {l*}", nil)
	if err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string]view.Arguments{
		"argument b: the command has no such argument":                               {"b": {"1"}},
		"argument a: it has no value; leave it out":                                  {"a": nil},
		"argument a: it has 2 values, and takes one":                                 {"a": {"1", "2"}},
		`argument n: "one" does not fit, it must be a whole number such as 3 or -20`: {"a": {"1"}, "n": {"one"}},
		"argument pin: the value does not fit, it must be a text":                    {"a": {"1"}, "pin": {"\xff"}},
		"argument l: it is missing, it must be a text":                               {"a": {"1"}},
	} {
		if line, mistake := view.Line(c, args); mistake == nil || mistake.Error() != want {
			t.Errorf("%v: %q, %v, want %s", args, line, mistake, want)
		}
	}
}
