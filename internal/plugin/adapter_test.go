package plugin_test

import (
	"fmt"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
)

// The adapter is known from its registration to its end, over a start of the bot,
// and is found among many handlers without looking at them: every message asks.
func TestTheRegisteredAdapterIsKnown(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	for i := range 50 {
		register(t, reg, r, fmt.Sprintf("a%d", i), manifest(command(fmt.Sprintf("do%d", i))))
	}
	if name, _, ok := reg.Adapter(); ok {
		t.Errorf("%s is no adapter", name)
	}
	id := plugin.Identity{Name: "irc", Role: chat.RoleAdapter}
	said := &ocov1.Manifest{Adapter: &ocov1.AdapterInfo{Service: "irc"}}
	must[plugin.Registration](t)(reg.Register(t.Context(), id, said, r.hello))
	for what, reg := range map[string]*plugin.Registry{"registered": reg, "loaded": loadRegistry(t, r, plugin.Options{})} {
		if name, info, ok := reg.Adapter(); !ok || name != "irc" || info.GetService() != "irc" {
			t.Errorf("%s: %q, %v, %v", what, name, info, ok)
		}
		if n := testing.AllocsPerRun(10, func() { reg.Adapter() }); n > 0 {
			t.Errorf("%s: to find it takes %v allocations", what, n)
		}
	}
	if err := reg.Unregister(t.Context(), "irc", r.put); err != nil {
		t.Fatal(err)
	}
	if name, _, ok := reg.Adapter(); ok {
		t.Errorf("%s is unregistered", name)
	}
}
