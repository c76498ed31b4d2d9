package pattern_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/pattern"
)

// vectorValue is one argument as the vectors spell it: its type and the value
// in the form that this type has.
type vectorValue struct {
	Name string          `json:"name"`
	Type string          `json:"type"`
	Raw  *string         `json:"raw,omitempty"` // checked where it is given
	Text json.RawMessage `json:"value"`         // a string; of a list, an array of strings
}

type commandVector struct {
	Name    string `json:"name"`
	Pattern string `json:"pattern"`
	Specs   []struct {
		Name      string   `json:"name"`
		Type      string   `json:"type"`
		Choices   []string `json:"choices"`
		Default   *string  `json:"default"`
		Sensitive bool     `json:"sensitive"`
		Check     string   `json:"check"`
	} `json:"specs,omitempty"`
	Text     string         `json:"text"`
	Files    int            `json:"files,omitempty"`
	Mentions [][2]int       `json:"mentions,omitempty"` // start and length in code points
	Now      time.Time      `json:"now,omitzero"`
	Zone     string         `json:"zone,omitempty"`
	Verdict  string         `json:"verdict"` // yes, near, no or error
	Offset   *int           `json:"offset,omitempty"`
	Args     []vectorValue  `json:"args,omitempty"`
	Problem  *vectorProblem `json:"problem,omitempty"`
}

type vectorProblem struct {
	Kind     string `json:"kind"`
	Argument string `json:"argument,omitempty"`
	Value    string `json:"value,omitempty"`
	Offset   *int   `json:"offset,omitempty"` // checked where it is given, and so are the next two
	Column   *int   `json:"column,omitempty"`
	Expected []struct {
		Kind    string   `json:"kind"`
		Text    string   `json:"text,omitempty"`
		Choices []string `json:"choices,omitempty"`
	} `json:"expected,omitempty"`
}

func readVectors[T any](t testing.TB, file string) []T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "spec", "vectors", file))
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Description string `json:"description"`
		Cases       []T    `json:"cases"`
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&document); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(document.Cases) == 0 {
		t.Fatalf("%s holds no case", file)
	}
	return document.Cases
}

var (
	verdictNames = map[pattern.Verdict]string{pattern.No: "no", pattern.Near: "near", pattern.Yes: "yes"}
	problemNames = map[pattern.ProblemKind]string{
		pattern.ProblemBadValue: "bad_value", pattern.ProblemMissing: "missing",
		pattern.ProblemUnexpected: "unexpected", pattern.ProblemUnknownFlag: "unknown_flag",
		pattern.ProblemRepeatedFlag: "repeated_flag", pattern.ProblemTooManyWords: "too_many_words",
		pattern.ProblemTooManyFiles: "too_many_files",
	}
	expectationNames = map[pattern.ExpectationKind]string{
		pattern.ExpectLiteral: "literal", pattern.ExpectEnd: "end", pattern.ExpectFlags: "flags", pattern.ExpectWord: "word",
		pattern.ExpectWords: "words", pattern.ExpectRest: "rest", pattern.ExpectInteger: "integer", pattern.ExpectNumber: "number",
		pattern.ExpectFlag: "flag", pattern.ExpectDuration: "duration", pattern.ExpectTime: "time", pattern.ExpectUser: "user",
		pattern.ExpectRoom: "room", pattern.ExpectFile: "file", pattern.ExpectFiles: "files", pattern.ExpectChoice: "choice",
		pattern.ExpectURL: "url", pattern.ExpectJSON: "json", pattern.ExpectRegex: "regex",
	}
)

func typeNamed(t *testing.T, name string) pattern.Type {
	t.Helper()
	if name == "" {
		return pattern.TypeUnspecified
	}
	for typ := pattern.TypeText; typ <= pattern.TypeChoice; typ++ {
		if typ.String() == name {
			return typ
		}
	}
	t.Fatalf("no type is called %q", name)
	return 0
}

func (v commandVector) specs(t *testing.T) []pattern.Spec {
	var specs []pattern.Spec
	for _, s := range v.Specs {
		spec := pattern.Spec{Name: s.Name, Type: typeNamed(t, s.Type), Choices: s.Choices, Sensitive: s.Sensitive}
		for check := pattern.CheckURL; check <= pattern.CheckRegex; check++ {
			if check.String() == s.Check {
				spec.Check = check
			}
		}
		if s.Default != nil {
			spec.Default, spec.HasDefault = *s.Default, true
		}
		specs = append(specs, spec)
	}
	return specs
}

// TestCommandVectors: what every bot makes of a text (OCO-GRM-2, OCO-GRM-4,
// OCO-GRM-5, OCO-GRM-6, OCO-GRM-7, OCO-GRM-8, OCO-RTE-45, OCO-RTE-46, OCO-RTE-47).
func TestCommandVectors(t *testing.T) {
	cases := readVectors[commandVector](t, "command-patterns.json")
	if len(cases) < 330 {
		t.Errorf("%d cases, want at least 330", len(cases))
	}
	seen := map[string]bool{}
	for _, v := range cases {
		if seen[v.Name] {
			t.Errorf("two cases are called %q", v.Name)
		}
		seen[v.Name] = true
		t.Run(v.Name, func(t *testing.T) { checkCommandVector(t, v) })
	}
}

func checkCommandVector(t *testing.T, v commandVector) {
	command, err := pattern.Compile(v.Pattern, v.specs(t))
	if v.Verdict == "error" {
		checkRefused(t, err, v.Offset)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	args, verdict, problem := command.Match(v.input())
	if got := verdictNames[verdict]; got != v.Verdict {
		t.Fatalf("verdict %s, want %s (problem: %v)", got, v.Verdict, problem)
	}
	if (verdict == pattern.Near) != (problem != nil) {
		t.Fatalf("verdict %v with problem %v", verdict, problem)
	}
	if v.Problem != nil {
		v.Problem.check(t, problem)
	}
	if len(args) != len(v.Args) {
		t.Fatalf("arguments %+v, want %+v", args, v.Args)
	}
	for i, want := range v.Args {
		checkValue(t, args[i], want, v.Now, v.zone(t))
	}
}

// input is the message with its files and mentions.
func (v commandVector) input() pattern.Input {
	var spans []pattern.Span
	runes := []rune(v.Text)
	for _, m := range v.Mentions {
		start := len(string(runes[:m[0]]))
		spans = append(spans, pattern.Span{Start: start, End: start + len(string(runes[m[0]:m[0]+m[1]]))})
	}
	return pattern.Tokenize(v.Text, spans...).WithFiles(v.Files)
}

// zone is where the message is said; nil if that does not matter.
func (v commandVector) zone(t *testing.T) *time.Location {
	if v.Zone == "" {
		return nil
	}
	return zoneNamed(t, v.Zone)
}

func (v *vectorProblem) check(t *testing.T, got *pattern.Problem) {
	t.Helper()
	if kind := problemNames[got.Kind]; kind != v.Kind || got.Argument != v.Argument || got.Value != v.Value {
		t.Errorf("problem %s %q %q, want %+v", kind, got.Argument, got.Value, *v)
	}
	if v.Offset != nil && got.Offset != *v.Offset {
		t.Errorf("the problem is at %d, want %d", got.Offset, *v.Offset)
	}
	if v.Column != nil && got.Column != *v.Column {
		t.Errorf("the problem is in column %d, want %d", got.Column, *v.Column)
	}
	if v.Expected == nil {
		return
	}
	if len(got.Expected) != len(v.Expected) {
		t.Fatalf("%+v are expected, want %+v", got.Expected, v.Expected)
	}
	for i, want := range v.Expected {
		e := got.Expected[i]
		if expectationNames[e.Kind] != want.Kind || e.Text != want.Text || !slices.Equal(e.Choices, want.Choices) {
			t.Errorf("%+v is expected, want %+v", e, want)
		}
	}
}

func checkRefused(t *testing.T, err error, offset *int) {
	t.Helper()
	var refused *pattern.Error
	if !errors.As(err, &refused) {
		t.Fatalf("error %v, want a *pattern.Error", err)
	}
	if offset == nil || refused.Offset != *offset {
		t.Errorf("refused at offset %d: %v", refused.Offset, refused)
	}
}

func checkValue(t *testing.T, got pattern.Value, want vectorValue, now time.Time, zone *time.Location) {
	t.Helper()
	if got.Name != want.Name || got.Type.String() != want.Type {
		t.Errorf("argument %s of type %s, want %s of type %s", got.Name, got.Type, want.Name, want.Type)
	}
	if want.Raw != nil && got.Raw != *want.Raw {
		t.Errorf("%s: raw %q, want %q", got.Name, got.Raw, *want.Raw)
	}
	var wanted any
	if err := json.Unmarshal(want.Text, &wanted); err != nil {
		t.Fatal(err)
	}
	items, isList := wanted.([]any)
	if isList != got.IsList || len(items) != len(got.List) {
		t.Fatalf("%s: %+v, want %v", got.Name, got, wanted)
	}
	for i, item := range items {
		if spelled := spellAt(got.List[i], now, zone); spelled != item {
			t.Errorf("%s[%d] = %q, want %q", got.Name, i, spelled, item)
		}
	}
	if spelled := spellAt(got, now, zone); !isList && spelled != wanted {
		t.Errorf("%s = %q, want %q", got.Name, spelled, wanted)
	}
}
