package plugin_test

import (
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/plugin"
)

// Everything that is wrong with a manifest is told at once.
func TestCheckManifest(t *testing.T) {
	if all := plugin.CheckManifest("web", manifest(command("deploy {app}"), command("ping"))); len(all) != 0 {
		t.Errorf("a good one: %v", all)
	}
	bad := manifest(command("deploy {app"), command("ping"), command("ping"))
	bad.Adapter = &ocov1.AdapterInfo{Service: "x"}
	bad.Settings = []*ocov1.ArgumentSpec{{Name: "NO"}}
	var texts []string
	for _, err := range plugin.CheckManifest("web", bad) {
		texts = append(texts, err.Text)
	}
	got := strings.Join(texts, "\n")
	for _, want := range []string{"adapter:", `route 1 ("deploy {app")`, `route 3 ("ping")`, "NO"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not told of:\n%s", want, got)
		}
	}
	if len(texts) != 4 {
		t.Errorf("%d problems, want 4:\n%s", len(texts), got)
	}
	many := manifest(make([]*ocov1.Route, plugin.MaxRoutes+1)...)
	if all := plugin.CheckManifest("web", many); len(all) != 1 {
		t.Errorf("too many routes: %d problems", len(all))
	}
}
