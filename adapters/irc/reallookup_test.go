package irc

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/openchatops/oco"
)

// clerk is a handler whose arguments only the network knows, run by this binary for a
// bot of a test.
func clerk() {
	h := oco.NewHandler("clerk")
	h.Command("whois {who*:user}", "Tell who people are.", func(_ context.Context, msg *oco.Message) error {
		text := ""
		for _, u := range msg.ArgUsers("who") {
			text += "[" + u.Name + "]"
		}
		msg.Reply(text)
		return nil
	})
	h.Command("room {room:room=here}", "Tell which room.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply("in " + msg.ArgRoom("room").Name)
		return nil
	})
	oco.Main(h)
}

// Nicks and channels are arguments of commands, as people write them, while the server
// goes on talking. A channel that is secret is one only for who is in it (OCO-RTE-51,
// OCO-RTE-54).
func TestRealNamesAsArguments(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	onRealServers(t, func(t *testing.T, server *ircd) {
		alice, bob := dialPlain(t, server.address, "alice"), dialPlain(t, server.address, "Bob")
		alice.join("#ops")
		bob.join("#ops")
		bob.join("#cellar")
		bob.send("MODE #cellar +s")
		bob.expect(" MODE #cellar ")
		startBot(t, fast(server.address, map[string]string{"channels": `["#ops", "#cellar"]`}),
			fmt.Sprintf("handlers: [{name: clerk, command: [%q, %s]}]", self, clerkWord))
		alice.awaitMember("#ops", "oco")
		bob.awaitMember("#cellar", "oco")
		alice.say("#ops", "oco: whois bob")
		alice.expectText("oco", "#ops", "[Bob]")
		alice.say("#ops", "oco: whois @BOB, me, alice oco")
		alice.expectText("oco", "#ops", "[Bob][alice][alice][oco]")
		alice.say("#ops", "oco: whois carol")
		alice.expect(" PRIVMSG #ops ", "“carol” does not fit who")
		alice.expect(" PRIVMSG #ops ", "Usage: whois")
		alice.say("#ops", "oco: room")
		alice.expectText("oco", "#ops", "in #ops")
		alice.say("#ops", "oco: room #OPS")
		alice.expectText("oco", "#ops", "in #ops")
		alice.say("oco", "room #cellar")
		alice.expect(" PRIVMSG alice ", "“#cellar” does not fit room")
		alice.expect(" PRIVMSG alice ", "Usage: room")
		bob.say("oco", "room #cellar")
		bob.expectText("oco", "Bob", "in #cellar")
		alice.send("NICK alicia")
		alice.expect(" NICK ")
		bob.say("#ops", "oco: whois alicia")
		bob.expectText("oco", "#ops", "[alicia]")
	})
}

// clerkWord makes this binary the clerk.
const clerkWord = "clerk"
