package terminal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

// fakeBot takes what the adapter publishes.
type fakeBot struct {
	refuse func(oco.Incoming) error

	mu     sync.Mutex
	events []oco.Incoming
	status []string
}

func (b *fakeBot) Publish(_ context.Context, events ...oco.Incoming) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, events...)
	if b.refuse != nil {
		return b.refuse(events[0])
	}
	return nil
}

func (b *fakeBot) Status(_ context.Context, connected bool, detail string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if connected {
		b.status = append(b.status, detail)
	}
}

func (*fakeBot) Checkpoint() string { return "" }

func (b *fakeBot) published() []oco.Incoming {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]oco.Incoming(nil), b.events...)
}

// session is an adapter that runs in a synctest bubble.
type session struct {
	t        *testing.T
	bot      *fakeBot
	adapter  *terminal
	in       *io.PipeWriter
	out, err bytes.Buffer
	stop     context.CancelFunc
	ended    chan error
}

func start(t *testing.T, interactive bool) *session {
	t.Helper()
	s := &session{t: t, bot: &fakeBot{}, ended: make(chan error, 1)}
	in, w := io.Pipe()
	s.in = w
	s.adapter = newTerminal("alice", func() (streams, error) {
		return streams{in: in, out: &s.out, err: &s.err, talk: &s.out, interactive: interactive, getenv: func(string) string { return "" }}, nil
	})
	ctx, stop := context.WithCancel(t.Context())
	s.stop = stop
	t.Cleanup(func() {
		stop()
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
	})
	go func() { s.ended <- s.adapter.Run(ctx, s.bot) }()
	synctest.Wait()
	return s
}

func (s *session) write(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.in, text); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
}

func (s *session) say(text string, reason oco.SendReason) {
	s.t.Helper()
	if _, err := s.adapter.Send(s.t.Context(), oco.Outgoing{Room: roomID, Text: text, Reason: reason}); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
}

// settle settles the event that was published last.
func (s *session) settle(got ...oco.Outcome) {
	s.t.Helper()
	events := s.bot.published()
	if len(events) == 0 {
		s.t.Fatal("nothing was published")
	}
	s.adapter.Settled(events[len(events)-1].ID, got)
	synctest.Wait()
}

// end ends the input and returns what Run returned.
func (s *session) end() error {
	s.t.Helper()
	if err := s.in.Close(); err != nil {
		s.t.Fatal(err)
	}
	return <-s.ended
}

func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

func TestWhatIsPublished(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, false)
		s.write("ping\n")
		s.settle(oco.Done)
		s.write("ping\n")
		s.settle(oco.Done)
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		events := s.bot.published()
		if len(events) != 2 {
			t.Fatalf("published %d events, want 2", len(events))
		}
		e := events[0]
		switch {
		case e.Actor.ID != "alice" || e.Actor.Bot || e.Actor.Self:
			t.Errorf("actor %+v", e.Actor)
		case e.Room.ID != "terminal" || e.Room.Kind != oco.RoomDirect:
			t.Errorf("room %+v", e.Room)
		case e.Message == nil || e.Message.Text != "ping" || e.Message.ID == "":
			t.Errorf("message %+v", e.Message)
		case e.ID == "" || e.ID == events[1].ID:
			t.Errorf("two events have the id %q", e.ID)
		case len(s.bot.status) != 1:
			t.Errorf("connected was reported %d times", len(s.bot.status))
		}
		if a, b := newNumbers().next(), newNumbers().next(); a == b {
			t.Error("two starts make the same ids")
		}
	})
}

func TestSendGoesToTheOneRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, false)
		for _, m := range []oco.Outgoing{{Room: roomID}, {User: "alice"}, {Room: roomID, User: "alice"}, {Room: roomID, Thread: "x"}} {
			if _, err := s.adapter.Send(t.Context(), m); err != nil {
				t.Errorf("%+v: %v", m, err)
			}
		}
		for _, m := range []oco.Outgoing{{}, {Room: "ops"}, {User: "bob"}, {Room: "ops", User: "alice"}} {
			if _, err := s.adapter.Send(t.Context(), m); status.Code(err) != codes.NotFound {
				t.Errorf("%+v: error %v, want NotFound", m, err)
			}
		}
		one, err := s.adapter.Send(t.Context(), oco.Outgoing{Room: roomID})
		if err != nil {
			t.Fatal(err)
		}
		if two, err := s.adapter.Send(t.Context(), oco.Outgoing{Room: roomID}); err != nil || one == two || one == "" {
			t.Errorf("ids %q and %q, error %v", one, two, err)
		}
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	for _, interactive := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			s := start(t, interactive)
			s.write("deploy\n") // never settled
			s.stop()
			if err := <-s.ended; err != nil {
				t.Errorf("interactive %v: %v", interactive, err)
			}
		})
	}
}

func TestRunEndsWhenPublishGivesUp(t *testing.T) {
	gone := errors.New("the bot is gone")
	for _, interactive := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			s := start(t, interactive)
			s.bot.refuse = func(oco.Incoming) error { return gone }
			s.write("ping\n")
			if err := <-s.ended; !errors.Is(err, gone) {
				t.Errorf("interactive %v: %v", interactive, err)
			}
			if n := len(s.adapter.outcomes.waiting); n != 0 {
				t.Errorf("%d events are still waited for", n)
			}
		})
	}
}

// closed is an output that nobody reads any more, after some bytes.
type closed struct{ room int }

func (c *closed) Write(p []byte) (int, error) {
	n := min(c.room, len(p))
	c.room -= n
	if n < len(p) {
		return n, io.ErrClosedPipe
	}
	return n, nil
}

func TestAnOutputThatIsClosedEndsThePipe(t *testing.T) {
	bubble(t, func(t *testing.T) {
		out := &closed{room: 2}
		a := newTerminal("alice", func() (streams, error) {
			return streams{in: bytes.NewBufferString("one\ntwo\n"), out: out, err: io.Discard, talk: io.Discard}, nil
		})
		bot := &fakeBot{}
		ended := make(chan error, 1)
		go func() { ended <- a.Run(t.Context(), bot) }()
		synctest.Wait()
		if _, err := a.Send(t.Context(), oco.Outgoing{Room: roomID, Text: "pong", Reason: oco.ReasonHandler}); !errors.Is(err, oco.ErrMaybeSent) {
			t.Errorf("half a text was written: %v, want ErrMaybeSent", err)
		}
		if _, err := a.Send(t.Context(), oco.Outgoing{Room: roomID, Text: "pong", Reason: oco.ReasonHandler}); err == nil || errors.Is(err, oco.ErrMaybeSent) {
			t.Errorf("nothing was written: %v, want an error that is not ErrMaybeSent", err)
		}
		a.Settled(bot.published()[0].ID, []oco.Outcome{oco.Done})
		if err := <-ended; !errors.Is(err, ErrNotDone) || !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("Run: %v", err)
		}
		if n := len(bot.published()); n != 1 {
			t.Errorf("%d lines ran, want 1: nobody hears the others", n)
		}
	})
}

func TestBrokenInputIsNotALine(t *testing.T) {
	for _, interactive := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			s := start(t, interactive)
			broken := errors.New("unplugged")
			s.write("deploy web to st")
			if err := s.in.CloseWithError(broken); err != nil {
				t.Fatal(err)
			}
			if err := <-s.ended; !errors.Is(err, broken) {
				t.Errorf("Run: %v", err)
			}
			if n := len(s.bot.published()); n != 0 {
				t.Error("half a line was published")
			}
		})
	}
}

func TestSettledOfAStrangerIsLeftAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, false)
		s.adapter.Settled("of-another-process", []oco.Outcome{oco.Done})
		s.write("ping\n")
		s.settle(oco.Done)
		s.settle(oco.Failed) // once more
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

func TestAScreenThatCannotBeOpened(t *testing.T) {
	broken := errors.New("no such descriptor")
	a := newTerminal("alice", func() (streams, error) { return streams{}, broken })
	if err := a.Run(t.Context(), &fakeBot{}); !errors.Is(err, broken) {
		t.Errorf("Run: %v", err)
	}
	if _, err := a.Send(t.Context(), oco.Outgoing{Room: roomID}); !errors.Is(err, broken) {
		t.Errorf("Send: %v", err)
	}
}

func TestRoster(t *testing.T) {
	a := newTerminal("alice", nil)
	users, err := a.Users(t.Context())
	if err != nil || len(users) != 2 || users[0].ID != "alice" || !users[1].Self || !users[1].Bot {
		t.Errorf("users %+v, error %v", users, err)
	}
	rooms, err := a.Rooms(t.Context())
	if err != nil || len(rooms) != 1 || rooms[0].ID != roomID || rooms[0].Kind != oco.RoomDirect {
		t.Errorf("rooms %+v, error %v", rooms, err)
	}
	for _, by := range []oco.UserLookup{{ID: "alice"}, {MentionName: "alice"}, {ID: "bot:self"}, {MentionName: "oco"}} {
		if _, err := a.User(t.Context(), by); err != nil {
			t.Errorf("%+v: %v", by, err)
		}
	}
	for _, by := range []oco.UserLookup{{}, {ID: "bob"}, {MentionName: "bob"}} {
		if u, err := a.User(t.Context(), by); status.Code(err) != codes.NotFound {
			t.Errorf("%+v: %+v, error %v, want NotFound", by, u, err)
		}
	}
	if d := a.Describe(); d.Self.ID != "bot:self" || d.Account == "" {
		t.Errorf("description %+v", d)
	}
	if New().Name() != "terminal" {
		t.Errorf("the plugin is called %q", New().Name())
	}
}
