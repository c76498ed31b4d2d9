package pattern_test

import (
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/pattern"
)

// TestChecksAreBounded: what is exactly as long as may be is taken, and no more.
func TestChecksAreBounded(t *testing.T) {
	for _, c := range []struct {
		check       pattern.Check
		begin, fill string
		end         string
		most        int
	}{
		{pattern.CheckJSON, `"`, "x", `"`, 65536},
		{pattern.CheckURL, "https://example.org/", "é", "", 8192},
		{pattern.CheckRegex, "", "(?:x)", "", 1024},
	} {
		spec := pattern.Spec{Type: pattern.TypeText, Check: c.check}
		fill := (c.most - len(c.begin) - len(c.end)) / len(c.fill)
		pad := c.most - len(c.begin) - len(c.end) - fill*len(c.fill)
		text := c.begin + strings.Repeat("y", pad) + strings.Repeat(c.fill, fill) + c.end
		if _, ok := spec.Convert(text); !ok || len(text) != c.most {
			t.Errorf("%s: %d bytes are refused", c.check, len(text))
		}
		if _, ok := spec.Convert(c.begin + "z" + text[len(c.begin):]); ok {
			t.Errorf("%s: %d bytes are taken", c.check, len(text)+1)
		}
	}
}

func TestNamesOfChecks(t *testing.T) {
	for check, want := range map[pattern.Check]string{
		-1: "invalid", pattern.CheckNone: "none", pattern.CheckURL: "url", pattern.CheckJSON: "json", pattern.CheckRegex: "regex", 4: "invalid",
	} {
		if check.String() != want {
			t.Errorf("check %d is called %s", int(check), check)
		}
	}
}

// TestSpecsOfChecks: a check that contradicts the pattern, that there is not, or
// that is not of a text is refused.
func TestSpecsOfChecks(t *testing.T) {
	for what, spec := range map[string]pattern.Spec{
		"another":      {Name: "u", Check: pattern.CheckJSON},
		"of later":     {Name: "a", Check: 4},
		"of before":    {Name: "a", Check: -1},
		"of a number":  {Name: "a", Type: pattern.TypeNumber, Check: pattern.CheckURL},
		"a typed file": {Name: "v", Type: pattern.TypeFile},
	} {
		if _, err := pattern.Compile("do {a} {u:url} [--v={v}]", []pattern.Spec{spec}); err == nil || !strings.Contains(err.Error(), "argument "+spec.Name) {
			t.Errorf("%s: %v", what, err)
		}
		spec.Name = ""
		if what != "another" && what != "a typed file" && spec.Mistake() == "" {
			t.Errorf("%s: nothing is wrong with it", what)
		}
	}
	c := mustCompile(t, "do {a} {u:url}", pattern.Spec{Name: "a", Check: pattern.CheckRegex, Sensitive: true}, pattern.Spec{Name: "u", Check: pattern.CheckURL})
	if c.Usage() != "do {a:regex} {u:url}" {
		t.Errorf("usage %s", c.Usage())
	}
	if secret := mustCompile(t, "do {a:secret}", pattern.Spec{Name: "a", Help: "Yours."}); !secret.Arguments()[0].Sensitive || secret.Usage() != "do {a:secret}" {
		t.Errorf("%s is told: %+v", secret.Usage(), secret.Arguments()[0])
	}
}
