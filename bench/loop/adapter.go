package loop

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/openchatops/oco"
)

// Rooms is how many rooms and users there are: enough that no two messages in
// flight are in one room.
const Rooms = 4096

// MaxInFlight is how many messages a loop may keep in flight, and what handlers
// ask for.
const MaxInFlight = 1000

// published is how many events one Publish carries at most.
const published = 64

// Incoming is the event with a number, a command to the bot that its handler echoes.
// For the command "echo" it has 318 bytes on the wire, give or take one for the
// time, and for numbers below ten million.
func Incoming(command string, number uint64, at time.Time) oco.Incoming {
	n := strconv.FormatUint(number, 10)
	n = strings.Repeat("0", max(0, 7-len(n))) + n
	place := strconv.FormatUint(Rooms+number%Rooms, 10)
	return oco.Incoming{
		ID:    oco.EventID("Ev" + n),
		Time:  at,
		Room:  oco.Room{ID: oco.RoomID("C" + place), Kind: oco.RoomChannel},
		Actor: oco.User{ID: oco.UserID("U" + place), Name: "Alice Liddell", MentionName: "alice"},
		Message: &oco.IncomingMessage{
			ID:   oco.MessageID("M" + n),
			Text: "oco: " + command + " " + n + " restart the payments service in the western region and tell whoever is on call as soon as the first machines have answered their health checks, please!",
		},
	}
}

// numberOf reads the number that the handler echoed.
func numberOf(text string) (uint64, error) {
	word, _, _ := strings.Cut(text, " ")
	n, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the bot said %q, which is no echo of a message", text)
	}
	return n, nil
}

// An Adapter is a chat service with a closed loop of people in it.
type Adapter struct {
	// Serve is called when the adapter may publish. It blocks as Run of an oco.Adapter
	// may, and calls Measure meanwhile.
	Serve func(ctx context.Context) error

	loop atomic.Pointer[Loop]
	bot  oco.Bot
	ctx  context.Context
	sent uint64
}

var _ oco.Adapter = (*Adapter)(nil)

// Run implements oco.Adapter.
func (a *Adapter) Run(ctx context.Context, bot oco.Bot) error {
	a.bot, a.ctx = bot, ctx
	bot.Status(ctx, true, "")
	return a.Serve(ctx)
}

// Send implements oco.Adapter: the round trip ends here.
func (a *Adapter) Send(_ context.Context, m oco.Outgoing) (oco.MessageID, error) {
	number, err := numberOf(m.Text)
	if err != nil {
		a.loop.Load().Spoil(err)
		return "", err
	}
	a.loop.Load().Back(number)
	return oco.MessageID("R" + m.Token), nil
}

// Measure keeps w messages with a command in flight for a time. It blocks until the
// last came back; only one may run at a time.
func (a *Adapter) Measure(command string, w int, length time.Duration) (Sample, error) {
	l := New(a.sent, w, length)
	a.loop.Store(l)
	defer func() { a.sent = l.Next() }()
	for {
		numbers := l.Take(published)
		if numbers == nil {
			break
		}
		events := make([]oco.Incoming, len(numbers))
		for i, n := range numbers {
			events[i] = Incoming(command, n, time.Now())
		}
		if err := a.bot.Publish(a.ctx, events...); err != nil {
			return Sample{}, err
		}
	}
	return l.Finish()
}
