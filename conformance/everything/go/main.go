// Command go is the everything-handler of the conformance suite, written with the Go
// library; see ../README.md.
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

func main() { oco.Main(newHandler()) }

var errLog = errors.New("this is for the log")

func newHandler() *oco.Handler {
	h := oco.NewHandler("everything")
	h.Scopes("store", "messages.write.direct")

	h.Command("echo {text...}", "Repeat some text.", echo, oco.Deprecated("shout {text...}"), oco.Examples("echo hello"))
	h.Command("say {a} [and {b}] [--loud]", "Say what was understood.", say)
	h.Command("add {a:integer} [{b:integer=2}]", "Add two numbers.", add, oco.Aliases("plus {a:integer} [{b:integer=2}]"))
	h.Command("join {names*}", "Join names.", join)
	h.Command("pick {env:prod|staging}", "Pick one.", pick)
	h.Command("wait {long:duration}", "Say how long that is.", wait)
	h.Command("at {when:time}", "Say when that is.", at)
	h.Command("who {user:user}", "Say who that is.", who)
	h.Command("where {room:room}", "Say where that is.", where)
	h.Command("me", "Say who speaks where.", me)

	h.Command("two", "Reply twice.", two)
	h.Command("later", "Reply, work, reply.", later)
	h.Command("private", "Reply to the person.", private)
	h.Command("silent", "Reply nothing.", silent)

	h.Command("tell", "Fail with a text.", tell)
	h.Command("break", "Fail.", breaks)
	h.Command("again", "Ask for another attempt.", again)
	h.Command("flaky", "Fail at first.", flaky, oco.Repeatable())
	h.Command("stuck", "Take too long.", stuck, oco.MaxRun(200*time.Millisecond))
	h.Command("count {name}", "Count.", count)
	h.Command("fail {name}", "Count, and fail.", fail)

	h.Command("once {n}", "Run once.", once)
	h.Command("safe {n}", "Run, and again if that is needed.", safe, oco.Repeatable())

	h.Command("restricted", "For some.", restricted, oco.Allow("ops"))
	h.Command("dangerous {what}", "For few.", dangerous, oco.Danger(), oco.Allow("ops"))
	h.Hear("ticket (?P<id>[0-9]+)", "Listen for tickets.", ticket)
	return h
}

func echo(_ context.Context, msg *oco.Message) error {
	msg.Reply(msg.Arg("text"))
	return nil
}

func say(_ context.Context, msg *oco.Message) error {
	b := "absent"
	if msg.Has("b") {
		b = msg.Arg("b")
	}
	msg.Reply(fmt.Sprintf("a=%s b=%s loud=%t", msg.Arg("a"), b, msg.Bool("loud")))
	return nil
}

func add(_ context.Context, msg *oco.Message) error {
	msg.Reply(strconv.FormatInt(msg.Int("a")+msg.Int("b"), 10))
	return nil
}

func join(_ context.Context, msg *oco.Message) error {
	msg.Reply(strings.Join(msg.Args("names"), "+"))
	return nil
}

func pick(_ context.Context, msg *oco.Message) error {
	msg.Reply(msg.Arg("env"))
	return nil
}

func wait(_ context.Context, msg *oco.Message) error {
	msg.Reply(strconv.FormatInt(msg.Duration("long").Milliseconds(), 10))
	return nil
}

func at(_ context.Context, msg *oco.Message) error {
	msg.Reply(msg.When("when").UTC().Format(time.RFC3339))
	return nil
}

func who(_ context.Context, msg *oco.Message) error {
	msg.Reply(string(msg.ArgUser("user").ID))
	return nil
}

func where(_ context.Context, msg *oco.Message) error {
	msg.Reply(string(msg.ArgRoom("room").ID))
	return nil
}

func me(_ context.Context, msg *oco.Message) error {
	msg.Reply(fmt.Sprintf("%s in %s", msg.User().ID, msg.Room().ID))
	return nil
}

func two(_ context.Context, msg *oco.Message) error {
	msg.Reply("one")
	msg.Reply("two")
	return nil
}

func later(ctx context.Context, msg *oco.Message) error {
	msg.Reply("one")
	select {
	case <-time.After(300 * time.Millisecond):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	msg.Reply("two")
	return nil
}

func private(_ context.Context, msg *oco.Message) error {
	msg.ReplyDirect("just for you")
	return nil
}

func silent(context.Context, *oco.Message) error { return nil }

func tell(context.Context, *oco.Message) error { return oco.Tell("This is for you.", errLog) }

func breaks(context.Context, *oco.Message) error { return errLog }

func again(_ context.Context, msg *oco.Message) error {
	if msg.Attempt() < 3 {
		return oco.RetryAfter(time.Millisecond)
	}
	msg.Reply(fmt.Sprintf("attempt %d", msg.Attempt()))
	return nil
}

func flaky(_ context.Context, msg *oco.Message) error {
	if msg.Attempt() < 2 {
		return errLog
	}
	msg.Reply(fmt.Sprintf("attempt %d", msg.Attempt()))
	return nil
}

func stuck(ctx context.Context, _ *oco.Message) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

func count(ctx context.Context, msg *oco.Message) error {
	var n int64
	if _, err := msg.Store().Get(ctx, msg.Arg("name"), &n); err != nil {
		return err
	}
	msg.Transaction().Add(msg.Arg("name"), 1)
	msg.Reply(strconv.FormatInt(n, 10))
	return nil
}

func fail(_ context.Context, msg *oco.Message) error {
	msg.Transaction().Add(msg.Arg("name"), 100)
	return errLog
}

func once(_ context.Context, msg *oco.Message) error {
	if err := writeDown(msg); err != nil {
		return err
	}
	time.Sleep(30 * time.Millisecond)
	msg.Reply(fmt.Sprintf("once %s ran", msg.Arg("n")))
	return nil
}

func safe(_ context.Context, msg *oco.Message) error {
	if err := writeDown(msg); err != nil {
		return err
	}
	msg.Reply(fmt.Sprintf("safe %s begins", msg.Arg("n")))
	time.Sleep(150 * time.Millisecond)
	msg.Reply(fmt.Sprintf("safe %s ran", msg.Arg("n")))
	return nil
}

// writeDown says in the file EVERYTHING_RUNS that a callback runs.
func writeDown(msg *oco.Message) error {
	file := os.Getenv("EVERYTHING_RUNS")
	if file == "" {
		return nil
	}
	runs, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(runs, "%s %s %d\n", msg.Route(), msg.Arg("n"), msg.Attempt())
	return errors.Join(err, runs.Close())
}

func restricted(_ context.Context, msg *oco.Message) error {
	msg.Reply("restricted")
	return nil
}

func dangerous(_ context.Context, msg *oco.Message) error {
	msg.Reply("dangerous " + msg.Arg("what"))
	return nil
}

func ticket(_ context.Context, msg *oco.Message) error {
	msg.Reply("ticket " + msg.Arg("id"))
	return nil
}
