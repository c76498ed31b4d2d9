// Command 02-arguments is a handler whose commands take what people type: names,
// numbers, times, people, rooms, flags and secrets. The bot reads and checks them;
// a callback runs only if all of them fit.
package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/openchatops/oco"
)

func main() { oco.Main(newHandler()) }

func newHandler() *oco.Handler {
	h := oco.NewHandler("ops")
	h.Command("deploy {app} [to {env:staging|prod=staging}] [--count={n:integer=1}] [--force|-f] [because {why...}]",
		"Pretend to deploy an app.", deploy,
		oco.Argument(oco.ArgumentSpec{Name: "app", Help: "Which app."}),
		oco.Argument(oco.ArgumentSpec{Name: "n", Help: "How many of it run."}),
		oco.Examples("deploy web to prod", "deploy “web shop” --count=3 because it is friday"))
	h.Command("remind {who:user} {when:time} {what...}", "Pretend to remind somebody.", remind, oco.Repeatable(),
		oco.Deprecated("alarm {who:user} {when:time} {what...}"),
		oco.Examples("remind me tomorrow 9am to water the plants", "remind @bob in 2h stand up"))
	h.Command("invite {people*:user} to {room:room}", "Pretend to invite people to a room.", invite, oco.Repeatable(),
		oco.Aliases("ask {people*:user} into {room:room}"),
		oco.Examples("invite @alice @bob to #ops"))
	h.Command("watch {page:url} [every {pause:duration=5m}] [--token={token:secret}]", "Pretend to look after a web page.", watch, oco.Repeatable(),
		oco.Argument(oco.ArgumentSpec{Name: "token", Help: "What the page wants to know of who looks at it."}),
		oco.Examples("watch https://example.com every 1h30m"))
	return h
}

func deploy(_ context.Context, msg *oco.Message) error {
	text := fmt.Sprintf("Deploying %s to %s, %d times", msg.Arg("app"), msg.Arg("env"), msg.Int("n"))
	if msg.Bool("force") {
		text += ", whatever it takes"
	}
	if msg.Has("why") {
		text += ", because " + msg.Arg("why")
	}
	msg.Reply(text + ".")
	return nil
}

func remind(_ context.Context, msg *oco.Message) error {
	when, format := msg.When("when").UTC(), "15:04 MST"
	if time.Until(when) > 24*time.Hour {
		format = "2 January 2006 15:04 MST"
	}
	msg.Reply(fmt.Sprintf("I will remind %s at %s: %s", msg.ArgUser("who").Name, when.Format(format), msg.Arg("what")))
	return nil
}

func invite(_ context.Context, msg *oco.Message) error {
	var names []string
	for _, u := range msg.ArgUsers("people") {
		names = append(names, u.Name)
	}
	msg.Reply(fmt.Sprintf("I will invite %s to %s.", strings.Join(names, " and "), msg.ArgRoom("room").Name))
	return nil
}

func watch(_ context.Context, msg *oco.Message) error {
	text := fmt.Sprintf("I will look at %s every %v", msg.Arg("page"), msg.Duration("pause"))
	if msg.Has("token") {
		text += ", with the token that I will not repeat"
	}
	msg.Reply(text + ".")
	return nil
}
