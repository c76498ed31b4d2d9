package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/openchatops/oco"
)

// An adapter is a chat service with people in it who keep a number of messages in
// flight, and who count what becomes of them.
type adapter struct {
	station station
	books   books
}

var (
	_ oco.Adapter = (*adapter)(nil)
	_ oco.Settler = (*adapter)(nil)
	_ oco.Updater = (*adapter)(nil)
)

// batch is how many events one call publishes at most.
const batch = 32

// Run implements oco.Adapter.
func (a *adapter) Run(ctx context.Context, bot oco.Bot) error {
	bot.Status(ctx, true, "")
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { a.station.tell(ctx, &a.books) })
	if err := a.station.await(ctx); err != nil {
		return nil // asked to stop before it began
	}
	publish := a.publish
	if a.station.Timed {
		publish = a.publishTimed
	}
	if err := publish(ctx, bot); err != nil && ctx.Err() == nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func (a *adapter) publish(ctx context.Context, bot oco.Bot) error {
	pace := rate.NewLimiter(rate.Inf, batch)
	if a.station.Rate > 0 {
		pace.SetLimit(rate.Limit(a.station.Rate))
	}
	kill := time.NewTicker(a.station.Kill)
	defer kill.Stop()
	for next := uint64(1); !a.station.over() && next <= a.station.Messages; next += batch {
		if err := pace.WaitN(ctx, batch); err != nil {
			return err
		}
		if err := a.books.room(ctx, a.station.InFlight); err != nil {
			return err
		}
		var events []oco.Incoming
		for n := next; n < next+batch; n++ {
			e := message(n)
			a.books.begin(n, kindOf(n), string(e.Room.ID))
			events = append(events, e)
		}
		select {
		case <-kill.C: // the command that kills is not counted: nobody knows its end
			e := message(next)
			e.ID, e.Message.ID, e.Room.ID, e.Actor.ID = e.ID+"-kill", e.Message.ID+"-kill", "Cdie", "Udie"
			e.Time, e.Message.Text = time.Now(), "oco: die "+strconv.FormatUint(next, 10)
			events = append(events, e)
		default:
		}
		if err := bot.Publish(ctx, events...); err != nil {
			return err
		}
	}
	a.books.finish()
	return nil
}

// Send implements oco.Adapter.
func (a *adapter) Send(_ context.Context, m oco.Outgoing) (oco.MessageID, error) {
	if n, ok := numberOf(m.Text); ok {
		a.books.replied(n)
	} else {
		a.books.noticed(string(m.Room))
	}
	return oco.MessageID("R" + m.Token), nil
}

// UpdateMessage implements oco.Updater.
func (a *adapter) UpdateMessage(context.Context, oco.MessageRef, string) error {
	a.books.edited()
	return nil
}

// Settled implements oco.Settler.
func (a *adapter) Settled(event oco.EventID, outcomes []oco.Outcome) {
	n, err := strconv.ParseUint(strings.TrimPrefix(string(event), "E"), 10, 64)
	if err != nil {
		return // the command that kills
	}
	a.books.settled(n, outcomes)
}

func run(role string) error {
	switch role {
	case "adapter":
		s, err := readStation()
		if err != nil {
			return err
		}
		a := &adapter{station: s, books: newBooks()}
		oco.Main(oco.NewAdapter(adapterName, "soak", a))
	case workerName:
		oco.Main(newWorker())
	case victimName:
		oco.Main(newVictim())
	case hungName:
		oco.Main(newHung())
	default:
		return errors.New(envRole + ": there is no role " + strconv.Quote(role))
	}
	os.Exit(0)
	return nil
}
