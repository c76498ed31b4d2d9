package irc

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
)

// atoms are the parts of a line as the vectors write them.
type atoms struct {
	Tags   map[string]string
	Source string
	Verb   string
	Params []string
}

// vectors loads a file of parser cases that others wrote: from OCO_SCHEMAS, else
// from beside the repository. They are not part of it.
func vectors(t *testing.T, name string, into any) {
	t.Helper()
	dir := os.Getenv("OCO_SCHEMAS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "schemas")
	}
	text, err := os.ReadFile(filepath.Join(dir, "irc", name))
	if os.IsNotExist(err) && os.Getenv("OCO_SCHEMAS") == "" {
		t.Skipf("the parser cases of IRC are not here: set OCO_SCHEMAS to a directory that has irc/%s", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func TestVectorsOfParsing(t *testing.T) {
	var file struct {
		Tests []struct {
			Input string
			Atoms atoms
		}
	}
	vectors(t, "msg-split.yaml", &file)
	if len(file.Tests) < 10 {
		t.Fatalf("only %d cases", len(file.Tests))
	}
	for _, test := range file.Tests {
		m, err := parse(test.Input)
		if err != nil {
			t.Errorf("%q: %v", test.Input, err)
			continue
		}
		want := test.Atoms
		if m.source != want.Source || !slices.Equal(m.params, want.Params) || !maps.Equal(m.tags, want.Tags) {
			t.Errorf("%q is %+v, want %+v", test.Input, m, want)
		}
		// A command has no case; the cases are written with that of their input.
		if upper, err := parse(want.Verb); err != nil || upper.command != m.command {
			t.Errorf("%q has the command %q, want %q", test.Input, m.command, want.Verb)
		}
	}
}

func TestVectorsOfWriting(t *testing.T) {
	var file struct {
		Tests []struct {
			Desc    string
			Atoms   atoms
			Matches []string
		}
	}
	vectors(t, "msg-join.yaml", &file)
	if len(file.Tests) < 5 {
		t.Fatalf("only %d cases", len(file.Tests))
	}
	for _, test := range file.Tests {
		m := message{tags: test.Atoms.Tags, source: test.Atoms.Source, command: test.Atoms.Verb, params: test.Atoms.Params}
		line, err := m.encode()
		if err != nil || !slices.Contains(test.Matches, line) {
			t.Errorf("%s: %q, error %v; want one of %q", test.Desc, line, err, test.Matches)
		}
	}
}

func TestVectorsOfSources(t *testing.T) {
	var file struct {
		Tests []struct {
			Source string
			Atoms  struct{ Nick, User, Host string }
		}
	}
	vectors(t, "userhost-split.yaml", &file)
	if len(file.Tests) == 0 {
		t.Fatal("no cases")
	}
	for _, test := range file.Tests {
		nick, user, host := splitSource(test.Source)
		if want := test.Atoms; nick != want.Nick || user != want.User || host != want.Host {
			t.Errorf("%q is %q, %q, %q; want %+v", test.Source, nick, user, host, want)
		}
	}
}
