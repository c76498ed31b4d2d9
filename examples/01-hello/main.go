// Command 01-hello is a handler with one command: it replies, works, and
// replies again.
package main

import (
	"context"
	"time"

	"github.com/openchatops/oco"
)

func main() { oco.Main(newHandler()) }

func newHandler() *oco.Handler {
	h := oco.NewHandler("hello")
	h.Command("hello {name}", "Greet somebody.", hello)
	return h
}

func hello(ctx context.Context, msg *oco.Message) error {
	msg.Reply("Hello, " + msg.Arg("name") + ". One moment.") // on its way within 100 ms
	if err := work(ctx); err != nil {
		return oco.Tell("I was interrupted.", err) // the text for the person, err for the log
	}
	msg.Reply("Now I have time for you.") // commits together with the outcome
	return nil
}

func work(ctx context.Context) error {
	select {
	case <-time.After(time.Second):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
