package oco_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openchatops/oco"
)

// A handler that repeats what it is told. Its main function is
// oco.Main(handler).
func Example() {
	h := oco.NewHandler("echo")
	h.Command("echo {text...}", "Repeat some text.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply(msg.Arg("text"))
		return nil
	})
	fmt.Println(h.Name())
	// Output: echo
}

// Two replies with work between them. The first is on its way within 100 ms,
// the last commits together with the outcome.
func ExampleHandler_Command() {
	h := oco.NewHandler("deploy")
	h.Command("deploy {app} [to {env}]", "Deploy an app.", func(ctx context.Context, msg *oco.Message) error {
		msg.Reply("starting")
		if err := deploy(ctx, msg.Arg("app"), msg.Arg("env")); err != nil {
			return oco.Tell("The deploy failed.", err)
		}
		msg.Reply("done")
		return nil
	}, oco.Allow("ops"), oco.MaxRun(10*time.Minute))
}

func deploy(context.Context, string, string) error { return errors.New("no such app") }

// A message that shows how work goes: it may be changed at once, and later.
func ExampleHandle_Update() {
	h := oco.NewHandler("build")
	h.Command("build {app}", "Build an app.", func(ctx context.Context, msg *oco.Message) error {
		m := msg.Reply("building…")
		if err := msg.Typing(ctx); err != nil {
			msg.Log().Info("nobody sees that work goes on", "error", err)
		}
		if err := deploy(ctx, msg.Arg("app"), "build"); err != nil {
			return errors.Join(m.Update(ctx, "not built"), err)
		}
		return m.Update(ctx, "built")
	})
}

// Commands that the operator writes into the configuration:
//
//	settings:
//	  answers:
//	    - {ask: where is the wiki, say: "https://wiki.example.com"}
func ExampleHandlerFrom() {
	type settings struct {
		Answers []struct{ Ask, Say string }
	}
	h := oco.HandlerFrom("answers", func(s settings, h *oco.Handler) error {
		for i, a := range s.Answers {
			if a.Say == "" {
				return oco.AtSetting(fmt.Sprintf("answers[%d].say", i), errors.New("it is empty"))
			}
			h.Command(a.Ask, "Answer a question.", func(_ context.Context, msg *oco.Message) error {
				msg.Reply(a.Say)
				return nil
			}, oco.Repeatable())
		}
		return nil
	})
	fmt.Println(h.Name())
	// Output: answers
}

// Who comes is greeted, but not the bot itself.
func ExampleHandler_OnEvent() {
	h := oco.NewHandler("welcome")
	h.OnEvent(oco.MemberJoined, func(_ context.Context, ev *oco.Event) error {
		if who := ev.Member().User; !who.Self {
			ev.Reply("Welcome, " + who.Name + "!")
		}
		return nil
	})
}

// An adapter is a type with two methods; this one speaks to itself.
type loopback struct{ posted chan string }

var _ oco.Adapter = (*loopback)(nil)

func (l *loopback) Run(ctx context.Context, bot oco.Bot) error {
	bot.Status(ctx, true, "")
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case text := <-l.posted:
			id := fmt.Sprint("m", n)
			err := bot.Publish(ctx, oco.Incoming{
				ID:      oco.EventID(id),
				Room:    oco.Room{ID: "here", Kind: oco.RoomChannel},
				Actor:   oco.User{ID: "echo", Bot: true},
				Message: &oco.IncomingMessage{ID: oco.MessageID(id), Text: text},
			})
			if err != nil {
				return err
			}
		}
	}
}

func (l *loopback) Send(ctx context.Context, m oco.Outgoing) (oco.MessageID, error) {
	select {
	case l.posted <- m.Text:
		return oco.MessageID(m.Token), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func ExampleNewAdapter() {
	p := oco.NewAdapter("loopback", "loopback", &loopback{posted: make(chan string)})
	fmt.Println(p.Name())
	// Output: loopback
}

// What the operator may set is one struct: its fields are the settings, its tags
// say the rest. In the configuration of the bot:
//
//	handlers:
//	  - name: deploy
//	    command: [./deploy]
//	    settings:
//	      token: ${file:deploy-token}
//	      env: prod
func ExampleSettings() {
	type settings struct {
		Token string        `oco:",secret" help:"The token of the deploy server."`
		Env   string        `choices:"staging,prod" help:"Where to deploy."`
		Wait  time.Duration `default:"30s" help:"How long a deploy may take."`
	}
	h := oco.NewHandler("deploy")
	now := oco.Settings(h, func(s settings) error {
		if s.Wait < time.Second {
			return errors.New("wait is too short: no deploy is that fast")
		}
		return nil
	})
	h.Command("deploy {app}", "Deploy an app.", func(ctx context.Context, msg *oco.Message) error {
		s := now() // as they are when this deploy starts
		ctx, cancel := context.WithTimeout(ctx, s.Wait)
		defer cancel()
		return deploy(ctx, msg.Arg("app"), s.Env)
	})
}
