package ocotest

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/internal/linktest"
)

// A distant handler is connected by a link that fails: by one that goes on
// answering pings. All of it runs in a bubble, so that times are exact.
type distant struct {
	t     *testing.T
	bot   *Bot
	link  *linktest.Link
	work  time.Duration // that a callback takes, whatever it is told
	runs  atomic.Int32
	stop  context.CancelFunc
	ended chan error
}

func newDistant(t *testing.T, work time.Duration) *distant {
	t.Helper()
	d := &distant{t: t, work: work, ended: make(chan error, 1)}
	d.bot = StartWith(t, Config{})
	d.link = linktest.NewProxy(d.bot.bot.Dial)
	h := oco.NewHandler("far")
	h.Command("work", "Work.", func(_ context.Context, msg *oco.Message) error {
		d.runs.Add(1)
		time.Sleep(d.work)
		msg.Reply("worked")
		return nil
	}, oco.MaxRun(time.Hour))
	key, _ := d.bot.bot.Guest("far")
	ctx, stop := context.WithCancel(t.Context())
	d.stop = stop
	go func() {
		d.ended <- oco.Run(ctx, oco.Options{Endpoint: "unix:///test", Key: key, Dialer: d.link.Dial, Log: slog.New(slog.DiscardHandler)}, h)
	}()
	if err := d.bot.bot.WaitReady(t.Context(), "far"); err != nil {
		t.Fatal(err)
	}
	return d
}

// end stops the handler and the link.
func (d *distant) end() {
	d.t.Helper()
	d.stop()
	if err := <-d.ended; err != nil {
		d.t.Errorf("the handler ended: %v", err)
	}
	d.link.Close()
}

// pass lets time pass, and then all that is ready happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// say publishes a command of alice.
func (d *distant) say(text string) {
	d.t.Helper()
	if _, err := d.bot.chat.publish(d.t.Context(), d.bot.incoming(text)); err != nil {
		d.t.Fatal(err)
	}
	synctest.Wait()
}

// said is whether the bot has posted something that begins so since it was asked.
func (d *distant) said(begins string) bool {
	synctest.Wait()
	texts := d.bot.chat.look(d.bot.place().ID, 0)
	d.t.Logf("posted: %q", texts)
	return slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(text, begins) })
}

// inBubble runs a test with bots that have Attach and with bots that have not, each
// in a bubble.
func inBubble(t *testing.T, test func(t *testing.T)) {
	OverBoth(t, func(t *testing.T) { synctest.Test(t, test) })
}

// A connection that is lost without a word, while a proxy still answers pings, is
// found by the client when it missed two heartbeats and by the bot when the lease
// ends, within 30 s. What the callback says when the network is back resolves what
// nobody knew, and nothing runs twice (OCO-LIF-14, OCO-DLV-8, OCO-DLV-18).
func TestALostConnectionIsFoundWhileSomethingRuns(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDistant(t, 2*time.Minute)
		d.say("work")
		pass(10100 * time.Millisecond) // a heartbeat has just come
		d.link.Silence()
		pass(20 * time.Second)
		pass(500 * time.Millisecond) // the client waits less than that before it dials
		if d.link.Dials() < 2 {
			t.Error("after 20 s the client has not found that the bot is gone")
		}
		if d.said("work: outcome unknown") {
			t.Error("the bot gives up a lease that runs")
		}
		pass(9500 * time.Millisecond)
		if !d.said("work: outcome unknown") {
			t.Error("after 30 s the bot has not found that the handler is gone")
		}
		d.link.Heal()
		pass(79 * time.Second)
		if d.said("worked") {
			t.Error("the callback ended too early")
		}
		pass(4 * time.Second)
		if !d.said("worked") {
			t.Error("a late completion does not resolve what nobody knew")
		}
		if n := d.runs.Load(); n != 1 {
			t.Errorf("it ran %d times", n)
		}
		d.end()
		d.bot.stop()
	})
}

// A handler that does nothing and cannot be reached any more gets no command that
// would then end unknown: the command waits, and runs once the handler is back
// (OCO-LIF-39).
func TestALostConnectionIsFoundWhileNothingRuns(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDistant(t, 0)
		pass(time.Hour)
		d.link.Silence()
		pass(30 * time.Second)
		d.say("work")
		pass(40 * time.Second)
		if d.runs.Load() > 0 || d.said("work: outcome unknown") {
			t.Error("the command was handed to a handler that is gone")
		}
		d.link.Heal()
		pass(30 * time.Second)
		if !d.said("worked") || d.runs.Load() != 1 {
			t.Errorf("the command ran %d times when the handler was back", d.runs.Load())
		}
		d.end()
		d.bot.stop()
	})
}

// A network that holds everything up for less than two heartbeats is no loss: no
// connection is given up, and nothing ends unknown.
func TestASlowNetworkIsNoLoss(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDistant(t, time.Minute)
		d.say("work")
		for range 4 {
			d.link.Hold()
			pass(9 * time.Second)
			d.link.Heal()
			pass(6 * time.Second)
		}
		pass(time.Second)
		if !d.said("worked") || d.link.Dials() != 1 || d.runs.Load() != 1 {
			t.Errorf("%d connections, %d runs", d.link.Dials(), d.runs.Load())
		}
		d.end()
		d.bot.stop()
	})
}
