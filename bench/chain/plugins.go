package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/bench/loop"
)

// The adapter and the handler of the real chain, as authors write them.

// rooms is how many rooms and users there are: enough that no two messages in
// flight are in one room.
const rooms = 4096

// maxInFlight is what both ask for; the configuration grants it.
const maxInFlight = 1000

// published is how many events one Publish carries at most.
const published = 64

const (
	adapterName = "bench"
	handlerName = "echo"
)

// incoming is the event with a number: 318 bytes on the wire, give or take one
// for the time, and for numbers below ten million.
func incoming(number uint64, at time.Time) oco.Incoming {
	n := strconv.FormatUint(number, 10)
	n = strings.Repeat("0", max(0, 7-len(n))) + n
	place := strconv.FormatUint(rooms+number%rooms, 10)
	return oco.Incoming{
		ID:    oco.EventID("Ev" + n),
		Time:  at,
		Room:  oco.Room{ID: oco.RoomID("C" + place), Kind: oco.RoomChannel},
		Actor: oco.User{ID: oco.UserID("U" + place), Name: "Alice Liddell", MentionName: "alice"},
		Message: &oco.IncomingMessage{
			ID:   oco.MessageID("M" + n),
			Text: "oco: echo " + n + " restart the payments service in the western region and tell whoever is on call as soon as the first machines have answered their health checks, please!",
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

// adapter is a chat service with a closed loop of people in it.
type adapter struct {
	e    environment
	loop atomic.Pointer[loop.Loop]
	bot  oco.Bot
	ctx  context.Context
	sent uint64
}

var _ oco.Adapter = (*adapter)(nil)

// Run implements oco.Adapter.
func (a *adapter) Run(ctx context.Context, bot oco.Bot) error {
	a.bot, a.ctx = bot, ctx
	bot.Status(ctx, true, "")
	return obey(ctx, a.e.socket, "adapter", duties{run: a.run})
}

// Send implements oco.Adapter: the round trip ends here.
func (a *adapter) Send(_ context.Context, m oco.Outgoing) (oco.MessageID, error) {
	number, err := numberOf(m.Text)
	if err != nil {
		a.loop.Load().Spoil(err)
		return "", err
	}
	a.loop.Load().Back(number)
	return oco.MessageID("R" + m.Token), nil
}

func (a *adapter) run(w int, length time.Duration) (loop.Sample, error) {
	l := loop.New(a.sent, w, length)
	a.loop.Store(l)
	defer func() { a.sent = l.Next() }()
	for {
		numbers := l.Take(published)
		if numbers == nil {
			break
		}
		events := make([]oco.Incoming, len(numbers))
		for i, n := range numbers {
			events[i] = incoming(n, time.Now())
		}
		if err := a.bot.Publish(a.ctx, events...); err != nil {
			return loop.Sample{}, err
		}
	}
	return l.Finish()
}

func newEcho(routes int) *oco.Handler {
	h := oco.NewHandler(handlerName)
	h.MaxInFlight(maxInFlight)
	h.Command("echo {text...}", "Say it again.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply(msg.Arg("text"))
		return nil
	})
	register(h, routes)
	return h
}

func runAdapter(e environment) error {
	oco.Main(oco.NewAdapter(adapterName, "bench", &adapter{e: e}))
	return nil
}

func runHandler(e environment) error {
	go func() {
		if err := obey(context.Background(), e.socket, "handler", duties{}); err != nil {
			fail(err)
		}
	}()
	oco.Main(newEcho(routesOf(e.variant)))
	return nil
}
