package ocotest_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

// twenty handlers run in one process. The first of them hangs while hung is open.
type twenty struct {
	bot  *ocotest.Bot
	all  []*oco.Handler
	held sync.WaitGroup // callbacks that hang
	let  chan struct{}  // closed to let them return
}

// slots is how many callbacks the handler that hangs runs at once.
const slots = 8

func newTwenty(t *testing.T) *twenty {
	t.Helper()
	w := &twenty{let: make(chan struct{})}
	for n := range 20 {
		h := oco.NewHandler(fmt.Sprintf("h%d", n))
		if n == 0 {
			h.MaxInFlight(slots)
			h.Command("hang", "Do not return, whatever happens.", func(context.Context, *oco.Message) error {
				w.held.Done()
				<-w.let
				return nil
			}, oco.InOrder(oco.OrderNone), oco.MaxRun(time.Hour))
		} else {
			h.Command(fmt.Sprintf("work%d", n), "Answer.", func(_ context.Context, msg *oco.Message) error {
				msg.Reply("worked")
				return nil
			})
		}
		w.all = append(w.all, h)
	}
	w.bot = ocotest.Start(t, w.all...)
	return w
}

// hang takes every slot of the first handler and lets as many commands wait behind
// them. end lets all of them return, and waits until they have.
func (w *twenty) hang() (end func()) {
	w.held.Add(2 * slots)
	var waits []func()
	for n := range 2 * slots {
		waits = append(waits, w.bot.As(fmt.Sprintf("hangs%d", n)).BeginCommand("hang"))
	}
	let := w.let
	return func() {
		close(let)
		for _, wait := range waits {
			wait()
		}
		w.held.Wait()
		w.let = make(chan struct{})
	}
}

// work lets each of the others answer so often, and returns how long each took.
func (w *twenty) work(times int) []time.Duration {
	var mu sync.Mutex
	var all []time.Duration
	var working sync.WaitGroup
	for n := 1; n < 20; n++ {
		person := w.bot.As(fmt.Sprintf("person%d", n))
		working.Go(func() {
			for range times {
				began := time.Now()
				person.Command(fmt.Sprintf("work%d", n))
				took := time.Since(began)
				mu.Lock()
				all = append(all, took)
				mu.Unlock()
			}
		})
	}
	working.Wait()
	slices.Sort(all)
	return all
}

func p99(sorted []time.Duration) time.Duration { return sorted[len(sorted)*99/100] }

// TestTortureHang has one handler of twenty, all in one process, hang in all its
// slots: each of the others answers each command, in much the same time
// (OCO-DLV-42).
func TestTortureHang(t *testing.T) {
	rounds, times := 1, 3
	if os.Getenv("OCO_TORTURE") == "1" {
		rounds, times = 11, 100
	}
	w := newTwenty(t)
	w.work(times) // warm
	var ratios []float64
	for range rounds {
		before := w.work(times)
		end := w.hang()
		during := w.work(times)
		end()
		after := w.work(times)
		alone := (p99(before) + p99(after)) / 2
		ratios = append(ratios, float64(p99(during))/float64(alone))
	}
	for n := 1; n < 20; n++ {
		want := slices.Repeat([]string{"worked"}, times*(1+3*rounds))
		w.bot.As(fmt.Sprintf("person%d", n)).WantReply(want...)
	}
	slices.Sort(ratios)
	ratio := ratios[len(ratios)/2]
	t.Logf("one of twenty hangs: the others' p99 is %.2f of what it is beside (median of %d rounds of %d commands; %.2f to %.2f)",
		ratio, rounds, 19*times, ratios[0], ratios[len(ratios)-1])
	if rounds > 1 && ratio > 1.5 {
		t.Errorf("the others' p99 is %.2f, want at most 1.5", ratio)
	}
}
