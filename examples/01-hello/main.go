// Command 01-hello is a handler with two commands. Both reply, work, and reply
// again.
package main

import (
	"context"
	"time"

	"github.com/openchatops/oco"
)

func main() { oco.Main(newHandler()) }

func newHandler() *oco.Handler {
	h := oco.NewHandler("hello")
	h.Command("hello [{name}]", "Greet somebody.", hello, oco.Repeatable())
	h.Command("deploy {app} [to {env}]", "Pretend to deploy an app.", deploy)
	return h
}

func hello(ctx context.Context, msg *oco.Message) error {
	name := msg.Arg("name")
	if !msg.Has("name") {
		name = msg.User().Name
	}
	msg.Reply("Hello, " + name + ". One moment.") // on its way within 100 ms
	if err := work(ctx); err != nil {
		return err
	}
	msg.Reply("Now I have time for you.") // commits together with the outcome
	return nil
}

func deploy(ctx context.Context, msg *oco.Message) error {
	app := msg.Arg("app")
	if msg.Arg("env") == "moon" {
		return oco.Tell("There is no rocket today.", nil)
	}
	msg.Reply("Deploying " + app + ".")
	if err := work(ctx); err != nil {
		return oco.Tell("The deploy was interrupted.", err) // the text for the person, err for the log
	}
	msg.Reply(app + " is deployed.")
	return nil
}

// work is a stand-in for what takes a while.
func work(ctx context.Context) error {
	select {
	case <-time.After(300 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
