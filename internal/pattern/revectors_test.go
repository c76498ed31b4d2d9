package pattern_test

import (
	"testing"

	"github.com/openchatops/oco/internal/pattern"
)

type regexpVector struct {
	Name    string `json:"name"`
	Pattern string `json:"pattern"`
	Text    string `json:"text"`
	Verdict string `json:"verdict"` // yes, no or error
	Offset  *int   `json:"offset,omitempty"`
	Groups  []struct {
		Name    string `json:"name,omitempty"`
		Matched bool   `json:"matched"`
		Text    string `json:"text,omitempty"`
	} `json:"groups,omitempty"`
}

func TestRegexpVectors(t *testing.T) {
	seen := map[string]bool{}
	cases := readVectors[regexpVector](t, "ocore.json")
	if len(cases) < 280 {
		t.Errorf("%d cases, want at least 280", len(cases))
	}
	for _, v := range cases {
		if seen[v.Name] {
			t.Errorf("two cases are called %q", v.Name)
		}
		seen[v.Name] = true
		t.Run(v.Name, func(t *testing.T) { checkRegexpVector(t, v) })
	}
}

func checkRegexpVector(t *testing.T, v regexpVector) {
	re, err := pattern.CompileRegexp(v.Pattern)
	if v.Verdict == "error" {
		checkRefused(t, err, v.Offset)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	groups, ok := re.Match(v.Text)
	if ok != (v.Verdict == "yes") {
		t.Fatalf("matched %v, want %s", ok, v.Verdict)
	}
	if len(groups) != len(v.Groups) {
		t.Fatalf("groups %+v, want %+v", groups, v.Groups)
	}
	for i, want := range v.Groups {
		got := groups[i]
		if got.Name != want.Name || got.Matched != want.Matched || got.Text != want.Text {
			t.Errorf("group %d is %+v, want %+v", i, got, want)
		}
		if got.Matched && v.Text[got.Start:got.End] != got.Text {
			t.Errorf("group %d does not stand at %d to %d", i, got.Start, got.End)
		}
	}
}
