package route

import (
	"testing"

	"github.com/openchatops/oco/internal/pattern"
)

// Where a value stands is told by bytes of the whole text, also if the message names
// the plugin, and a mention is one word with all of its name.
func TestValuesStandInTheWholeText(t *testing.T) {
	r, err := Compile("crew", Definition{Kind: Command, ID: "1", Patterns: []string{"tell {who:user} {more*}"}})
	if err != nil {
		t.Fatal(err)
	}
	table, _ := NewTable([]*Route{r}, nil)
	for _, text := range []string{"tell @Bob Smith what is up ", "  crew:tell @Bob Smith what is up"} {
		at := len(text) - len("@Bob Smith what is up")
		if text[len(text)-1] == ' ' {
			at--
		}
		found := table.Match(Message{Text: text, Addressed: true, Mentions: []pattern.Span{{Start: at, End: at + 10}}}, func(*Route) bool { return true })
		if found.Command == nil {
			t.Fatalf("%q: %+v", text, found)
		}
		want := []string{"@Bob Smith", "what is up", "what", "is", "up"}
		args := found.Command.Args
		for i, v := range append(args, args[1].List...) {
			if got := text[v.Start:v.End]; got != want[i] || v.Raw != got {
				t.Errorf("%q: %s %q stands at %d to %d", text, v.Name, v.Raw, v.Start, v.End)
			}
		}
	}
}

// A command that wants a file is taken with one, and its examples are said with one.
func TestCommandsWithFiles(t *testing.T) {
	r, err := Compile("logs", Definition{Kind: Command, ID: "1", Patterns: []string{"read {log:file} [as {name}]"}, Examples: []string{"read as web"}})
	if err != nil {
		t.Fatal(err)
	}
	table, _ := NewTable([]*Route{r}, nil)
	for files, kind := range []pattern.ProblemKind{pattern.ProblemMissing, 0, pattern.ProblemTooManyFiles} {
		found := table.Match(Message{Text: "logs:read", Addressed: true, Files: files}, func(*Route) bool { return true })
		if kind == 0 && found.Command == nil || kind != 0 && (found.Problem == nil || found.Problem.Kind != kind) {
			t.Errorf("with %d files: %+v", files, found)
		}
	}
}
