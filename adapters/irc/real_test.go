package irc

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// fast is how the tests are told apart from a real network: no flood limit, and
// back at once.
func fast(address string, more map[string]string) map[string]string {
	settings := map[string]string{
		"server": address, "tls": "off", "channels": `["#ops"]`, "flood_lines": "1000", "flood_pause": "1ms", "retry_first": "100ms", "retry_most": "300ms",
	}
	maps.Copy(settings, more)
	return settings
}

func onRealServers(t *testing.T, test func(*testing.T, *ircd)) {
	t.Helper()
	for _, name := range []string{"ngircd", "inspircd"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newIRCD(t, name))
		})
	}
}

func TestRealTalk(t *testing.T) {
	onRealServers(t, func(t *testing.T, server *ircd) {
		alice := dialPlain(t, server.address, "alice")
		squatter := dialPlain(t, server.address, "oco")
		alice.join("#ops")
		squatter.join("#ops")
		alice.join("#secret")
		alice.send("MODE #secret +k sesame")
		alice.expect(" MODE #secret ")
		startBot(t, fast(server.address, map[string]string{"channels": `["#ops", "#secret sesame", "#Dev"]`}))

		// The nick is in use; it is taken when it is free.
		alice.awaitMember("#ops", "oco_")
		alice.say("#ops", "oco: ping")
		alice.expectText("oco_", "#ops", "pong")
		alice.say("#ops", "oco_: ping") // as clients complete it
		alice.expectText("oco_", "#ops", "pong")
		squatter.send("QUIT")
		alice.awaitMember("#ops", "oco")

		// In a room, in another, in one with a key, and in private.
		alice.awaitMember("#secret", "oco")
		alice.join("#dev")
		for _, target := range []string{"#ops", "#secret", "#dev"} {
			alice.say(target, "oco: ping")
			line := alice.expect(":oco!", " PRIVMSG ", ":pong")
			if !strings.Contains(strings.ToLower(line), " privmsg "+target+" ") {
				t.Errorf("asked in %s, answered by %q", target, line)
			}
		}
		alice.say("oco", "ping")
		alice.expectText("oco", "alice", "pong")
		alice.say("oco", "whoami")
		alice.expectText("oco", "alice", "You are alice, in no group.")
		alice.expect("Your id is user:1:~7ealice~7e")
		alice.say("oco", "rooms")
		alice.expect(" PRIVMSG alice ", "3 rooms")
		alice.say("oco", "users")
		alice.expect(" PRIVMSG alice ", "2 users")

		// What programs say, and CTCP, is not answered.
		alice.send("NOTICE #ops :oco: ping")
		alice.send("NOTICE oco :ping")
		alice.say("oco", "\x01VERSION\x01")
		alice.say("#ops", "\x01ACTION oco: ping\x01")
		alice.say("#ops", "oco: echo Gr\xfc\xdfe") // Latin-1
		alice.expectText("oco", "#ops", "Grüße")
		alice.say("#ops", "\x02oco\x02: \x0304,01echo\x03 \x1dplain")
		alice.expectText("oco", "#ops", "plain")
		alice.say("#ops", "oco: echo /me waves")
		alice.expectText("oco", "#ops", "\x01ACTION waves\x01")
	})
}

func TestRealLongText(t *testing.T) {
	onRealServers(t, func(t *testing.T, server *ircd) {
		alice := dialPlain(t, server.address, "alice")
		alice.join("#ops")
		bot := startBot(t, fast(server.address, nil))
		alice.awaitMember("#ops", "oco")
		bot.awaitStatus("in #ops")
		text := strings.Repeat("ü👩‍👩‍👧", 100)
		if out, err := bot.oco("send", "#ops", text); err != nil {
			t.Fatalf("oco send: %v\n%s", err, out)
		}
		var got strings.Builder
		for got.Len() < len(text) {
			line := alice.expect(":oco!", " PRIVMSG #ops :")
			_, part, _ := strings.Cut(line, " PRIVMSG #ops :")
			if len(line)+2 > maxLine || !utf8.ValidString(line) || strings.HasPrefix(part, "\u200d") {
				t.Errorf("a line of %d bytes is broken: %q", len(line)+2, line)
			}
			got.WriteString(part)
		}
		if got.String() != text {
			t.Error("the text did not arrive as it was")
		}
		if out, err := bot.oco("send", "#ops", strings.Repeat("x\n", 100)); err != nil {
			t.Fatalf("oco send: %v\n%s", err, out)
		}
		for range 14 {
			alice.expectText("oco", "#ops", "x")
		}
		alice.expectText("oco", "#ops", "(86 more lines are left out)")
		if out, err := bot.oco("send", "#elsewhere", "x"); err == nil {
			t.Errorf("a message to a channel where nobody is was sent: %s", out)
		}
	})
}

// The server is killed under traffic, three times and, for `make torture`, ten;
// whatever the bot has taken has one visible end.
func TestRealServersKilledUnderTraffic(t *testing.T) {
	rounds := 3
	if os.Getenv("OCO_TORTURE") == "1" {
		rounds = 10
	}
	onRealServers(t, func(t *testing.T, server *ircd) {
		door := newGate(t, server.address)
		bot := startBot(t, fast(door.address, nil))
		said := newTally()
		var alice *plainClient
		for round := range rounds {
			alice = dialPlain(t, server.address, "alice")
			alice.join("#ops")
			door.set(true)
			alice.awaitMember("#ops", "oco", said.count) // and what was held back
			for i := range 5 {
				word := fmt.Sprintf("sure-%d-%d", round, i)
				alice.say("#ops", "oco: echo "+word)
				said.await(alice, word)
			}
			for i := range 8 {
				alice.say("#ops", fmt.Sprintf("oco: echo doubt-%d-%d", round, i))
			}
			time.Sleep(time.Duration(round) * 7 * time.Millisecond)
			door.set(false)
			server.kill()
			said.drain(alice) // what was on its way
			server.start()
		}
		alice = dialPlain(t, server.address, "alice")
		alice.join("#ops")
		door.set(true)
		bot.awaitStatus("up", "connected to irc.oco.test", "in #ops", "was not seen", "leased 0, open 0, open list 0, outbox 0,", "waiting 0")
		alice.say("#ops", "oco: echo last")
		said.await(alice, "last")

		taken := 0
		for _, d := range bot.deliveries() {
			if d.Outcome != "OUTCOME_DONE" {
				t.Errorf("%s ended %s", d.Route, d.Outcome)
			}
			if d.Route == "echo" {
				taken++
			}
		}
		seen := said.check(t)
		for _, text := range door.confirmed("#ops") {
			if text = strings.TrimPrefix(text, repeatMark); !seen[text] {
				t.Logf("the server confirmed %q and died before it passed that on", text)
				seen[text] = true
			}
		}
		if len(seen) != taken {
			t.Errorf("%d commands were taken and %d have an answer", taken, len(seen))
		}
		t.Logf("%d commands taken, %d answered plainly, %d marked as possible repeats", taken, len(said.plainly), len(said.marked))
	})
}

// tally counts what the bot said in #ops.
type tally struct{ plainly, marked map[string]int }

func newTally() *tally { return &tally{map[string]int{}, map[string]int{}} }

// note counts a line of a client and returns what the bot said in it.
func (c *tally) note(line string) string {
	_, text, found := strings.Cut(line, " PRIVMSG #ops :")
	if !found || !strings.HasPrefix(line, ":oco!") {
		return ""
	}
	if rest, again := strings.CutPrefix(text, repeatMark); again {
		c.marked[rest]++
	} else {
		c.plainly[text]++
	}
	return text
}

func (c *tally) count(line string) { c.note(line) }

// await counts up to a text.
func (c *tally) await(client *plainClient, text string) {
	client.t.Helper()
	deadline := time.After(patience)
	for {
		line, ok := client.next(deadline)
		if !ok {
			client.t.Fatalf("no answer %q", text)
		}
		if c.note(line) == text {
			return
		}
	}
}

// drain counts what came before the end of a connection.
func (c *tally) drain(client *plainClient) {
	deadline := time.After(patience)
	for {
		line, ok := client.next(deadline)
		if !ok {
			return
		}
		c.note(line)
	}
}

// check returns which texts were said, each at most once without a mark and at
// most once with it.
func (c *tally) check(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for how, said := range map[string]map[string]int{"without a mark": c.plainly, "as a possible repeat": c.marked} {
		for text, n := range said {
			all[text] = true
			if n > 1 {
				t.Errorf("%q was said %d times %s", text, n, how)
			}
		}
	}
	return all
}

func TestRealTLS(t *testing.T) {
	t.Parallel()
	server := newIRCD(t, "inspircd")
	right := pinOf(t, filepath.Join(server.dir, "cert.pem"))
	alice := dialPlain(t, server.address, "alice")
	alice.join("#ops")
	startBot(t, fast(server.secure, map[string]string{"tls": "sha256=" + right}))
	alice.awaitMember("#ops", "oco")
	alice.say("#ops", "oco: ping")
	alice.expectText("oco", "#ops", "pong")
	for tls, want := range map[string]string{
		"system":                            "certificate signed by unknown authority",
		"sha256=" + strings.Repeat("0", 64): "sha256=" + right + ", which is not the one in the setting tls",
	} {
		stranger := startBot(t, fast(server.secure, map[string]string{"tls": tls, "nick": "stranger"}))
		stranger.awaitStatus("not connected to", want)
	}
}
