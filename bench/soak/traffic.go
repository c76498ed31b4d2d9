package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/openchatops/oco"
)

// A kind is one kind of message of the traffic.
type kind struct {
	word               string
	share              int // of a hundred
	outcome            oco.Outcome
	addressed, replies bool
}

// kinds are those that a route takes; the rest of a hundred is chatter.
var kinds = []kind{
	{"work", 50, oco.Done, true, true},
	{"fail", 4, oco.Failed, true, false},
	{"again", 4, oco.Done, true, true},
	{"late", 2, oco.Expired, true, false},
	{"count", 6, oco.Done, true, true},
	{"edit", 4, oco.Done, true, true},
	{"risky", 2, oco.Done, true, true}, // or unknown, if its handler is killed
	{"heard", 13, oco.Done, false, false},
}

// kindOf draws the kind of a message by its number; nil is chatter.
func kindOf(n uint64) *kind {
	at := int(n * 37 % 100) // spread
	for i := range kinds {
		if at -= kinds[i].share; at < 0 {
			return &kinds[i]
		}
	}
	return nil
}

const (
	rooms = 500
	users = 50_000

	adapterName, workerName, victimName, hungName = "chat", "worker", "victim", "hung"
)

// message is the event with a number.
func message(n uint64) oco.Incoming {
	number := strconv.FormatUint(n, 10)
	user := n % users
	room := strconv.FormatUint(user%rooms, 10)
	text := "nobody asked for " + number
	e := oco.Incoming{
		ID: oco.EventID("E" + number), Time: time.Now(),
		Room:  oco.Room{ID: oco.RoomID("C" + room), Kind: oco.RoomChannel},
		Actor: oco.User{ID: oco.UserID("U" + strconv.FormatUint(user, 10)), Name: "Somebody"},
	}
	if k := kindOf(n); k != nil {
		text = k.word + " " + number
		if k.addressed {
			text = "oco: " + text
		}
		if k.word == "late" {
			e.Time = e.Time.Add(-time.Hour)
		}
	}
	e.Message = &oco.IncomingMessage{ID: oco.MessageID("M" + number), Text: text}
	return e
}

// newWorker is the handler that does most of it.
func newWorker() *oco.Handler {
	h := oco.NewHandler(workerName)
	h.MaxInFlight(64)
	h.Scopes("store", "messages.edit.own")
	reply := func(_ context.Context, msg *oco.Message) error {
		msg.Reply("did " + msg.Arg("n"))
		return nil
	}
	h.Command("work {n}", "Work.", reply)
	h.Command("late {n}", "Is never run.", reply)
	h.Command("fail {n}", "Fail.", func(_ context.Context, msg *oco.Message) error { return errors.New("it failed, as it should") })
	h.Command("again {n}", "Work at the second attempt.", func(ctx context.Context, msg *oco.Message) error {
		if msg.Attempt() < 2 {
			return oco.RetryAfter(200 * time.Millisecond)
		}
		return reply(ctx, msg)
	}, oco.Repeatable())
	h.Command("count {n}", "Count.", func(ctx context.Context, msg *oco.Message) error {
		n, err := strconv.ParseUint(msg.Arg("n"), 10, 64)
		if err != nil {
			return err
		}
		msg.Transaction().Add("total", 1).Put(fmt.Sprintf("last-%d", n%1000), msg.Arg("n"))
		return reply(ctx, msg)
	})
	h.Command("edit {n}", "Reply and think better of it.", func(ctx context.Context, msg *oco.Message) error {
		sent, err := msg.ReplyNow(ctx, "did "+msg.Arg("n"))
		if err != nil {
			return err
		}
		return sent.Update(ctx, "did "+msg.Arg("n")+", as I said")
	})
	h.Hear(`^heard \d+$`, "Hear.", func(context.Context, *oco.Message) error { return nil }, oco.InOrder(oco.OrderNone))
	return h
}

// newVictim is the handler that is killed now and then: by itself, on command.
func newVictim() *oco.Handler {
	h := oco.NewHandler(victimName)
	h.MaxInFlight(64)
	h.Command("risky {n}", "Work for a moment.", func(ctx context.Context, msg *oco.Message) error {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
		msg.Reply("did " + msg.Arg("n"))
		return nil
	})
	h.Command("die {n}", "Die.", func(context.Context, *oco.Message) error {
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		return err
	}, oco.InOrder(oco.OrderNone))
	return h
}

// newHung is a handler none of whose callbacks returns.
func newHung() *oco.Handler {
	h := oco.NewHandler(hungName)
	h.Command("hang {n}", "Hang.", func(context.Context, *oco.Message) error { select {} }, oco.InOrder(oco.OrderNone))
	return h
}

// numberOf reads the number of a reply; ok is false for what the bot says itself.
func numberOf(text string) (n uint64, ok bool) {
	rest, ok := strings.CutPrefix(text, "did ")
	if !ok {
		return 0, false
	}
	word, _, _ := strings.Cut(rest, ",")
	n, err := strconv.ParseUint(word, 10, 64)
	return n, err == nil
}
