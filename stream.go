package oco

import (
	"context"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/attach"
)

const (
	// remembered is how many leases that ended are known as such, so that a
	// frame that comes twice runs nothing twice.
	remembered = 1024
	// maxWaiting is the number of unsent completions at which the stream is read
	// no further: the bot ignores the credit or takes no completions.
	maxWaiting = 4096
	// leaveGrace bounds how long a replica that stops waits for what is on its way.
	leaveGrace = 5 * time.Second
)

// lease is a delivery in the hands of this replica: from its frame to the
// verdict over its final completion.
type lease struct {
	wire    *ocov1.Delivery
	cancel  context.CancelCauseFunc
	over    bool        // the callback returned: its completion is on its way
	ended   func()      // the callback returned: its slot is free
	settled func(error) // the bot gave its verdict
}

// leases knows what is held and what was.
type leases struct {
	held       map[string]*lease // by lease id
	byDelivery map[string]*lease // the newest lease of a delivery
	past       map[string]bool
	ring       [remembered]string
	at         int
}

func newLeases() leases {
	return leases{held: map[string]*lease{}, byDelivery: map[string]*lease{}, past: map[string]bool{}}
}

func (s *leases) known(id string) bool { return s.held[id] != nil || s.past[id] }

func (s *leases) hold(l *lease) {
	s.held[l.wire.GetLeaseId()] = l
	s.byDelivery[l.wire.GetDeliveryId()] = l
}

// drop makes a lease a thing of the past.
func (s *leases) drop(l *lease) {
	id := l.wire.GetLeaseId()
	delete(s.held, id)
	if s.byDelivery[l.wire.GetDeliveryId()] == l {
		delete(s.byDelivery, l.wire.GetDeliveryId())
	}
	s.remember(id)
}

func (s *leases) remember(id string) {
	if s.past[id] {
		return
	}
	delete(s.past, s.ring[s.at])
	s.ring[s.at] = id
	s.past[id] = true
	s.at = (s.at + 1) % remembered
}

// start starts a delivery, or releases it if no slot is free: nothing waits
// here.
func (r *replica) start(d *ocov1.Delivery) {
	r.mu.Lock()
	if r.leases.known(d.GetLeaseId()) {
		r.mu.Unlock()
		about(r.log, d).Warn("the bot sent a lease twice")
		return
	}
	outdated := r.part.outdated(d)
	if r.stopping || outdated || r.running >= r.limit {
		why := "all slots of this replica are taken"
		switch {
		case r.stopping:
			why = "this replica stops"
		case outdated:
			why = "the route has changed since"
		}
		r.leases.remember(d.GetLeaseId())
		r.mu.Unlock()
		r.release(d, why)
		return
	}
	r.running++
	ctx, cancel := context.WithCancelCause(context.WithValue(r.life, traceKey{}, traceOf(d.GetTraceparent())))
	l := &lease{wire: d, cancel: cancel}
	l.ended = func() {
		cancel(nil)
		r.mu.Lock()
		defer r.mu.Unlock()
		l.over = true
		r.running--
		r.checkQuietLocked()
	}
	l.settled = func(error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.leases.drop(l)
	}
	r.leases.hold(l)
	r.mu.Unlock()
	r.part.deliver(ctx, l)
}

// aboutDelivery is the logger of what concerns a delivery that is held, or was.
func (r *replica) aboutDelivery(id string) *slog.Logger {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.leases.byDelivery[id]; l != nil {
		return about(r.log, l.wire)
	}
	return r.log.With("delivery", id)
}

func (r *replica) release(d *ocov1.Delivery, why string) {
	r.out.add(&ocov1.Completion{
		DeliveryId: d.GetDeliveryId(), LeaseId: d.GetLeaseId(),
		Kind: &ocov1.Completion_Release{Release: &ocov1.Release{Reason: why}},
	}, nil)
}

func (r *replica) cancelled(c *ocov1.Cancel) {
	r.mu.Lock()
	l := r.leases.byDelivery[c.GetDeliveryId()]
	r.mu.Unlock()
	if l != nil {
		about(r.log, l.wire).Info("a delivery is cancelled", "why", c.GetText())
		l.cancel(ErrCancelled)
	}
}

// stream is one Subscribe or Attach.
type stream struct {
	attach  bool           // asked for as an Attach
	calls   *attach.Stream // what carries calls, of an Attach
	cancel  context.CancelCauseFunc
	ready   chan struct{} // closed at the first frame
	drained chan struct{} // closed when the bot says that it stops
	done    chan struct{} // closed at the end
	err     error         // why it ended, after done
}

// subscribe keeps a stream open until soft ends, and leaves it in order. After a
// Drain the new stream opens before the old one is left.
func (r *replica) subscribe(soft context.Context) {
	var b backoff
	var old, s *stream
	plain := false     // the last Attach did not work: Subscribe, this time
	forgotten := false // the last stream ended because the bot did not know this replica
	defer func() { r.leave(s, old) }()
	drop := func() {
		if old != nil {
			old.cancel(nil)
			<-old.done
			old = nil
		}
	}
	for soft.Err() == nil {
		again := forgotten
		forgotten = false
		generation := r.registrations()
		s = r.open(r.life, r.attaches.Load() && !plain)
		plain = false
		select {
		case <-s.ready:
			b = backoff{}
			drop()
			r.beatSoon()
		case <-s.done:
		case <-soft.Done():
			return
		}
		select {
		case <-s.drained:
			drop()
			old, s = s, nil
			if !b.sleep(soft) {
				return
			}
			continue
		case <-s.done:
		case <-soft.Done():
			return
		}
		plain = s.useless()
		if soft.Err() != nil {
			continue
		}
		if forgotten = r.after(soft, s.err, generation); forgotten && !again {
			continue
		}
		r.log.Warn("the stream of deliveries ended; opening it again", "error", s.err)
		if !b.sleep(soft) {
			return
		}
	}
}

// leave ends the streams of a replica that stops. A frame that the bot has sent
// counts as started, so a stream is not just closed: the bot ends it behind its
// last frame, and what still comes is released. Some of streams may be nil.
func (r *replica) leave(streams ...*stream) {
	r.mu.Lock()
	r.stopping = true
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(r.life, leaveGrace)
	defer cancel()
	for _, s := range streams {
		if s == nil {
			continue
		}
		r.readOut(ctx, s)
		s.cancel(nil)
		<-s.done
	}
}

// readOut reads a stream to the last frame that the bot has sent on it, behind which
// the bot ends it.
func (r *replica) readOut(ctx context.Context, s *stream) {
	if r.conn.current().GetState() != connectivity.Ready {
		return // nothing comes any more
	}
	select {
	case <-s.ready:
	case <-s.done:
		return
	case <-ctx.Done():
		return
	}
	select {
	case <-s.drained: // the bot said itself that nothing comes
		return
	default:
	}
	// A bot that stops ends its streams without being asked.
	if _, err := r.del.Leave(ctx, &ocov1.LeaveRequest{Replica: r.id}); err != nil && reason(err) != "DRAINING" {
		r.log.Warn("the bot does not end the stream of deliveries; what is on its way may end unknown", "error", err)
		return
	}
	select {
	case <-s.done:
	case <-s.drained:
	case <-ctx.Done():
	}
}

func (r *replica) open(ctx context.Context, attached bool) *stream {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &stream{attach: attached, cancel: cancel, ready: make(chan struct{}), drained: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		defer cancel(nil)
		s.err = r.read(ctx, s)
		if cause := context.Cause(ctx); cause != nil && ctx.Err() != nil {
			s.err = errors.Join(cause, s.err)
		}
	}()
	return s
}

var (
	errSilent = errors.New("oco: the bot was silent for longer than two heartbeats")
	// errUnread ends an Attach: to read it no further would hold up the answers to
	// the very completions that wait.
	errUnread = errors.New("oco: the bot sends more than it granted and takes no completions")
)

// useless says that a stream was an Attach that a Subscribe may do better: it ended
// before its first frame, and not by a word of the bot or with the connection.
func (s *stream) useless() bool {
	if !s.attach || errors.Is(s.err, errUnread) {
		return s.attach
	}
	select {
	case <-s.ready:
		return false
	default:
	}
	why := reason(s.err)
	return why == "FEATURE_MISSING" || why == "" && (errors.Is(s.err, errSilent) || status.Code(s.err) != codes.Unavailable)
}

// dial opens a stream and returns what reads it.
func (r *replica) dial(ctx context.Context, s *stream) (receive func() (*ocov1.SubscribeResponse, error), err error) {
	req := &ocov1.SubscribeRequest{Replica: r.id, MaxInFlight: uint32(r.part.inFlight())}
	if s.attach {
		if s.calls, err = attach.Open(ctx, r.del, req, grpc.WaitForReady(true)); err != nil {
			return nil, err
		}
		return s.calls.Receive, nil
	}
	in, err := r.del.Subscribe(ctx, req, grpc.WaitForReady(true))
	if err != nil {
		return nil, err
	}
	return in.Recv, nil
}

// read reads a stream to its end. A bot that sends nothing, not even its
// heartbeat, is taken for gone, together with the connection.
func (r *replica) read(ctx context.Context, s *stream) error {
	conn := r.conn.current()
	limit := silence
	watch := time.AfterFunc(limit, func() {
		s.cancel(errSilent)
		if err := r.conn.replace(conn); err != nil {
			r.log.Warn("cannot replace the connection to the bot", "error", err)
		}
	})
	defer watch.Stop()
	receive, err := r.dial(ctx, s)
	if err != nil {
		return err
	}
	defer r.calls.CompareAndSwap(s.calls, nil)
	for first := true; ; first = false {
		resp, err := receive()
		if err != nil {
			return err
		}
		for _, f := range resp.GetFrames() {
			if ready := f.GetReady(); ready != nil {
				if d := ready.GetHeartbeatInterval().AsDuration(); d > 0 {
					limit = 2 * d
				}
				r.granted(int(ready.GetMaxInFlight()))
				r.lasts(0)
			}
			r.frame(ctx, s, f)
		}
		if first {
			r.calls.Store(s.calls)
			close(s.ready)
		}
		for r.out.waiting() > maxWaiting {
			if s.attach {
				return errUnread
			}
			if !pause(ctx, 10*time.Millisecond) {
				return ctx.Err()
			}
		}
		watch.Reset(limit)
	}
}

func (r *replica) granted(n int) {
	if n <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.limit = min(n, r.part.inFlight())
}

func (r *replica) frame(ctx context.Context, s *stream, f *ocov1.Frame) {
	switch k := f.GetKind().(type) {
	case *ocov1.Frame_Delivery:
		r.start(k.Delivery)
	case *ocov1.Frame_Query:
		r.part.query(ctx, k.Query)
	case *ocov1.Frame_Cancel:
		r.cancelled(k.Cancel)
	case *ocov1.Frame_Settled:
		r.part.settled(k.Settled)
	case *ocov1.Frame_SettingsChanged:
		r.crew.Do(r.settingsChanged)
	case *ocov1.Frame_Drain:
		r.lasts(k.Drain.GetGrace().AsDuration())
		select {
		case <-s.drained:
		default:
			close(s.drained)
		}
	}
}

// beatSoon asks for a heartbeat now: what is held is named after a reconnect.
func (r *replica) beatSoon() {
	select {
	case r.beat <- struct{}{}:
	default:
	}
}

// heartbeats names what is held every 10 s and cancels what is lost, until the
// replica ends.
func (r *replica) heartbeats() {
	next := heartbeatEvery
	var h heart
	for {
		t := time.NewTimer(next)
		select {
		case <-t.C:
		case <-r.beat:
			t.Stop()
		case <-r.life.Done():
			t.Stop()
			return
		}
		next = r.heartbeat(&h)
	}
}

// heart is what heartbeats have met since one was answered.
type heart struct {
	unheard   bool // the bot was not reached with what is held, and that was said
	forgotten bool // the bot did not know the replica, which has registered since
}

// heartbeat returns when the next one is due. That the bot is away is said once, and
// by the stream if nothing runs.
func (r *replica) heartbeat(h *heart) time.Duration {
	generation := r.registrations()
	req := &ocov1.HeartbeatRequest{Replica: r.id}
	r.mu.Lock()
	for id, l := range r.leases.held {
		req.Held = append(req.Held, &ocov1.HeldLease{DeliveryId: l.wire.GetDeliveryId(), LeaseId: id})
	}
	r.mu.Unlock()
	call, cancel := context.WithTimeout(r.life, heartbeatEvery)
	defer cancel()
	resp, err := carry(call, r, req, (*attach.Stream).Heartbeat, r.del.Heartbeat)
	again := r.after(r.life, err, generation)
	if err != nil {
		if again && h.forgotten {
			select {
			case <-r.beat: // not at once: a bot that forgets each time is not asked without a pause
			default:
			}
		}
		h.forgotten = again
		if r.life.Err() == nil && !again {
			level := slog.LevelDebug
			if len(req.GetHeld()) > 0 && !h.unheard {
				level, h.unheard = slog.LevelWarn, true
			}
			r.log.Log(r.life, level, "cannot tell the bot that deliveries still run here; trying again", "held", len(req.GetHeld()), "error", err)
		}
		return mathrand.N(2 * time.Second)
	}
	*h = heart{}
	r.mu.Lock()
	for _, id := range resp.GetLostLeaseIds() {
		if l := r.leases.held[id]; l != nil && !l.over { // else its verdict tells
			about(r.log, l.wire).Warn("the lease of a delivery is lost")
			l.cancel(ErrLeaseLost)
			r.leases.drop(l)
		}
	}
	r.mu.Unlock()
	if d := resp.GetNext().AsDuration(); d > 0 {
		return min(d, heartbeatEvery)
	}
	return heartbeatEvery
}
