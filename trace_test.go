package oco

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const (
	traceID     = "0af7651916cd43dd8448eb211c80319c"
	traceparent = "00-" + traceID + "-b7ad6b7169203331-01"
)

// loggedLines is a log of JSON lines that several goroutines may write.
type loggedLines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *loggedLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// each gives every line of what was logged.
func (l *loggedLines) each(t *testing.T, look func(line map[string]any)) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, text := range strings.Split(strings.TrimSpace(l.b.String()), "\n") {
		line := map[string]any{}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if n := strings.Count(text, `"trace":`); n > 1 {
			t.Errorf("the trace is there %d times: %s", n, text)
		}
		look(line)
	}
}

// Every line about a delivery names the trace of its event: the library's, and
// the callback's own, by the message's log or by the context.
func TestEveryLineAboutADeliveryNamesItsTrace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var lines loggedLines
		o := b.options()
		o.Log = slog.New(traced{Handler: slog.NewJSONHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug})})
		b.onComplete = func(req *ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
			res := &ocov1.CompleteResponse{}
			for _, c := range req.GetCompletions() {
				result := &ocov1.CompletionResult{}
				if c.GetDone() != nil {
					result.Verdict, result.Error = ocov1.Verdict_VERDICT_REFUSED, status.New(codes.InvalidArgument, "refused").Proto()
				}
				res.Results = append(res.Results, result)
			}
			return res, nil
		}
		p := b.runWith(t, o, handlerWith(func(ctx context.Context, m *Message) error {
			m.Log().Info("by the message")
			m.Log().InfoContext(ctx, "by both")
			o.Log.WithGroup("").InfoContext(ctx, "by the context")
			if TraceID(ctx) != traceID {
				t.Errorf("the trace of the context is %q", TraceID(ctx))
			}
			switch m.Arg("what") {
			case "panic":
				panic("at the disco")
			case "fail":
				return errors.New("no")
			}
			return nil
		}))
		for i, what := range []string{"well", "fail", "panic"} {
			d := said("d"+string(rune('0'+i)), "do", "do "+what, textArg("what", what))
			d.Traceparent = traceparent
			b.push(t, frame(d))
		}
		p.end(t)
		seen := map[string]bool{}
		lines.each(t, func(line map[string]any) {
			text := line["msg"].(string)
			if strings.HasPrefix(text, "the bot does not end the stream") {
				return // at the end, about none
			}
			seen[text] = true
			if line["trace"] != traceID || line["delivery"] == nil && text != "by the context" || line["plugin"] != "test" && text != "by the context" {
				t.Errorf("%v", line)
			}
		})
		for _, text := range []string{
			"by the message", "by both", "by the context", "the callback panicked", "the callback failed",
			"the bot refused a completion; the delivery is failed",
		} {
			if !seen[text] {
				t.Errorf("nobody logged %q, only %v", text, seen)
			}
		}
	})
}

// So does every line about an operation of an adapter.
func TestEveryLineAboutAnOperationNamesItsTrace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var lines loggedLines
		o := b.options()
		o.Log = slog.New(slog.NewJSONHandler(&lines, nil))
		a := &testAdapter{send: func(ctx context.Context, m Outgoing) (MessageID, error) {
			if TraceID(ctx) != traceID {
				t.Errorf("the trace of the context is %q", TraceID(ctx))
			}
			if m.Text == "panic" {
				panic("no service")
			}
			return "", errors.New("the room is archived")
		}}
		p := b.runWith(t, o, NewAdapter("irc", "irc", a))
		for _, text := range []string{"fail", "panic"} {
			f := toSend(text, "room")
			f.GetDelivery().Traceparent = traceparent
			b.push(t, f)
		}
		p.end(t)
		n := 0
		lines.each(t, func(line map[string]any) {
			if strings.HasPrefix(line["msg"].(string), "the bot does not end the stream") {
				return // at the end, about none
			}
			if n++; line["trace"] != traceID {
				t.Errorf("%v", line)
			}
		})
		if n != 3 {
			t.Errorf("%d lines, want two operations that were not done and a panic", n)
		}
	})
}

func TestAContextWithoutATrace(t *testing.T) {
	if got := TraceID(t.Context()); got != "" {
		t.Errorf("%q", got)
	}
	for _, odd := range []string{"", "00-ab-cd-01", traceparent + "-future", "x"} {
		if got := traceOf(odd); got != "" {
			t.Errorf("%q has the trace %q", odd, got)
		}
	}
}

// What a log says of a callback leads its author to the line.
func TestTheLogSaysWhereTheAuthorHasToLook(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var lines loggedLines
		o := b.options()
		o.Log = slog.New(slog.NewJSONHandler(&lines, nil))
		h := handlerWith(func(_ context.Context, m *Message) error {
			switch m.Text() {
			case "do nil":
				var nobody *User
				m.Reply(nobody.Name)
			case "do empty":
				m.Reply("")
			case "do ask":
				m.Reply("to " + m.Arg("waht"))
				t.Error("it goes on without the argument")
			}
			return errors.New("no")
		})
		p := b.runWith(t, o, h)
		for _, text := range []string{"do fail", "do nil", "do empty", "do ask"} {
			b.push(t, frame(said(strings.ReplaceAll(text, " ", "-"), "do", text)))
		}
		p.end(t)
		at := `\S+\.go:\d+`
		for _, want := range []string{
			`the callback failed: Command\("do .*"\) at ` + at + `: no$`,
			`the callback panicked: Command\("do .*"\) at ` + at + `: the callback panicked: runtime error: .* \(\S+/trace_test.go:\d+ in \S+\)$`,
			"the callback panicked: Command.* at " + at + ": the callback panicked: there is no argument `waht`; did you mean `what`\\? \\(\\S+/trace_test.go:\\d+ in \\S+\\)$",
			`a reply was not taken: reply without text \(\S+/trace_test.go:\d+\)$`,
		} {
			found := false
			lines.each(t, func(line map[string]any) {
				found = found || regexp.MustCompile("^"+want).MatchString(fmt.Sprintf("%s: %v", line["msg"], line["error"]))
			})
			if !found {
				t.Errorf("nothing says %s", want)
			}
		}
	})
}

// A plugin whose bot is away says so at once, where it sought it and what to look at.
func TestWhoStartsAPluginLearnsAtOnceThatNobodyIsThere(t *testing.T) {
	for why, want := range map[string]string{
		"dial tcp 127.0.0.1:9: connect: connection refused":           "nobody answers at 127.0.0.1:9 (connection refused): does the bot run",
		"dial unix /run/oco.sock: connect: no such file or directory": "nobody answers at /run/oco.sock (no such file or directory): does the bot run",
		"dial tcp: lookup bot.example on 192.0.2.1:53: no such host":  "nobody answers at bot.example (no such host): does the bot run",
		"something that nobody has foreseen":                          "something that nobody has foreseen",
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newFakeBot(t)
			var lines loggedLines
			o := b.options()
			o.Log = slog.New(slog.NewJSONHandler(&lines, nil))
			var here atomic.Bool
			o.Dialer = func(ctx context.Context) (net.Conn, error) {
				if !here.Load() {
					return nil, errors.New(why)
				}
				return b.dial(ctx)
			}
			p := b.runWith(t, o, handlerWith(nothing))
			said := 0
			lines.each(t, func(line map[string]any) {
				said++
				if text := fmt.Sprint(line["error"]); line["msg"] != "cannot register with the bot; trying again" || !strings.Contains(text, want) || strings.Contains(text, "rpc error") {
					t.Errorf("%v", line)
				}
			})
			if said != 1 {
				t.Errorf("it said %d things", said)
			}
			here.Store(true)
			later(2 * time.Second)
			if n := len(b.record.registers); n != 1 {
				t.Errorf("registered %d times once the bot was there", n)
			}
			p.end(t)
		})
	}
}
