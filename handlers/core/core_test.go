package core

import (
	"context"
	"testing"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

func everyScope() ocotest.Config {
	return ocotest.Config{
		Groups: map[string][]string{"ops": {"alice"}, "board": {"carol"}},
		Scopes: map[string][]string{"core": {"commands.read", "rooms.read", "status.read", "users.read"}},
	}
}

func TestPingAndEcho(t *testing.T) {
	bot := ocotest.Start(t, New())
	bot.Command("ping")
	bot.WantReply("pong")
	bot.WantOutcome(oco.Done)
	bot.Command(`echo  it's "all" fine `)
	bot.WantReply(`it's "all" fine`)
	bot.WantOutcome(oco.Done)
}

func TestHelpShowsOnlyWhatTheAskerMayRun(t *testing.T) {
	secret := oco.NewHandler("vault")
	nothing := func(context.Context, *oco.Message) error { return nil }
	secret.Command("vault open", "Open the vault.", nothing, oco.Allow("ops"), oco.Danger())
	secret.Command("vault burn", "Burn the vault.", nothing, oco.Danger())
	bot := ocotest.StartWith(t, everyScope(), New(), secret)
	bot.Command("help vault")
	bot.WantReply("vault:\n  vault open - Open the vault.\nSay help and a command for more about it.")
	bob := bot.As("bob")
	bob.Command("help vault")
	bob.WantReply(`There is no command about "vault" that you may run here. Say help to see all.`)
	bob.Command("help")
	bob.WantReply(`core:
  echo {text...} - Repeat some text.
  help [{topic*}] [--page|-p={page:integer=1}] - Show what I can do, or what I can do about a topic.
  ping - Answer pong.
  rooms - List the rooms that I am in.
  status - Show how I am.
  users - List the users that I see.
  whoami - Show who you are to me.
Say help and a command, a handler or any word for more about it.`)
	bob.Command("help valut")
	bob.WantReply(`There is no command about "valut" that you may run here. Say help to see all.`)
	bot.Command("help --page=2 valut open")
	bot.WantReply("There is no page 2: there is 1 page.")
	bot.Kill("vault")
	bot.Command(`help “open the vault”`)
	bot.WantReply("vault open - Open the vault. (not running)\n  It is dangerous: only those may run it whom an operator allowed.\n  It is a command of vault.")
}

func TestWhoamiComesFromTheBot(t *testing.T) {
	bot := ocotest.StartWith(t, everyScope(), New())
	bot.Command("whoami")
	bot.WantReply("You are alice, in the group ops.\nYour id is user:1:alice.\nThis is the direct room room:1:dm-alice.")
	ops := bot.As("bob").In("ops")
	ops.Command("whoami")
	ops.WantReply("You are bob, in no group.\nYour id is user:1:bob.\nThis is the channel room room:1:ops.")
}

func TestUsersAndRooms(t *testing.T) {
	bot := ocotest.StartWith(t, everyScope(), New())
	ops := bot.As("bob").In("ops")
	ops.Say("good morning")
	bot.Command("users")
	bot.WantReply("2 users:\n  alice\n  bob")
	bot.Command("rooms")
	bot.WantReply("2 rooms:\n  dm-alice (direct, here)\n  ops")
	ops.Command("rooms")
	ops.WantReply("1 room:\n  ops (here)\nAnd 1 private.")
}

func TestStatusOfARealBot(t *testing.T) {
	bot := ocotest.StartWith(t, everyScope(), New())
	bot.Command("status")
	bot.WantOutcome(oco.Done) // its text has the uptime; see TestStatus
}

func TestWhatIsNotGrantedIsSaid(t *testing.T) {
	bot := ocotest.Start(t, New())
	for command, scope := range map[string]string{"help": "commands.read", "users": "users.read", "rooms": "rooms.read", "status": "status.read"} {
		asker := bot.As("asks-" + command) // notices in one room wait for each other
		asker.Command(command)
		asker.WantReply()
		asker.WantNotice(command+" failed", "grant the scope "+scope)
		bot.WantOutcome(oco.Failed)
	}
	bot.Command("whoami")
	bot.WantOutcome(oco.Done)
}
