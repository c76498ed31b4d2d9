package bot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/config"
)

// What is no manifest is refused with what it is.
func TestParseManifest(t *testing.T) {
	for text, want := range map[string]string{
		`{"version": "1", "later": true}`: "",
		"":                                "not JSON",
		"{":                               "not JSON",
		"{}{}":                            "more than one manifest",
		"{} x":                            "more than one manifest",
		`{"routes": 1}`:                   "no manifest",
		`"` + strings.Repeat("x", MaxManifest) + `"`: "more than 4 MiB",
		"{}" + strings.Repeat(" ", MaxManifest):      "more than 4 MiB",
	} {
		m, unknown, err := ParseManifest(strings.NewReader(text))
		if (unknown != nil) != (want == "") {
			t.Errorf("%.20q: not known is %v", text, unknown)
		}
		if want == "" && (err != nil || m.GetVersion() != "1") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
}

// All that is wrong with the files of manifests is told with the place of the key, and
// a misspelt word opens no route (OCO-LIF-70).
func TestCheckManifests(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "oco.yaml")
	text := "adapter: {name: terminal}\nhandlers:\n"
	for name, manifest := range map[string]string{
		"a": `{"routes": [{"command": {"pattern": "a {"}}, {"command": {"pattern": "b {"}}]}`, "b": `{"requiredFeatures": ["no"]}`, "c": `{`, "e": `{"routes": [{"alow": ["ops"], "command": {"pattern": "e"}}]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".json"), []byte(manifest), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		text += "  - {name: " + name + ", remote: true, manifest: " + name + ".json}\n"
	}
	c, err := config.Parse(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	err = Check(c)
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{"oco.yaml:3:39: ", `route 1 ("a {")`, `route 2 ("b {")`, "oco.yaml:4:39: ", `feature "no"`, "oco.yaml:5:39: ", "not JSON", "oco.yaml:6:39: ", "cannot be read",
		"oco.yaml:7:39: ", "/e.json: routes[0].alow: there is no such field in Route; did you mean `allow`?"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told of:\n%v", want, err)
		}
	}
}
