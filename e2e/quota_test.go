package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestAQuotaOfTheConfiguration gives a plugin room for two keys, and then for
// three while the bot runs (OCO-STO-16).
func TestAQuotaOfTheConfiguration(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	keys := func(n int) {
		b.configure(fmt.Sprintf("adapter: {name: chat, remote: true}\nhandlers: [{name: core, store_keys: %d}]\n", n))
	}
	keys(2)
	b.start()
	b.awaitPlugins("core")
	put := func(key string) (string, int) {
		_, errs, code := b.oco("store", "put", "-c", b.path("oco.yaml"), "core", key, "1")
		return errs, code
	}
	for _, key := range []string{"a", "b"} {
		if errs, code := put(key); code != 0 {
			t.Fatal(errs)
		}
	}
	if errs, code := put("c"); code != 1 || !strings.Contains(errs, "the namespace core would hold 3 keys, and may hold 2") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	keys(3)
	b.must("reload", "-c", b.path("oco.yaml"))
	if errs, code := put("c"); code != 0 {
		t.Errorf("after the reload: %s", errs)
	}
}
