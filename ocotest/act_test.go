package ocotest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

// janitor is a handler that does everything but reply.
func janitor() *oco.Handler {
	h := oco.NewHandler("janitor")
	h.Scopes("messages.delete.any", "reactions.write", "rooms.join", "rooms.manage", "rooms.read", "users.read")
	h.Command("build", "Build, and say how it goes.", func(ctx context.Context, msg *oco.Message) error {
		if err := msg.React(ctx, "👀"); err != nil {
			return err
		}
		m := msg.Reply("building…")
		if err := msg.Typing(ctx); err != nil {
			return err
		}
		gone := msg.Reply("this may take long")
		return firstOf(m.Update(ctx, "built"), gone.Delete(ctx), msg.Unreact(ctx, "👀"), m.React(ctx, "🎉"))
	})
	h.Command("topic {text...}", "Set the topic.", func(ctx context.Context, msg *oco.Message) error {
		here := oco.To{Room: msg.Room().ID}
		if err := msg.Bot().SetTopic(ctx, here, msg.Arg("text"), oco.Wait()); err != nil {
			return err
		}
		room, err := msg.Bot().GetRoom(ctx, here)
		msg.Reply("The topic is: " + room.Topic)
		return err
	})
	h.Command("door (join|leave) {room} {user}", "Bring the bot and somebody in or out.", func(ctx context.Context, msg *oco.Message) error {
		bot, room, user := msg.Bot(), oco.To{RoomName: msg.Arg("room")}, oco.UserID("user:1:"+msg.Arg("user"))
		if strings.HasPrefix(msg.Text(), "door join") {
			return firstOf(bot.Join(ctx, room, oco.Wait()), bot.Invite(ctx, room, user, oco.Wait()))
		}
		return firstOf(bot.Remove(ctx, room, user, oco.Wait()), bot.Leave(ctx, room, oco.Wait()))
	})
	h.Command("who", "Say who is here.", func(ctx context.Context, msg *oco.Message) error {
		users, err := msg.Bot().ListMembers(ctx, oco.To{Room: msg.Room().ID})
		var names []string
		for _, u := range users {
			names = append(names, u.Name)
		}
		msg.Reply(strings.Join(names, " "))
		return err
	})
	h.OnEvent(oco.ReactionAdded, func(_ context.Context, ev *oco.Event) error {
		ev.Reply(fmt.Sprintf("%s reacted %s", ev.User().Name, ev.Reaction().Emoji))
		return nil
	})
	h.OnEvent(oco.ReactionRemoved, func(_ context.Context, ev *oco.Event) error {
		ev.Reply(fmt.Sprintf("%s took %s back", ev.User().Name, ev.Reaction().Emoji))
		return nil
	})
	h.OnEvent(oco.MemberJoined, func(_ context.Context, ev *oco.Event) error {
		ev.Reply("welcome, " + ev.Member().User.Name)
		return nil
	})
	h.OnEvent(oco.MemberLeft, func(_ context.Context, ev *oco.Event) error {
		ev.Reply("farewell, " + ev.Member().User.Name)
		return nil
	})
	return h
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func withJanitor(t *testing.T) *ocotest.Bot {
	t.Helper()
	h := janitor()
	return ocotest.StartWith(t, ocotest.Config{Scopes: map[string][]string{"janitor": {
		"messages.delete.any", "reactions.write", "rooms.join", "rooms.manage", "rooms.read", "users.read",
	}}}, h)
}

func TestUpdatesReactionsAndWork(t *testing.T) {
	bot := withJanitor(t)
	ops := bot.In("ops")
	ops.Command("build")
	bot.WantOutcome(oco.Done)
	ops.WantReply("building…", "this may take long")
	ops.WantEdit("built")
	ops.WantDelete("this may take long")
	ops.WantReaction("👀", "🎉")
	ops.WantUnreact("👀")
	ops.WantTyping()
	ops.WantEdit() // a look is once
}

func TestPeopleReactComeAndGo(t *testing.T) {
	bot := withJanitor(t)
	ops := bot.As("bob").In("ops")
	ops.Join()
	ops.WantReply("welcome, bob")
	bot.WantOutcome(oco.Done)
	ops.React("👍")
	ops.WantReply("bob reacted 👍")
	ops.Unreact("👍")
	ops.WantReply("bob took 👍 back")
	ops.WantMembers("bob")
	ops.Leave()
	ops.WantReply("farewell, bob")
	ops.WantMembers()
}

func TestTopicsAndMembers(t *testing.T) {
	bot := withJanitor(t)
	ops := bot.In("ops")
	ops.Command("topic be kind")
	ops.WantReply("The topic is: be kind")
	ops.WantTopic("be kind")
	ops.Command("who")
	ops.WantReply("alice")
	dev := bot.As("carol").In("dev")
	dev.Say("hello")
	ops.Command("door join dev alice")
	bot.WantOutcome(oco.Done)
	dev.WantMembers("alice", "bot", "carol")
	ops.Command("door leave dev carol")
	dev.WantMembers("alice")
}

func TestAMissingScopeIsSaid(t *testing.T) {
	bot := ocotest.Start(t, janitor())
	ops := bot.In("ops")
	ops.Command("build") // what is in its own delivery needs none
	bot.WantOutcome(oco.Done)
	ops.WantReply("building…", "this may take long")
	ops.WantReaction("👀", "🎉")
	ops.Command("topic be kind")
	bot.WantOutcome(oco.Failed)
	ops.WantTopic("")
}
