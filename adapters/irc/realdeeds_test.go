package irc

import (
	"context"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco"
)

// aboard is the adapter alone, connected to a real server.
type aboard struct {
	*adapter
	t   *testing.T
	bot *fakeBot
}

func board(t *testing.T, server *ircd) *aboard {
	t.Helper()
	a := &aboard{t: t, bot: &fakeBot{}}
	a.adapter = newAdapter(Config{
		Server: server.address, Nick: "oco", User: "oco", RealName: "OpenChatOps", Channels: []Channel{{Name: "#ops"}},
		Burst: 1000, Interval: time.Millisecond, MaxLines: 15, RetryFirst: 100 * time.Millisecond, RetryMost: 300 * time.Millisecond,
	}, quiet())
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, a.bot) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	await(t, "the adapter is in #ops", func() bool { return strings.Contains(a.bot.lastStatus(), "in #ops") })
	return a
}

// fine fails the test if something was not done.
func (a *aboard) fine(what string, err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatalf("%s: %v", what, err)
	}
}

// id returns the id of somebody who is seen.
func (a *aboard) id(nick string) oco.UserID {
	a.t.Helper()
	u, err := a.User(a.t.Context(), oco.UserLookup{MentionName: nick})
	a.fine(nick, err)
	return u.ID
}

// awaitTold waits until something is told, and returns the event.
func (a *aboard) awaitTold(want string) oco.Incoming {
	a.t.Helper()
	var found oco.Incoming
	await(a.t, want+" is told", func() bool {
		a.bot.mu.Lock()
		defer a.bot.mu.Unlock()
		for _, e := range a.bot.events {
			if told([]oco.Incoming{e}) == want {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

func TestRealDeeds(t *testing.T) {
	onRealServers(t, func(t *testing.T, server *ircd) {
		alice := dialPlain(t, server.address, "alice")
		a, ctx := board(t, server), t.Context() // the bot is first, and so may everything
		alice.join("#ops")
		a.awaitTold("alice joined #ops")

		a.fine("topic", a.SetTopic(ctx, "#ops", "be kind"))
		alice.expect(":oco!", " TOPIC #ops :be kind")
		a.fine("join", a.Join(ctx, "#dev"))
		a.fine("join again", a.Join(ctx, "#dev"))
		a.fine("invite", a.Invite(ctx, "#dev", a.id("alice")))
		alice.expect(":oco!", " INVITE alice ", "#dev")
		alice.join("#dev")
		a.awaitTold("alice joined #dev")
		a.fine("invite who is there", a.Invite(ctx, "#dev", a.id("alice")))
		members, err := a.Members(ctx, "#dev")
		a.fine("members", err)
		if names := []string{members[0].Name, members[1].Name}; !slices.Equal(names, []string{"alice", "oco"}) {
			t.Errorf("in #dev are %q", names)
		}
		a.fine("remove", a.Remove(ctx, "#dev", a.id("alice")))
		alice.expect(":oco!", " KICK #dev alice :")
		a.fine("leave", a.Leave(ctx, "#dev"))
		a.fine("leave again", a.Leave(ctx, "#dev"))

		// What others do is told.
		alice.send("PART #ops")
		a.awaitTold("alice left #ops by alice")
		alice.join("#ops")
		bob := dialPlain(t, server.address, "bob")
		bob.join("#ops")
		a.awaitTold("bob joined #ops")
		bob.send("QUIT :off")
		a.awaitTold("bob left #ops by bob")

		// Where the bot may not, it says why.
		carol := dialPlain(t, server.address, "carol")
		carol.join("#hers")
		carol.send("MODE #hers +it")
		carol.expect(" MODE #hers ", "i")
		if err := a.Join(ctx, "#hers"); err == nil || !strings.Contains(err.Error(), "#hers") {
			t.Errorf("let in where nobody is: %v", err)
		}
		carol.send("MODE #hers -i")
		carol.expect(" MODE #hers ", "-i")
		a.fine("join", a.Join(ctx, "#hers"))
		if err := a.SetTopic(ctx, "#hers", "mine"); err == nil || !strings.Contains(err.Error(), "#hers: You") {
			t.Errorf("set the topic without a right to: %v", err)
		}
		carol.send("TOPIC #hers :mine")
		a.awaitTold(`#hers: "mine" by carol`)

		// It is where it was told to be, and nowhere else, after the server died.
		server.kill()
		server.start()
		await(t, "the adapter is back", func() bool { return strings.Contains(a.bot.lastStatus(), "; in #hers, #ops;") })
	})
}

func TestRealReactions(t *testing.T) {
	t.Parallel()
	server := newIRCD(t, "inspircd")
	a, ctx := board(t, server), t.Context()
	alice := dialPlain(t, server.address, "alice")
	alice.send("CAP REQ :message-tags")
	alice.expect(" ACK ")
	alice.join("#ops")
	if d := a.Describe(); d.Levels[oco.CanReact] != oco.LevelPartial || d.Levels[oco.CanType] != oco.LevelFull || d.Levels[oco.CanDelete] != oco.LevelRejected {
		t.Errorf("levels %v", d.Levels)
	}
	alice.say("#ops", "shall I?")
	asked := a.awaitTold("shall I?")
	a.fine("react", a.SetReaction(ctx, at("#ops", string(asked.Message.ID)), "👍", false))
	alice.expect("+draft/react=👍", "+draft/reply="+string(asked.Message.ID), " TAGMSG ", "#ops")
	a.fine("take back", a.SetReaction(ctx, at("#ops", string(asked.Message.ID)), "👍", true))
	alice.expect("+draft/unreact=👍", " TAGMSG ", "#ops")
	a.fine("type", a.Typing(ctx, oco.Place{Room: "#ops"}, time.Minute))
	alice.expect("+typing=active", " TAGMSG ", "#ops")
	id, err := a.Send(ctx, oco.Outgoing{Room: "#ops", Text: "yes"})
	a.fine("send", err)
	alice.expectText("oco", "#ops", "yes")
	alice.send("@+draft/react=🎉;+draft/reply=" + string(id) + " TAGMSG #ops")
	if e := a.awaitTold("alice false 🎉 to " + string(id) + " in #ops"); e.Actor.ID != a.id("alice") {
		t.Errorf("by %+v", e.Actor)
	}
}

// Two servers lose each other: nobody has left, and nobody comes.
func TestRealNetsplit(t *testing.T) {
	t.Parallel()
	hub := newIRCD(t, "inspircd")
	hubHost, hubPort, err := net.SplitHostPort(hub.links)
	if err != nil {
		t.Fatal(err)
	}
	leaf := newIRCD(t, "inspircd", `<server name="leaf.oco.test" description="OCO" network="OCO" id="2AA">
<link name="irc.oco.test" ipaddr="`+hubHost+`" port="`+hubPort+`" allowmask="127.0.0.0/8" sendpass="link" recvpass="link">
<autoconnect period="1" server="irc.oco.test">`)
	a := board(t, hub)
	bob := dialPlain(t, leaf.address, "bob")
	alice := dialPlain(t, hub.address, "alice")
	alice.join("#ops")
	bob.join("#ops")
	joined := a.awaitTold("bob joined #ops")
	leaf.kill()
	alice.expect(":bob!", " QUIT ")
	leaf.start()
	bob = dialPlain(t, leaf.address, "bob")
	bob.join("#ops")
	await(t, "bob is seen again", func() bool {
		_, err := a.User(t.Context(), oco.UserLookup{MentionName: "bob"})
		return err == nil
	})
	if a.id("bob") == joined.Member.User.ID {
		t.Error("who was out of sight is the same person")
	}
	alice.send("PART #ops")
	a.awaitTold("alice left #ops by alice")
	if n := strings.Count(told(a.bot.take()), "bob"); n != 1 {
		t.Errorf("of bob %d things are told", n)
	}
}

// An operator of the network throws the bot out and renames it.
func TestRealBans(t *testing.T) {
	t.Parallel()
	server := newIRCD(t, "inspircd")
	a := board(t, server)
	root := dialPlain(t, server.address, "root")
	root.send("OPER root root")
	root.expect(" 381 ")
	root.join("#ops")

	root.send("SANICK oco renamed")
	await(t, "the adapter knows its nick", func() bool { return strings.Contains(a.bot.lastStatus(), " as renamed") })
	root.say("#ops", "renamed: ping")
	if e := a.awaitTold("renamed: ping"); len(e.Message.Mentions) != 1 || e.Message.Mentions[0].User != selfID {
		t.Errorf("the new nick is no mention: %+v", e.Message)
	}

	root.send("SAMODE #ops +o root")
	root.send("MODE #ops +b renamed!*@*")
	root.send("KICK #ops renamed :not wanted")
	await(t, "the status says who threw the bot out", func() bool {
		return strings.Contains(a.bot.lastStatus(), "not in #ops: root threw us out: not wanted")
	})
	if os.Getenv("OCO_TORTURE") == "1" {
		await(t, "the status says that the bot is banned", func() bool {
			return strings.Contains(a.bot.lastStatus(), "not in #ops: ") && strings.Contains(a.bot.lastStatus(), "ban")
		})
		root.send("MODE #ops -b renamed!*@*")
		await(t, "the bot is back", func() bool {
			return strings.Contains(a.bot.lastStatus(), "in #ops") && !strings.Contains(a.bot.lastStatus(), "not in")
		})
	}

	root.send("KLINE *oco@* 1h :spam")
	await(t, "the status says that the network does not want the bot", func() bool {
		return strings.HasPrefix(a.bot.lastStatus(), "down: ") && strings.Contains(strings.ToLower(a.bot.lastStatus()), "spam")
	})
}

// A wrong password of the server is said, and the right one is taken.
func TestRealServerPassword(t *testing.T) {
	t.Parallel()
	server := newIRCD(t, "ngircd", " Password = sesame")
	stranger := startBot(t, fast(server.address, map[string]string{"password": `"${file:` + secretFile(t, "wrong") + `}"`}))
	stranger.awaitStatus("not connected to", "assword")
	startBot(t, fast(server.address, map[string]string{"password": `"${file:` + secretFile(t, "sesame") + `}"`})).awaitStatus("in #ops")
}
