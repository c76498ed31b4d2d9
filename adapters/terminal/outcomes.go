package terminal

import (
	"crypto/rand"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/openchatops/oco"
)

// outcomes brings the outcomes of lines to who waits for them. Safe for
// concurrent use.
type outcomes struct {
	mu      sync.Mutex
	waiting map[oco.EventID]chan []oco.Outcome
}

func newOutcomes() *outcomes {
	return &outcomes{waiting: map[oco.EventID]chan []oco.Outcome{}}
}

// expect returns a channel that gets the outcomes of an event, once. It is
// called before the event is published.
func (o *outcomes) expect(event oco.EventID) <-chan []oco.Outcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	settled := make(chan []oco.Outcome, 1)
	o.waiting[event] = settled
	return settled
}

// forget drops an event that nobody waits for any more.
func (o *outcomes) forget(event oco.EventID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.waiting, event)
}

// settle does not block; an event that nobody waits for is left alone.
func (o *outcomes) settle(event oco.EventID, got []oco.Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if settled, ok := o.waiting[event]; ok {
		delete(o.waiting, event)
		settled <- got
	}
}

// allDone says whether something took a line and all of it was done.
func allDone(got []oco.Outcome) bool {
	for _, o := range got {
		if o != oco.Done {
			return false
		}
	}
	return len(got) > 0
}

// numbers makes ids that no other start of the process makes.
type numbers struct {
	start string
	last  atomic.Uint64
}

func newNumbers() *numbers { return &numbers{start: rand.Text()[:16]} }

func (n *numbers) next() string { return n.start + "-" + strconv.FormatUint(n.last.Add(1), 10) }
