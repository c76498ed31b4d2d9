package engine

import (
	"context"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
)

// Standing is what of what has ended is kept, and what was removed.
type Standing struct {
	// Policy is what holds now.
	Policy delivery.Kept
	// Deliveries and Messages are records that are kept. Counted is false while they
	// are not known yet, after a start.
	Deliveries, Messages int
	Counted              bool
	// Removed counts rows by kind since the start: delivery, message, request, text.
	Removed map[string]int
}

// A keeper removes what was kept long enough.
type keeper struct {
	e         *Engine
	before    store.Snapshot // of the rows at the start, until they are counted
	changed   chan struct{}  // the policy did
	marks     map[mark][]byte
	unsettled bool      // something was removed that nobody settled, and not told yet
	asked     bool      // what the last bot had not told is told
	told      time.Time // when something was told last

	mu      sync.Mutex
	kept    delivery.Kept
	ended   map[bool]int // deliveries (true) and messages (false) since the start
	counted bool
	removed map[string]int
	later   []delivery.Later
}

// A mark says of which pass over which table it is.
type mark struct {
	log    delivery.Log
	remove bool
}

func newKeeper(e *Engine, kept delivery.Kept) (*keeper, error) {
	before, err := e.store.Snapshot()
	return &keeper{
		e: e, before: before, kept: kept, changed: make(chan struct{}, 1),
		marks: map[mark][]byte{}, ended: map[bool]int{}, removed: map[string]int{},
	}, err
}

// SetKept says how much is kept from now on.
func (e *Engine) SetKept(kept delivery.Kept) {
	k := e.keeper
	k.mu.Lock()
	same := k.kept == kept
	k.kept = kept
	k.mu.Unlock()
	if same {
		return
	}
	select {
	case k.changed <- struct{}{}:
	default: // it is told already
	}
}

// Kept tells how much is kept. It does not block.
func (e *Engine) Kept() Standing {
	k := e.keeper
	k.mu.Lock()
	defer k.mu.Unlock()
	s := Standing{Policy: k.kept, Counted: k.counted, Removed: maps.Clone(k.removed)}
	if k.counted {
		s.Deliveries, s.Messages = k.ended[true], k.ended[false]
	}
	return s
}

// saw notes what has ended. It must not block: effects wait for it.
func (k *keeper) saw(r delivery.Report) {
	isDelivery := r.Kind == "ended"
	if !isDelivery && r.Kind != "sent" && r.Kind != "operated" {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if isDelivery || !strings.Contains(r.Message, "/") { // else it counts with its delivery
		k.ended[isDelivery]++
	}
	if k.kept.Records > 0 && r.Took >= k.kept.Text+margin(k.kept.Text) {
		row := delivery.SentKey(r.Message)
		if isDelivery {
			row = delivery.EndedKey(r.Delivery)
		}
		k.again(delivery.Later{Row: row, At: time.Now().Add(k.kept.Text)})
	}
}

// margin is how much older than it may be a row is when it is looked at.
func margin(kept time.Duration) time.Duration { return min(ended, max(kept, 2*time.Second)) }

// again notes rows to look at again; those that are too many are found by the next
// pass from the beginning.
func (k *keeper) again(later ...delivery.Later) {
	k.later = append(k.later, later[:min(len(later), laterMost-len(k.later))]...)
}

// count counts the rows that were there at the start, once. Those that came since
// are in k.ended already.
func (k *keeper) count(ctx context.Context) error {
	if k.before == nil {
		return nil
	}
	rows := map[bool]int{}
	for _, log := range delivery.Logs() {
		in := delivery.Stretch{Reads: retainReads}
		for {
			n, found, err := delivery.CountRows(k.before, log, in)
			if err != nil {
				return err
			}
			rows[log == delivery.EndedDeliveries] += n
			if !found.More {
				break
			}
			in.After = found.Last
			if err := k.pause(ctx); err != nil {
				return err
			}
		}
	}
	k.mu.Lock()
	k.counted = true
	for of, n := range rows {
		k.ended[of] += n
	}
	k.mu.Unlock()
	k.leave()
	return nil
}
