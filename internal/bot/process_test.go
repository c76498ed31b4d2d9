package bot

import (
	"fmt"
	"testing"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
)

// Bundled handlers share a process unless they are kept apart; every other
// plugin has its own, and remote ones have none. exec never shares: what it runs could
// take the others down. A bundled handler under a name
// of the operator's own cannot share: the process knows it by the bundled name.
func TestProcesses(t *testing.T) {
	c := config.Default()
	c.Handlers = []config.Plugin{
		{Name: "core", Plugin: "core"},
		{Name: "exec", Plugin: "exec"},
		{Name: "second", Plugin: "core"},
		{Name: "apart", Plugin: "core", Separate: true},
		{Name: "deploy", Command: []string{"/bin/deploy", "-v"}},
		{Name: "far", Remote: true},
	}
	want := []string{
		"terminal adapter [terminal] [oco adapter terminal]",
		"exec handler [exec] [oco handler exec]",
		"second handler [second] [oco handler core]",
		"apart handler [apart] [oco handler core]",
		"deploy handler [deploy] [/bin/deploy -v]",
		"core handler [core] [oco handler core]",
	}
	got := processes(Options{Config: c, Executable: "oco"})
	if len(got) != len(want) {
		t.Fatalf("%d processes, want %d: %v", len(got), len(want), got)
	}
	for i, p := range got {
		if have := fmt.Sprint(p.name, " ", p.role, " ", p.names(), " ", p.command); have != want[i] {
			t.Errorf("process %d: %s, want %s", i, have, want[i])
		}
	}
}

func TestOperatorsRoom(t *testing.T) {
	for name, want := range map[string]chat.Place{
		"": {}, "ops": {Room: "room:1:a"}, "room:1:b": {Room: "room:1:b"}, "#c": {Room: "room:1:~23c"},
	} {
		if got := operatorsRoom(&config.Config{OperatorsRoom: name, Rooms: map[string]string{"ops": "room:1:a"}}); got != want {
			t.Errorf("%q: %+v, want %+v", name, got, want)
		}
	}
}

// What a bundled handler needs it has, unless the operator says otherwise; any
// other has what it was given.
func TestGrants(t *testing.T) {
	c := config.Default()
	c.Handlers = []config.Plugin{{Name: "core", Plugin: "core"}, {Name: "bare", Plugin: "core", Scopes: []string{}}, {Name: "own", Command: []string{"x"}}}
	got := grants(c)
	if len(got["core"]) == 0 || len(got["bare"]) != 0 || len(got["own"]) != 0 {
		t.Errorf("grants %v", got)
	}
}

func TestCheck(t *testing.T) {
	c := config.Default()
	if err := Check(c); err != nil {
		t.Errorf("the default: %v", err)
	}
	c.Adapter = config.Plugin{Name: "termnal", Plugin: "termnal"}
	c.Handlers = []config.Plugin{{Name: "cre", Plugin: "cre", Scopes: []string{"status.raed"}}}
	err := Check(c)
	if err == nil {
		t.Fatal("nothing is wrong with names that do not exist")
	}
	t.Log(err)
}
