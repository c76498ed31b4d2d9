package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/linktest"
)

// through makes a link to the bot's port and the key as one gives it to a plugin
// behind that link.
func (b *bot) through(key newKey) (*linktest.Link, newKey) {
	b.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	link := linktest.New(func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", b.grpc)
	})
	var serving sync.WaitGroup
	serving.Go(func() { link.Serve(listener) })
	b.t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			b.t.Error(err)
		}
		serving.Wait()
		link.Close()
	})
	key.Endpoint = strings.Replace(key.Endpoint, b.grpc, listener.Addr().String(), 1)
	return link, key
}

// trouble lets something go wrong with a link for a while.
func trouble(l *linktest.Link, r *rand.Rand, most time.Duration) {
	long, what := time.Duration(r.Int64N(int64(most))), r.IntN(6)
	if !torture {
		what = 1 + r.IntN(5) // what is lost without a word is found after 20 s
	}
	switch what {
	case 0:
		l.Silence()
	case 1:
		l.Hold()
	case 2:
		l.Delay(long / 20)
	case 3, 4: // lost packets, which are sent again
		for range 10 {
			l.Hold()
			time.Sleep(long / 30)
			l.Heal()
			time.Sleep(long / 15)
		}
		long = 0
	case 5:
		l.Reset()
		long /= 4
	}
	time.Sleep(long)
	l.Heal()
}

// TestTortureNetworkOverTLS lets the networks of an adapter and of a handler, all
// real processes over TLS, lose, hold up, reset and delay: what runs once runs at
// most once, in its order, each message is taken once, and its person sees an end.
// The handler is one by the library, and one that knows nothing of leases
// (OCO-DLV-1, OCO-DLV-2, OCO-DLV-8, OCO-DLV-13).
func TestTortureNetworkOverTLS(t *testing.T) {
	for handler, routes := range map[string][]string{"handler": {"once", "safe", "quiet"}, "rawfar": {"once"}} {
		t.Run(handler, func(t *testing.T) {
			t.Parallel()
			trouble := 8 * time.Second
			if torture {
				trouble = 5 * time.Minute
			}
			troubled(t, handler, routes, trouble)
		})
	}
}

func troubled(t *testing.T, handler string, routes []string, long time.Duration) {
	seed := uint64(time.Now().UnixNano())
	s := newService(t)
	b := newBot(t, "")
	b.configure("listen: {http: \"\", grpc: \"GRPC_PORT\"}\nadapter: {name: chat, remote: true}\nhandlers: [{name: worker, remote: true}]\n")
	b.start()
	b.await("it can be asked", func() bool { _, err := b.status(); return err == nil })
	runs := b.path("runs")
	chat, chatKey := b.through(b.newKey("chat", "--role", "adapter"))
	worker, workerKey := b.through(b.newKey("worker"))
	b.remote(chatKey, "adapter", s.url)
	b.remote(workerKey, handler, s.url, runs)
	b.awaitPlugins("chat", "worker")

	var faults sync.WaitGroup
	end := time.Now().Add(long)
	for i, l := range []*linktest.Link{chat, worker} {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		faults.Go(func() {
			for time.Now().Before(end) {
				trouble(l, r, max(long/10, 2*time.Second))
			}
		})
	}
	r := rand.New(rand.NewPCG(seed, 9))
	var said []string
	for time.Now().Before(end) {
		route := routes[r.IntN(len(routes))]
		s.say(fmt.Sprintf("m%d", len(said)), fmt.Sprintf("%s %d", route, len(said)))
		said = append(said, route)
		time.Sleep(time.Duration(r.IntN(400)) * time.Millisecond) // the drawn moment
	}
	faults.Wait()
	// A lease that nobody names ends after 30 s, one after the other.
	for late := time.Now().Add(4 * time.Minute); !s.acked() || !settled(b); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("seed %d: not everything is settled", seed)
		}
	}
	c := churn{posts: s.posted(), runs: strings.Split(read(t, runs), "\n"), records: map[string]*ocov1.DeliveryRecord{}}
	records := b.deliveries()
	for _, d := range records {
		c.records[d.GetEventId()] = d
	}
	if len(records) != len(said) || len(c.records) != len(said) {
		t.Errorf("%d messages have %d deliveries of %d events", len(said), len(records), len(c.records))
	}
	for i, route := range said {
		for _, problem := range c.judge(i, route) {
			t.Errorf("message %d (%s): %s", i, route, problem)
		}
	}
	last := -1
	for _, line := range c.runs {
		var n int
		if _, err := fmt.Sscanf(line, "once %d", &n); err != nil {
			continue
		}
		if n < last {
			t.Errorf("once %d ran after once %d", n, last)
		}
		last = n
	}
	if chat.Dials()+worker.Dials() < 3 && torture {
		t.Error("no connection was lost: this proves nothing")
	}
	t.Logf("seed %d: %d messages in %v of trouble; %d and %d connections; outcomes %v; runs %d; posts %d, marked %d",
		seed, len(said), long, chat.Dials(), worker.Dials(), c.outcomes, len(c.runs)-1, len(c.posts), c.marked)
}
