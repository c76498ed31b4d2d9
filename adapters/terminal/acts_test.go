package terminal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

// posted has the bot say something and returns the id of that.
func (s *sitting) posted(room oco.RoomID, text string) oco.MessageRef {
	s.t.Helper()
	id, err := s.adapter.Send(s.t.Context(), oco.Outgoing{Room: room, Text: text, Reason: oco.ReasonHandler})
	if err != nil {
		s.t.Fatal(err)
	}
	return oco.MessageRef{Place: oco.Place{Room: room}, ID: id}
}

func (s *sitting) fine(errs ...error) {
	s.t.Helper()
	for _, err := range errs {
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// did types a line and returns what is published.
func (s *sitting) did(line string) string {
	s.t.Helper()
	e := s.enter(line)
	switch {
	case e.Reaction != nil:
		return fmt.Sprintf("%s %v %s to %s in %s", e.Actor.ID, e.Reaction.Removed, e.Reaction.Emoji, e.Reaction.Message, e.Room.ID)
	case e.Member != nil:
		return fmt.Sprintf("%s left %v %s", e.Member.User.ID, e.Member.Left, e.Room.ID)
	case e.RoomChange != nil:
		return fmt.Sprintf("%s is about %s", e.RoomChange.Room.ID, e.RoomChange.Room.Topic)
	}
	return e.Message.Text
}

func (s *sitting) wantDid(line, want string) {
	s.t.Helper()
	if got := s.did(line); got != want {
		s.t.Errorf("%q publishes %q, want %q", line, got, want)
	}
}

// What the bot does beside saying something is seen.
func TestEditsReactionsAndWorkInATerminal(t *testing.T) {
	s := sit(t, map[string]string{})
	a, ctx := s.adapter, t.Context()
	a.pending.wait(time.Hour) // no sign but that of typing
	e := s.enter("build")
	asked := oco.MessageRef{Place: oco.Place{Room: roomID}, ID: e.Message.ID}
	s.fine(a.SetReaction(ctx, asked, "👀", false))
	m := s.posted(roomID, "building…\nstep 1 of 9")
	gone := s.posted(roomID, "this may take long, since the machine that builds is old")
	s.Await("is old\nalice @oco> █")
	s.fine(a.Typing(ctx, m.Place, time.Hour))
	s.Await("\nworking… alice @oco> █")
	s.fine(a.UpdateMessage(ctx, m, "**built**"))
	s.Await("(edited) built\nalice @oco> █") // it says something, so it types no more
	s.fine(a.DeleteMessage(ctx, gone), a.SetReaction(ctx, asked, "👀", true), a.SetReaction(ctx, m, "🎉", false))
	s.fine(a.SetReaction(ctx, oco.MessageRef{Place: m.Place, ID: "of another start"}, "👍", false), a.DeleteMessage(ctx, oco.MessageRef{Place: m.Place, ID: "unknown"}))
	s.fine(a.SetReaction(ctx, m, "\x1b[2Jevil\n> ", false), a.Typing(ctx, oco.Place{Room: "#elsewhere"}, time.Hour))
	s.posted("#dev", "said elsewhere")
	s.fine(a.SetReaction(ctx, oco.MessageRef{Place: oco.Place{User: "bob"}, ID: m.ID}, "👍", false))
	a.Settled(e.ID, []oco.Outcome{oco.Done})
	s.wantDid("/react 👍", "alice false 👍 to "+string(m.ID)+" in terminal")
	s.wantDid("/unreact 👍", "alice true 👍 to "+string(m.ID)+" in terminal")
	for _, bad := range []string{"/react", "/react a b"} {
		s.Type(bad + "\r")
		s.Await("\nalice @oco> █")
	}
	s.Type("/as bob\r/react x\r")
	s.Await("could react.\nbob @oco> █")
	s.leave("acts")
}

func TestRoomsInATerminal(t *testing.T) {
	s := sit(t, map[string]string{"NO_COLOR": "1"})
	a, ctx := s.adapter, t.Context()
	for _, bad := range []string{"/leave", "/topic", "/join", "/join a:b"} {
		s.Type(bad + "\r")
		s.Await(".\nalice @oco> █")
	}
	s.wantDid("/join ops", "alice left false #ops")
	s.Type("/join ops\r") // there already
	s.Await("oco: help\nalice #ops> █")
	s.Type("/topic\r")
	s.Await("no topic.\nalice #ops> █")
	s.wantDid("/topic be kind", "#ops is about be kind")
	s.Type("/topic\r")
	s.Await("The topic is: be kind\nalice #ops> █")
	s.fine(a.SetTopic(ctx, "#ops", "be kinder"), a.Invite(ctx, "#ops", "bob"), a.Invite(ctx, "#ops", "bob"), a.SetTopic(ctx, "#dev", "x"), a.SetTopic(ctx, "#dev", ""))
	s.Type("/members\r")
	s.Await("Here are: alice, bob, oco\nalice #ops> █")
	if room, err := a.Room(ctx, "#ops"); err != nil || room.Topic != "be kinder" || room.Kind != oco.RoomChannel {
		t.Errorf("room %+v, error %v", room, err)
	}
	if room, err := a.Room(ctx, "dev"); err != nil || room.ID != "#dev" {
		t.Errorf("by its name: %+v, error %v", room, err)
	}
	rooms, err := a.Rooms(ctx)
	if err != nil || len(rooms) != 2 || rooms[1].Topic != "be kinder" {
		t.Errorf("rooms %+v, error %v", rooms, err)
	}
	s.fine(a.Leave(ctx, "#ops"), a.Leave(ctx, "#ops"))
	s.Type("oco: are you there\r")
	s.Await("! oco is not here and hears nothing of that.\nalice #ops> █")
	if users, err := a.Members(ctx, "#ops"); err != nil || len(users) != 2 {
		t.Errorf("members %+v, error %v", users, err)
	}
	s.fine(a.Join(ctx, "#ops"))
	s.wantDid("oco: are you there", "oco: are you there")
	s.fine(a.Remove(ctx, "#ops", "alice"))
	s.Await("oco removed alice\nalice @oco> █") // thrown out
	s.Type("/room ops\r")
	s.wantDid("hello", "hello") // who speaks is there
	s.wantDid("/leave", "alice left true #ops")
	s.Await("alice @oco> █")
	s.Type("/members\r")
	s.Await("Here are: alice, oco\nalice @oco> █")
	if users, err := a.Members(ctx, "dm:bob"); err != nil || len(users) != 2 || users[0].ID != "bob" {
		t.Errorf("members %+v, error %v", users, err)
	}
	s.leave("rooms")
}

func TestWhatIsNotDoneInATerminal(t *testing.T) {
	a := newTerminal("alice", func() (streams, error) {
		return streams{out: new(strings.Builder), err: new(strings.Builder), talk: new(strings.Builder), interactive: true}, nil
	})
	ctx := t.Context()
	_, noRoom := a.Room(ctx, "no where")
	_, noMembers := a.Members(ctx, "nowhere")
	for i, test := range []struct {
		err  error
		code codes.Code
	}{
		{noRoom, codes.NotFound}, {noMembers, codes.NotFound},
		{a.UpdateMessage(ctx, oco.MessageRef{Place: oco.Place{Room: "nowhere"}}, "x"), codes.NotFound},
		{a.DeleteMessage(ctx, oco.MessageRef{Place: oco.Place{Room: "nowhere"}}), codes.NotFound},
		{a.SetReaction(ctx, oco.MessageRef{Place: oco.Place{Room: "nowhere"}}, "x", false), codes.NotFound},
		{a.Typing(ctx, oco.Place{Room: "nowhere"}, time.Second), codes.NotFound},
		{a.Join(ctx, "nowhere"), codes.NotFound}, {a.Join(ctx, roomID), codes.FailedPrecondition}, {a.Leave(ctx, "dm:bob"), codes.FailedPrecondition},
		{a.Invite(ctx, "#ops", "a:b"), codes.NotFound}, {a.Remove(ctx, roomID, "bob"), codes.FailedPrecondition},
		{a.SetTopic(ctx, roomID, "x"), codes.FailedPrecondition}, {a.SetTopic(ctx, "nowhere", "x"), codes.NotFound},
	} {
		if status.Code(test.err) != test.code {
			t.Errorf("%d: %v, want %v", i, test.err, test.code)
		}
	}
}

// In a pipe what counts is on standard output and everything else beside it.
func TestEditsAndReactionsInAPipe(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, false)
		ctx := t.Context()
		id, err := s.adapter.Send(ctx, oco.Outgoing{Room: roomID, Text: "building", Reason: oco.ReasonHandler})
		if err != nil {
			t.Fatal(err)
		}
		m := oco.MessageRef{Place: oco.Place{Room: roomID}, ID: id}
		for _, err := range []error{
			s.adapter.UpdateMessage(ctx, m, "built"), s.adapter.SetReaction(ctx, m, "🎉", false),
			s.adapter.Typing(ctx, m.Place, time.Second), s.adapter.DeleteMessage(ctx, m),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		if err := s.end(); err != nil {
			t.Error(err)
		}
		if s.out.String() != "building\n(edited) built\n" || s.err.String() != "* oco reacted 🎉 to \"built\"\n* deleted: \"built\"\n" {
			t.Errorf("out %q, err %q", s.out.String(), s.err.String())
		}
	})
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	s := &said{}
	for i := range 2 * mostSaid {
		s.add(utterance{id: oco.MessageID(fmt.Sprint(i)), room: roomID, bot: i%2 == 0, text: fmt.Sprint(i)})
	}
	if len(s.all) != mostSaid || s.text("0") != "" || s.text("999") != "999" {
		t.Errorf("%d are remembered", len(s.all))
	}
	if u, ok := s.newest(roomID); !ok || u.id != "998" {
		t.Errorf("the newest is %+v", u)
	}
	p := newPlaces("alice", "oco")
	for i := range 2 * mostPlaces {
		p.move(oco.Room{ID: "#ops", Kind: oco.RoomChannel}, person(fmt.Sprint("u", i)), true)
		p.setTopic(oco.Room{ID: oco.RoomID(fmt.Sprint("#r", i))}, "x")
	}
	if len(p.crowds) > mostPlaces || len(p.members(oco.Room{ID: "#ops", Kind: oco.RoomChannel})) > mostPlaces+1 {
		t.Errorf("%d channels", len(p.crowds))
	}
}

func TestQuotes(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "an older message",
		"short":                 `"short"`,
		"one\ntwo":              `"one…"`,
		strings.Repeat("漢", 41): `"` + strings.Repeat("漢", 40) + `…"`,
		"a\x1b[2J":              `"a\x1b[2J"`,
	} {
		if got := quote(text); got != want {
			t.Errorf("%q is quoted as %s, want %s", text, got, want)
		}
	}
}
