package irc

import (
	"strings"
	"testing"
)

// The operator changes the settings of a bot that runs: the adapter leaves, and is
// back with the new ones. What the bot finds wrong with them leaves it as it is.
func TestRealSettingsChange(t *testing.T) {
	t.Parallel()
	server := newIRCD(t, "ngircd")
	b := startBot(t, fast(server.address, nil))
	alice := dialPlain(t, server.address, "alice")
	alice.join("#ops")
	alice.join("#dev")
	alice.awaitMember("#ops", "oco")

	b.configure(fast(server.address, map[string]string{"channels": `["#ops", "#dev"]`, "max_lines": "many"}))
	if out, err := b.oco("reload"); err == nil || !strings.Contains(out, "`max_lines` wants a whole number") {
		t.Errorf("oco reload says %q, %v", out, err)
	}
	alice.say("#ops", "oco: ping")
	alice.expectText("oco", "#ops", "pong")

	b.configure(fast(server.address, map[string]string{"channels": `["#ops", "#dev"]`, "nick": "opsbot"}))
	if out, err := b.oco("reload"); err != nil {
		t.Errorf("oco reload says %q, %v", out, err)
	}
	alice.awaitMember("#dev", "opsbot")
	alice.say("#dev", "oco: ping")
	alice.expectText("opsbot", "#dev", "pong")
}
