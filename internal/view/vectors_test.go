package view_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/view"
)

var update = flag.Bool("update", false, "write what is derived into the vectors anew")

type document struct {
	Description string      `json:"description"`
	Cases       []*vector   `json:"cases"`
	Names       []*nameCase `json:"names"`
}

const description = "What is derived from a command (OCO-RTE-65 to OCO-RTE-69): the JSON Schema of its arguments, the declaration for chat services that have commands of their own, and the line that filled-in arguments make. " +
	"lines: arguments that the schema takes, and the text that the command takes with exactly these. " +
	"refused: arguments from which no line is made, and why; by says what finds it, the schema alone, what the schema leaves to formats (format), or the pattern. " +
	"options: what somebody filled in by the names of the options, with the line, or with why there is none. " +
	"A command without slash_command has none. The words of Argument and description in English are an example. " +
	"names: the names of commands that are registered together."

type vector struct {
	Name    string          `json:"name"`
	Pattern string          `json:"pattern"`
	Help    string          `json:"help,omitempty"`
	Specs   []spec          `json:"specs,omitempty"`
	Schema  json.RawMessage `json:"schema"`
	Slash   *slash          `json:"slash_command,omitempty"`
	Lines   []line          `json:"lines,omitempty"`
	Refused []refused       `json:"refused,omitempty"`
	Options []filled        `json:"options,omitempty"`
}

type spec struct {
	Name string `json:"name"`
	Help string `json:"help,omitempty"`
}

type line struct {
	Arguments json.RawMessage `json:"arguments"`
	Line      string          `json:"line"`
}

type refused struct {
	Arguments json.RawMessage `json:"arguments"`
	Why       string          `json:"why"`
	By        string          `json:"by"`
}

type filled struct {
	Filled map[string]string `json:"filled"`
	Line   string            `json:"line,omitempty"`
	Why    string            `json:"why,omitempty"`
}

type slash struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Options     []option `json:"options"`
}

type option struct {
	Name        string   `json:"name"`
	Argument    string   `json:"argument"`
	Description string   `json:"description"`
	Type        string   `json:"type"`
	Required    bool     `json:"required"`
	Choices     []string `json:"choices,omitempty"`
}

type nameCase struct {
	Commands []struct {
		Plugin string `json:"plugin"`
		Route  string `json:"route"`
		Words  string `json:"words"`
		Taken  bool   `json:"taken,omitempty"`
	} `json:"commands"`
	Names map[string]string `json:"names"`
}

// TestVectors holds spec/vectors/derived.json (OCO-RTE-65, OCO-RTE-66, OCO-RTE-67,
// OCO-RTE-68, OCO-RTE-69).
func TestVectors(t *testing.T) {
	file := filepath.Join("..", "..", "spec", "vectors", "derived.json")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Cases) < 30 || len(doc.Names) == 0 {
		t.Fatalf("there are %d cases", len(doc.Cases))
	}
	doc.Description = description
	for _, c := range doc.Cases {
		c.derive(t)
	}
	for _, c := range doc.Names {
		c.derive()
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(doc); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	var want document
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	for i, c := range doc.Cases {
		got, wanted := indent(t, c), indent(t, want.Cases[i])
		if got != wanted {
			t.Errorf("%s: derived is\n%s\nwant\n%s", c.Name, got, wanted)
		}
	}
	if !bytes.Equal(out.Bytes(), raw) {
		t.Error("the file is not what is derived; see go test ./internal/view -update")
	}
}

func indent(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// derive fills in what is derived, and tests that it means what was given.
func (v *vector) derive(t *testing.T) {
	t.Helper()
	var specs []pattern.Spec
	for _, s := range v.Specs {
		specs = append(specs, pattern.Spec{Name: s.Name, Help: s.Help})
	}
	c, err := pattern.Compile(v.Pattern, specs)
	if err != nil {
		t.Fatal(err)
	}
	route := c.Name()
	if route == "" {
		route = "unnamed"
	}
	schema, err := view.Schema(c, "test:"+route, v.Help)
	if err != nil {
		t.Fatal(err)
	}
	v.Schema = json.RawMessage(schema)
	name := view.Names([]view.Named{{Plugin: "test", Route: route, Words: c.Name()}})["test:"+route]
	derived, _ := view.NewSlash(c, name, v.Help)
	v.Slash = slashOf(derived)
	for i := range v.Lines {
		l := &v.Lines[i]
		args, mistake := view.FromJSON(c, l.Arguments)
		if mistake == nil {
			l.Line, mistake = view.Line(c, attached(c, args))
		}
		if mistake != nil {
			t.Errorf("%s: %s is refused: %v", v.Name, l.Arguments, mistake)
		}
	}
	for i := range v.Refused {
		r := &v.Refused[i]
		args, mistake := view.FromJSON(c, r.Arguments)
		if r.By != "format" { // that is told apart by hand, and held by spec/test_derived.py
			r.By = "schema"
		}
		if mistake == nil {
			var text string
			r.By = "pattern"
			if text, mistake = view.Line(c, attached(c, args)); mistake == nil {
				t.Errorf("%s: %s is taken as %s", v.Name, r.Arguments, text)
				continue
			}
		}
		r.Why = mistake.Error()
	}
	for i := range v.Options {
		o := &v.Options[i]
		args, mistake := view.FromOptions(c, derived, o.Filled)
		if o.Line, o.Why = "", ""; mistake == nil {
			o.Line, mistake = view.Line(c, args)
		}
		if mistake != nil {
			o.Why = mistake.Error()
		}
	}
}

// attached adds the file that JSON has no form for.
func attached(c *pattern.Command, args view.Arguments) view.Arguments {
	for _, spec := range c.Arguments() {
		if spec.Type == pattern.TypeFile {
			args[spec.Name] = []string{"attached"}
		}
	}
	return args
}

func slashOf(s *view.Slash) *slash {
	if s == nil {
		return nil
	}
	out := &slash{Name: s.Name, Description: s.Description, Options: []option{}}
	for _, o := range s.Options {
		out.Options = append(out.Options, option{o.Name, o.Argument, o.Description, o.Type.String(), o.Required, o.Choices})
	}
	return out
}

func (c *nameCase) derive() {
	var all []view.Named
	for _, n := range c.Commands {
		all = append(all, view.Named{Plugin: n.Plugin, Route: n.Route, Words: n.Words, Taken: n.Taken})
	}
	c.Names = view.Names(all)
}

// The names do not depend on the order in which commands are registered, and fit
// into what services take (OCO-RTE-66).
func TestNamesAreOfTheirOwn(t *testing.T) {
	all := []view.Named{
		{"a", "1", "deploy", true}, {"a", "2", "deploy", false}, {"b", "1", "deploy", false}, {"b", "2", "a deploy", false}, {"a", "3", "", false}, {"a", "4", "", false},
		{"a-very-long-name-of-a-plugin-indeed", "1", "deploy", false}, {"a-very-long-name-of-a-plugin-indeed", "2", "deploy", false},
	}
	want := view.Names(all)
	seen := map[string]bool{}
	for key, name := range want {
		if seen[name] || len(name) == 0 || len(name) > 32 {
			t.Errorf("%s is called %q", key, name)
		}
		seen[name] = true
	}
	if len(want) != len(all) {
		t.Errorf("%d of %d have a name", len(want), len(all))
	}
	for i := range all {
		turned := append(append([]view.Named{}, all[i:]...), all[:i]...)
		if got := view.Names(turned); !reflect.DeepEqual(got, want) {
			t.Errorf("in another order the names are %v, want %v", got, want)
		}
	}
}
