package config

import (
	"errors"
	"strings"
	"testing"
)

func TestTheBotCanPointIntoTheFile(t *testing.T) {
	c := parse(t, "adapter:\n  name: termnal\nhandlers:\n  - {name: core, scopes: [store, stroe]}\n")
	for _, test := range []struct {
		err  error
		want string
	}{
		{c.Unknown("adapter.plugin", "bundled adapter", "termnal", []string{"irc", "terminal"}),
			"/etc/oco/oco.yaml:2:3: unknown bundled adapter `termnal`; did you mean `terminal`?"},
		{c.Unknown("handlers[0].scopes[1]", "scope", "stroe", []string{"store"}),
			"/etc/oco/oco.yaml:4:34: unknown scope `stroe`; did you mean `store`?"},
		{c.Problem("data", "is in use"), "/etc/oco/oco.yaml:1:1: is in use"},
		{Default().Problem("data", "is in use"), "configuration: data: is in use"},
	} {
		if got, _, _ := strings.Cut(test.err.Error(), "\n"); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestInvalidUnwrapsToItsProblems(t *testing.T) {
	_, err := Parse("a.yaml", []byte("x: 1\ny: 2\nadapter: {name: t}\n"))
	p, ok := errors.AsType[Problem](err)
	if !ok || p.Line != 1 || p.File != "a.yaml" {
		t.Errorf("%+v %v", p, ok)
	}
}

func TestExcerptsAreHarmless(t *testing.T) {
	_, err := Parse("a.yaml", []byte("adapter: {name: \"\u202e\x1b]0;x\x07\"}\n"))
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\x07\u202e") {
		t.Errorf("%q", err)
	}
}

// Problems that somebody else found are one list in the order of the file, as
// those of this package.
func TestJoin(t *testing.T) {
	if Join(nil, nil) != nil {
		t.Error("nothing is wrong, and it is an error")
	}
	late, early := Problem{File: "f", Line: 9, Column: 1, Text: "late"}, Problem{File: "f", Line: 2, Column: 5, Text: "early"}
	var invalid *Invalid
	err := Join(late, nil, early)
	if !errors.As(err, &invalid) || len(invalid.Problems) != 2 || invalid.Problems[0].Text != "early" {
		t.Errorf("%v", err)
	}
	other := errors.New("other")
	if err := Join(late, other); !errors.Is(err, other) || !errors.As(err, &invalid) {
		t.Errorf("%v", err)
	}
}
