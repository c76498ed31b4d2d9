package intake

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// share is how many events it takes to be worth a goroutine.
const share = 16

// A decision is what is to be done about one event, or why it is not admitted.
type decision struct {
	event   delivery.Event
	claimed string // the user who said a code
	said    saying // what it is, if it is a message; else empty
	err     *chat.Error
	waits   *pending // it is decided about once its names are looked up
}

// decideAll decides about the events of a batch, side by side if they are many,
// and answers in their order. A panic beside the caller becomes one of the caller,
// who knows what to make of it.
func (in *Intake) decideAll(ctx context.Context, number uint32, events []*ocov1.Event) []decision {
	out := make([]decision, len(events))
	now, home := in.o.Now(), in.account(number)
	decide := func(from, to int, before <-chan struct{}) {
		var p pending // one piece of memory for all: nothing keeps it
		for i := from; i < to; i++ {
			p = pending{ctx: ctx, in: in, account: home, event: events[i], now: now, before: before}
			out[i].take(&p, p.decide)
			if len(p.wants) > 0 {
				waits := p
				out[i].waits = &waits
			}
		}
	}
	hands := max(1, min(len(events)/share, runtime.GOMAXPROCS(0)))
	each := (len(events) + hands - 1) / hands
	panics := make(chan string, hands)
	first := make(chan struct{})
	last := first // closed when all before it are decided
	for from := each; from < len(events); from += each {
		before, done := last, make(chan struct{})
		last = done
		go func() {
			defer close(done)
			defer func() {
				if v := recover(); v != nil {
					panics <- fmt.Sprintf("%v\n%s", v, debug.Stack())
				}
				<-before
			}()
			decide(from, min(from+each, len(events)), before)
		}()
	}
	func() {
		defer close(first)
		decide(0, min(each, len(events)), nil)
	}()
	<-last
	select {
	case v := <-panics:
		panic(v)
	default:
	}
	return out
}

// take decides about an event.
func (d *decision) take(p *pending, decide func() (delivery.Event, *chat.Error)) {
	d.event, d.err = decide()
	d.claimed, d.said, d.waits = p.claimed, p.said, nil
}

// inTurn waits until all is decided about the earlier events of the batch that
// others decide about. What changes something else than the event comes behind it.
func (p *pending) inTurn() {
	if p.before != nil {
		<-p.before
	}
}
