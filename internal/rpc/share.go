package rpc

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/openchatops/oco/internal/chat"
)

// What one plugin may take of the bot at once, over all its connections, on every
// port. HTTP/2 limits streams and windows of a connection; who opens more of them
// gets no more.
const (
	maxConnections = 128
	maxUnderWay    = 1000
	// readers is how many messages of a plugin are received at once: nobody knows
	// how large one is before it is there.
	readers = 2
	// heldBytes are the messages that its calls hold, of those above SmallMessage.
	heldBytes = 8 << 20
	// SmallMessage is the size of a message that waits for nothing.
	SmallMessage = 64 << 10
	// givenUpEvery and givenUpAtOnce are the calls that a plugin may take back:
	// each has cost the bot almost what an answered one does.
	givenUpEvery  = 100 // a second
	givenUpAtOnce = 1000
	// bytesEvery and bytesAtOnce are what a plugin may send in messages above
	// SmallMessage: each leaves several times its size to the garbage collector.
	bytesEvery  = 32 << 20 // a second
	bytesAtOnce = 16 << 20
	// slow is how long a message may take to arrive while others wait for it.
	slow = 10 * time.Second
)

// A share is what a plugin takes now.
type share struct {
	reading chan struct{} // an element for each message that is being received
	waiting chan struct{} // held by the one who waits for held
	held    chan struct{} // an element for each SmallMessage bytes
	givenUp *rate.Limiter
	bytes   *rate.Limiter

	mu          sync.Mutex
	calls       int
	connections int
	readers     [readers]*Turn // those that have their place in reading
}

func newShare() *share {
	return &share{
		reading: make(chan struct{}, readers), waiting: make(chan struct{}, 1), held: make(chan struct{}, heldBytes/SmallMessage),
		givenUp: rate.NewLimiter(givenUpEvery, givenUpAtOnce), bytes: rate.NewLimiter(bytesEvery, bytesAtOnce),
	}
}

// shares are those of all plugins. Its zero value can be used.
type shares struct{ all sync.Map }

// of is the share of a plugin. Only who has a key has one.
func (s *shares) of(plugin string) *share {
	if have, ok := s.all.Load(plugin); ok {
		return have.(*share)
	}
	have, _ := s.all.LoadOrStore(plugin, newShare())
	return have.(*share)
}

// Begin counts a call of the caller in. end, which must be called if there is no
// error, counts it out.
func (c *Core) Begin(ctx context.Context) (end func(), err *chat.Error) {
	name := caller(ctx).Name
	s := c.shares.of(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls >= maxUnderWay {
		return nil, chat.Refuse(chat.QuotaExceeded, "%s has %d calls under way, and no more are taken at once: wait for answers", name, s.calls).With("limit", "calls")
	}
	s.calls++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls--
	}, nil
}

// enters counts a connection in, unless there are too many.
func (s *share) enters() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connections >= maxConnections {
		return false
	}
	s.connections++
	return true
}

func (s *share) leaves() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connections--
}

// A Turn is one call's part of what its plugin may hold. One goroutine uses it.
type Turn struct {
	share  *share
	hangUp func() // closes the connection of the call
	held   int
	// Guarded by share.mu, but that its own goroutine reads reading.
	reading bool
	since   time.Time
}

// Turn makes the turn of a call, which holds nothing yet. at is the remote address
// of its connection, nil if it cannot be closed.
func (c *Core) Turn(ctx context.Context, at net.Addr) *Turn {
	hangUp := func() {}
	if v := visitorAt(at); v != nil {
		hangUp = func() { _ = v.Close() } // it is told by that
	}
	return &Turn{share: c.shares.of(caller(ctx).Name), hangUp: hangUp}
}

// Read waits until a message may be received. While it waits, who takes too long
// to send one is cut off.
func (t *Turn) Read(ctx context.Context) error {
	if t.reading {
		return nil
	}
	select {
	case t.share.reading <- struct{}{}:
		t.begin()
		return nil
	default:
	}
	tick := time.NewTicker(slow / 4)
	defer tick.Stop()
	for {
		select {
		case t.share.reading <- struct{}{}:
			t.begin()
			return nil
		case now := <-tick.C:
			t.share.hurry(now)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (t *Turn) begin() {
	s := t.share
	s.mu.Lock()
	defer s.mu.Unlock()
	t.reading, t.since = true, time.Now()
	s.readers[slices.Index(s.readers[:], nil)] = t
}

// hurry cuts off who takes too long.
func (s *share) hurry(now time.Time) {
	s.mu.Lock()
	var late []func()
	for _, t := range s.readers {
		if t != nil && now.Sub(t.since) > slow {
			late = append(late, t.hangUp)
		}
	}
	s.mu.Unlock()
	for _, hangUp := range late {
		hangUp()
	}
}

// Spend waits until the plugin may send so many bytes more. It is for messages
// that come bit by bit; Received does it for others.
func (t *Turn) Spend(ctx context.Context, bytes int) error {
	r := t.share.bytes.ReserveN(time.Now(), bytes)
	wait := time.NewTimer(r.Delay())
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Received says how large the message was, and how many times that it takes in
// memory. It waits until the plugin may hold so much; then the next message is
// received.
func (t *Turn) Received(ctx context.Context, size, times int) error {
	if size > SmallMessage {
		if err := t.Spend(ctx, size); err != nil {
			return err
		}
	}
	return t.Hold(ctx, size*times)
}

// Hold waits until the plugin may hold so many bytes, at most all that it may hold
// at once, and lets the next message be received.
func (t *Turn) Hold(ctx context.Context, size int) error {
	defer t.next()
	if size <= SmallMessage {
		return nil
	}
	select {
	case t.share.waiting <- struct{}{}:
		defer func() { <-t.share.waiting }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for range (min(size, heldBytes) + SmallMessage - 1) / SmallMessage {
		select {
		case t.share.held <- struct{}{}:
			t.held++
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// next lets the next message be received.
func (t *Turn) next() {
	if !t.reading {
		return
	}
	s := t.share
	s.mu.Lock()
	t.reading = false
	s.readers[slices.Index(s.readers[:], t)] = nil
	s.mu.Unlock()
	<-s.reading
}

// End gives back what the turn holds. It may be called again.
func (t *Turn) End() {
	t.next()
	for ; t.held > 0; t.held-- {
		<-t.share.held
	}
}
