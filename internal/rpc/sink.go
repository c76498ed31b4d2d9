package rpc

import (
	"sync"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// What a sink holds at most for a reader that does not read. The state machine
// offers no more than the reader's credit; this bounds all else.
const (
	maxQueued      = 4096
	maxQueuedBytes = 64 << 20
)

// sink is the queue between the commit loop and one stream or long poll. The
// loop never waits for it; one goroutine drains it.
type sink struct {
	plugin string
	wake   chan struct{} // has a value when there is something to look at

	mu     sync.Mutex
	queue  []any // delivery.Effect, *ocov1.Query, or settingsChanged
	bytes  int
	closed bool
	err    *chat.Error
}

func newSink(plugin string) *sink {
	return &sink{plugin: plugin, wake: make(chan struct{}, 1)}
}

// Take puts frames into the queue.
func (s *sink) Take(frames []delivery.Effect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range frames {
		// Once closed, only leases are kept, to go back: there are no more than
		// the reader's credit.
		if _, leased := leaseOf(f); leased || !s.closed {
			s.queue = append(s.queue, f)
			s.bytes += weight(f)
		}
	}
	s.bound()
}

// tell puts what does not come from the state machine into the queue.
func (s *sink) tell(frame any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.queue = append(s.queue, frame)
	}
	s.bound()
}

// bound closes a sink that holds too much. The caller holds mu.
func (s *sink) bound() {
	if !s.closed && (len(s.queue) > maxQueued || s.bytes > maxQueuedBytes) {
		s.closed = true
		s.err = chat.Refuse(chat.QueueFull, "this stream is not read: %d frames wait; dial again and read on", len(s.queue))
	}
	s.signal()
}

// Close ends the sink when its queue is empty.
func (s *sink) Close(err *chat.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed, s.err = true, err
	}
	s.signal()
}

// drain takes all that waits. open is false once the sink was closed: what is
// taken with it is the last.
func (s *sink) drain() (frames []any, open bool, err *chat.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	frames, s.queue, s.bytes = s.queue, nil, 0
	return frames, !s.closed, s.err
}

func (s *sink) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func weight(f any) int {
	switch f := f.(type) {
	case delivery.Offer:
		return len(f.Payload) + len(f.Match)
	case delivery.Operate:
		n := 0
		for _, p := range f.Parts {
			n += len(p.Text) + len(p.Act)
		}
		return n
	}
	return 0
}

// leaseOf is the lease that a frame carries, if it carries one.
func leaseOf(f any) (delivery.Lease, bool) {
	switch f := f.(type) {
	case delivery.Offer:
		return f.Lease, true
	case delivery.Operate:
		return f.Lease, true
	}
	return delivery.Lease{}, false
}

func leasesOf(frames []any) []delivery.Lease {
	var leases []delivery.Lease
	for _, f := range frames {
		if l, ok := leaseOf(f); ok {
			leases = append(leases, l)
		}
	}
	return leases
}
