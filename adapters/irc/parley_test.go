package irc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// logged counts the lines of the bot's log that have all parts in them, but not
// without.
func (b *realBot) logged(without string, parts ...string) int {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.dir, "log"))
	if err != nil {
		b.t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if hasAll(line, parts) && !strings.Contains(line, without) {
			n++
		}
	}
	return n
}

// Two bots in a direct room, each of which takes the other for a person who says
// what is no command, stop within five messages of each; people are answered by both
// as before (OCO-SEC-30).
func TestRealBotsStopTalkingToEachOther(t *testing.T) {
	server := newIRCD(t, "ngircd")
	alice := dialPlain(t, server.address, "alice")
	alice.join("#ops")
	const bounds = "limits: {user_messages: 120}\n"
	one := startBot(t, fast(server.address, map[string]string{"nick": "one"}), "name: one", bounds)
	two := startBot(t, fast(server.address, map[string]string{"nick": "two"}), "name: two", bounds)
	alice.awaitMember("#ops", "one")
	alice.awaitMember("#ops", "two")

	one.awaitStatus("connected")
	if out, err := one.oco("send", "-c", filepath.Join(one.dir, "oco.yaml"), "@two", "good evening"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, b := range []*realBot{one, two} {
		await(t, "it says that it says no more", func() bool { return b.logged("\n\n", "is not taken for a while", "repeated") > 0 })
	}
	// What they said to each other before is there before what they answer now.
	for range 2 {
		for _, name := range []string{"one", "two"} {
			alice.say("#ops", name+": ping")
			alice.expectText(name, "#ops", "pong")
		}
	}
	for _, b := range []*realBot{one, two} {
		// What alice got belongs to deliveries.
		if n := b.logged(`"delivery"`, `"msg":"sent"`); n > 5 || n < 4 {
			t.Errorf("it said %d things to the other", n)
		}
	}
}
