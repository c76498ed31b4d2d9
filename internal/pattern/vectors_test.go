package pattern_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

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
	} `json:"specs,omitempty"`
	Text    string        `json:"text"`
	Verdict string        `json:"verdict"` // yes, near, no or error
	Offset  *int          `json:"offset,omitempty"`
	Args    []vectorValue `json:"args,omitempty"`
	Problem *struct {
		Kind     string `json:"kind"`
		Argument string `json:"argument,omitempty"`
		Value    string `json:"value,omitempty"`
	} `json:"problem,omitempty"`
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
		if s.Default != nil {
			spec.Default, spec.HasDefault = *s.Default, true
		}
		specs = append(specs, spec)
	}
	return specs
}

func TestCommandVectors(t *testing.T) {
	cases := readVectors[commandVector](t, "command-patterns.json")
	if len(cases) < 80 {
		t.Errorf("%d cases, want at least 80", len(cases))
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
	args, verdict, problem := command.Match(pattern.Tokenize(v.Text))
	if got := verdictNames[verdict]; got != v.Verdict {
		t.Fatalf("verdict %s, want %s (problem: %v)", got, v.Verdict, problem)
	}
	if (verdict == pattern.Near) != (problem != nil) {
		t.Fatalf("verdict %v with problem %v", verdict, problem)
	}
	if v.Problem != nil {
		if got := problemNames[problem.Kind]; got != v.Problem.Kind || problem.Argument != v.Problem.Argument || problem.Value != v.Problem.Value {
			t.Errorf("problem %s %q %q, want %+v", got, problem.Argument, problem.Value, *v.Problem)
		}
	}
	if len(args) != len(v.Args) {
		t.Fatalf("arguments %+v, want %+v", args, v.Args)
	}
	for i, want := range v.Args {
		checkValue(t, args[i], want)
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

func checkValue(t *testing.T, got pattern.Value, want vectorValue) {
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
		if spelled := spell(got.List[i]); spelled != item {
			t.Errorf("%s[%d] = %q, want %q", got.Name, i, spelled, item)
		}
	}
	if !isList && spell(got) != wanted {
		t.Errorf("%s = %q, want %q", got.Name, spell(got), wanted)
	}
}
