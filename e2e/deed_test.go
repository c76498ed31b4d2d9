package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco"
)

// deedAdapter can do everything that an adapter may be asked to do. What it does
// is posted to the service as a line.
type deedAdapter struct{ chatAdapter }

var _ interface {
	oco.Roster
	oco.Updater
	oco.Deleter
	oco.Reactor
	oco.Typer
	oco.TopicSetter
	oco.MemberLister
	oco.RoomFinder
} = (*deedAdapter)(nil)

func runDeedAdapter(s *site, _ string) int {
	oco.Main(oco.NewAdapter("chat", "e2e", &deedAdapter{chatAdapter{site: s}}))
	return 0
}

// did records a deed. What a process that dies asked for may be done or not.
func (a *deedAdapter) did(format string, args ...any) error {
	a.site.step("deed")
	if err := a.site.call("/post", url.Values{}, post{Room: "deeds", Text: fmt.Sprintf(format, args...)}, nil); err != nil {
		return oco.MaybeSent(err)
	}
	a.site.step("deed done")
	return nil
}

func (a *deedAdapter) UpdateMessage(_ context.Context, at oco.MessageRef, text string) error {
	if !strings.HasPrefix(string(at.ID), "post-") {
		return fmt.Errorf("a message of the id %q was never posted", at.ID)
	}
	return a.did("%s now says %s", at.ID, text)
}

func (a *deedAdapter) DeleteMessage(_ context.Context, at oco.MessageRef) error {
	return a.did("%s is deleted", at.ID)
}

func (a *deedAdapter) SetReaction(_ context.Context, at oco.MessageRef, emoji string, remove bool) error {
	return a.did("%s on %s: %v", emoji, at.ID, !remove)
}

func (a *deedAdapter) Typing(_ context.Context, to oco.Place, _ time.Duration) error {
	return a.did("typing in %s", to.Room)
}

func (a *deedAdapter) SetTopic(_ context.Context, room oco.RoomID, topic string) error {
	return a.did("the topic of %s is %s", room, topic)
}

func (a *deedAdapter) Room(_ context.Context, id oco.RoomID) (oco.Room, error) {
	return oco.Room{ID: id, Kind: oco.RoomDirect, Name: string(id), Topic: "of the adapter"}, nil
}

func (a *deedAdapter) Rooms(context.Context) ([]oco.Room, error) { return nil, nil }

func (a *deedAdapter) Users(context.Context) ([]oco.User, error) { return nil, nil }

func (a *deedAdapter) User(_ context.Context, by oco.UserLookup) (oco.User, error) {
	return oco.User{ID: by.ID}, nil
}

func (a *deedAdapter) Members(context.Context, oco.RoomID) ([]oco.User, error) {
	return []oco.User{{ID: "alice", Name: "Alice"}, {ID: "bob", Name: "Bob"}}, nil
}

// runBuilder is a handler that shows how its work goes.
func runBuilder(s *site, _ string) int {
	h := oco.NewHandler("worker")
	h.Scopes("rooms.read", "rooms.manage", "users.read")
	h.Command("build", "Build, and show how it goes.", func(ctx context.Context, msg *oco.Message) error {
		m := msg.Reply("building…")
		s.step("replied")
		err := errors.Join(msg.React(ctx, "👀"), m.Update(ctx, "half built"), m.Update(ctx, "built"), msg.Unreact(ctx, "👀"))
		s.step("asked")
		return err
	})
	h.Command("look", "Look around.", func(ctx context.Context, msg *oco.Message) error {
		here := oco.To{Room: msg.Room().ID}
		room, err := msg.Bot().GetRoom(ctx, here)
		users, err2 := msg.Bot().ListMembers(ctx, here)
		if err := errors.Join(err, err2, msg.Typing(ctx), msg.Bot().SetTopic(ctx, here, "looked at", oco.Wait())); err != nil {
			return err
		}
		msg.Reply(fmt.Sprintf("%s: %s, %d here", room.Name, room.Topic, len(users)))
		return nil
	})
	oco.Main(h)
	return 0
}

// deeds is what the adapter was asked to do, in its order.
func (s *service) deeds() []string {
	var all []string
	for _, p := range s.posted() {
		if p.Room == "deeds" {
			all = append(all, p.Text)
		}
	}
	return all
}

func builder(t *testing.T, s *service, binary string) *bot {
	t.Helper()
	b := newBot(t, "")
	b.binary = binary
	text := strings.Replace(config(s, "deeds", "builder", b.path("runs")), "{name: worker,", "{name: worker, scopes: [rooms.read, rooms.manage, users.read],", 1)
	b.configure(text)
	b.start()
	b.awaitPlugins("chat", "worker")
	return b
}

func TestAHandlerShowsHowItsWorkGoes(t *testing.T) {
	overBoth(t, func(t *testing.T, binary string) {
		t.Parallel()
		s := newService(t)
		b := builder(t, s, binary)
		s.say("m1", "build")
		// What one room is told to do is done in its order.
		building := func(p post) bool { return p.Text == "building…" }
		s.expect(building, "that it builds")
		id := fmt.Sprintf("post-%d", 1+slices.IndexFunc(s.posted(), building))
		want := []string{"👀 on m1: true", id + " now says half built", id + " now says built", "👀 on m1: false"}
		b.await("all is shown", func() bool { return slices.Equal(s.deeds(), want) })
		s.say("m2", "look")
		seen := s.expect(func(p post) bool { return strings.HasSuffix(p.Text, " here") }, "what the handler sees")
		if seen.Text != "lobby: of the adapter, 2 here" {
			t.Errorf("the handler sees %q", seen.Text)
		}
		b.await("that the bot is at work is shown", func() bool { return slices.Contains(s.deeds(), "typing in lobby") })
		if !slices.Contains(s.deeds(), "the topic of lobby is looked at") {
			t.Errorf("done: %q", s.deeds())
		}
	})
}
