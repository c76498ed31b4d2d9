package terminal

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"sync"
	"time"

	"github.com/openchatops/oco"
)

// ErrNotDone is what the adapter ends with if a line of its input was not done.
// As with any error, [oco.Main] exits 1 then.
var ErrNotDone = errors.New("not every line was done")

var (
	_ oco.Adapter   = (*terminal)(nil)
	_ oco.Roster    = (*terminal)(nil)
	_ oco.Settler   = (*terminal)(nil)
	_ oco.Describer = (*terminal)(nil)
)

// New returns the adapter as the plugin "terminal". It opens nothing before it
// runs.
func New() *oco.AdapterPlugin {
	return oco.NewAdapter("terminal", "terminal", newTerminal(loginName(), inherited))
}

// terminal is the adapter.
type terminal struct {
	places   *places
	screen   func() (*screen, error) // opened once, by whoever comes first
	ids      *numbers
	outcomes *outcomes
	pending  *pending
	said     *said
}

func newTerminal(login string, open func() (streams, error)) *terminal {
	places := newPlaces(login, promptName())
	return &terminal{
		places: places,
		screen: sync.OnceValues(func() (*screen, error) {
			s, err := open()
			if err != nil {
				return nil, err
			}
			return newScreen(s, places), nil
		}),
		ids:      newNumbers(),
		outcomes: newOutcomes(),
		pending:  &pending{patience: patience},
		said:     &said{},
	}
}

// loginName returns who started the process, or "you".
func loginName() string {
	u, err := user.Current()
	if err != nil || u.Username == "" {
		return "you"
	}
	return u.Username
}

// Run takes lines until the input or ctx ends.
func (t *terminal) Run(ctx context.Context, bot oco.Bot) error {
	s, err := t.screen()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if s.interactive {
		bot.Status(ctx, true, "a person at a terminal")
	}
	if s.tty != nil {
		return t.edit(ctx, bot, s)
	}
	lines := readLines(ctx, s.in)
	if s.interactive {
		return t.converse(ctx, bot, s, lines)
	}
	bot.Status(ctx, true, "lines of standard input")
	return t.pipe(ctx, bot, s, lines)
}

// Send prints a message.
func (t *terminal) Send(_ context.Context, m oco.Outgoing) (oco.MessageID, error) {
	s, room, err := t.where(oco.Place{Room: m.Room, User: m.User})
	if err != nil {
		return "", err
	}
	t.pending.said(time.Now())
	if err := s.say(m, room); err != nil {
		return "", fmt.Errorf("write to the terminal: %w", err)
	}
	id := oco.MessageID(t.ids.next())
	t.said.add(utterance{id: id, room: room.ID, bot: true, text: m.Text})
	return id, nil
}

// Settled tells whoever waits that everything about a line is done and said.
func (t *terminal) Settled(event oco.EventID, outcomes []oco.Outcome) {
	t.outcomes.settle(event, outcomes)
}

// Describe says what a terminal can do.
func (t *terminal) Describe() oco.Description {
	return oco.Description{
		Account: string(t.places.login.ID),
		Self:    self(),
		Levels: map[oco.Capability]oco.Level{
			oco.CanThread: oco.LevelFallback,
			oco.CanReply:  oco.LevelFallback,
			oco.CanDirect: oco.LevelFull,
			// What is on a terminal stays there: the new text comes below, and so does
			// a line that tells of a reaction.
			oco.CanEdit:   oco.LevelPartial,
			oco.CanDelete: oco.LevelPartial,
			oco.CanReact:  oco.LevelPartial,
		},
		ReplaysMissed: true, // nobody types while it is not there
	}
}

// publish hands what a person said or did to the bot. The channel gets its
// outcomes; whoever no longer waits for them calls forget.
func (t *terminal) publish(ctx context.Context, bot oco.Bot, d deed) (settled <-chan []oco.Outcome, forget func(), err error) {
	id := oco.EventID(t.ids.next())
	settled = t.outcomes.expect(id)
	forget = func() { t.outcomes.forget(id) }
	in := d.event
	in.ID = id
	if d.text != "" {
		in.Message = &oco.IncomingMessage{ID: oco.MessageID(id), Text: d.text}
		t.said.add(utterance{id: in.Message.ID, room: in.Room.ID, text: d.text})
		if in.Room.Kind == oco.RoomChannel {
			t.places.move(in.Room, in.Actor, true)
		}
	}
	if err = bot.Publish(ctx, in); err != nil {
		forget()
	}
	return settled, forget, err
}
