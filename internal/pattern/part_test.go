package pattern_test

import (
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/pattern"
)

// spellParts writes parts in brackets that tell the kinds apart.
func spellParts(parts []pattern.Part) string {
	var out []string
	for _, p := range parts {
		switch p.Kind {
		case pattern.PartLiteral:
			out = append(out, p.Word)
		case pattern.PartArgument:
			out = append(out, "<"+p.Argument+">")
		case pattern.PartFlag:
			text := p.Argument + "=" + strings.Join(p.Spellings, ",")
			if p.Valued {
				text += "=V"
			}
			out = append(out, "/"+text+"/")
		case pattern.PartOptional, pattern.PartChoice:
			var branches []string
			for _, b := range p.Branches {
				branches = append(branches, spellParts(b))
			}
			out = append(out, map[pattern.PartKind]string{pattern.PartOptional: "?", pattern.PartChoice: "!"}[p.Kind]+"("+strings.Join(branches, ";")+")")
		}
	}
	return strings.Join(out, " ")
}

func TestParts(t *testing.T) {
	for source, want := range map[string]string{
		"ping":                             "ping",
		"Deploy {app} [to {env:a|b}]":      "Deploy <app> ?(to <env>)",
		"remind [me] (at|on {day}) {t...}": "remind ?(me) !(at;on <day>) <t>",
		"scale {n*} [--force|-f] [--count={c:integer}] [--x]": "scale <n> /force=--force,-f/ /c=--count=V/ /x=--x/",
	} {
		c, err := pattern.Compile(source, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := spellParts(c.Parts()); got != want {
			t.Errorf("%s has the parts %s, want %s", source, got, want)
		}
	}
}
