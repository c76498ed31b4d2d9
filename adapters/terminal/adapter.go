package terminal

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

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
	s, err := t.screen()
	if err != nil {
		return "", err
	}
	room, found := t.places.find(m.Room, m.User)
	if !found || !s.interactive && room.ID != roomID {
		return "", status.Errorf(codes.NotFound, "the terminal has no room %q of user %q", m.Room, m.User)
	}
	t.pending.said(time.Now())
	if err := s.say(m, room); err != nil {
		return "", fmt.Errorf("write to the terminal: %w", err)
	}
	return oco.MessageID(t.ids.next()), nil
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
		},
	}
}

// publish hands a line to the bot. The channel gets its outcomes; whoever no
// longer waits for them calls forget.
func (t *terminal) publish(ctx context.Context, bot oco.Bot, text string) (settled <-chan []oco.Outcome, forget func(), err error) {
	id := oco.EventID(t.ids.next())
	settled = t.outcomes.expect(id)
	forget = func() { t.outcomes.forget(id) }
	user, room := t.places.here()
	err = bot.Publish(ctx, oco.Incoming{
		ID: id, Room: room, Actor: user,
		Message: &oco.IncomingMessage{ID: oco.MessageID(id), Text: text},
	})
	if err != nil {
		forget()
	}
	return settled, forget, err
}
