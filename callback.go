package oco

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/codec"
)

const (
	defaultInFlight = 16
	defaultMaxRun   = time.Minute
	maxLogText      = 4 << 10
)

// call is one run of one callback, from the delivery to its final completion.
type call struct {
	wire   *ocov1.Delivery
	client *Client
	out    *completer
	flush  *flusher
	logger *slog.Logger // of the plugin
	route  *route       // nil if this replica has none for it
	cancel context.CancelCauseFunc
	run    *time.Timer // ends the callback after max_run

	mu          sync.Mutex
	queued      []*ocov1.Send
	queuedBytes int
	number      int
	keys        map[string]bool
	unsent      int // replies that the bot did not take yet
	unsentBytes int
	problem     error // replies that could not be taken
	// What the bot did not take because the lease is lost, for the final completion.
	left      []*ocov1.Send
	leftBytes int
	// Replies leave in batches: how many left, how many were judged, from which
	// on they were refused and why. verdict is closed at the next, if any waits.
	flushed, judged, refused int
	refusal                  error
	verdict                  chan struct{}
	transaction              Transaction
	ended                    bool
	final                    func() // completes the delivery when all that left is judged
}

// Bot returns a client with the handler's own key, for everything that is not
// this delivery.
func (c *call) Bot() *Client { return c.client }

// Log returns a logger that names the delivery, its route and its trace.
func (c *call) Log() *slog.Logger {
	return about(c.logger, c.wire).With("route", c.wire.GetRoute())
}

// TraceID returns the trace id of the event behind the context of a callback or
// of an adapter's operation: 32 hexadecimal digits, "" for any other context. The
// bot, the adapter and every handler log it as "trace", and `oco show` prints it.
func TraceID(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}

type traceKey struct{}

// traceOf is the trace id in a W3C trace context, "" if it is none.
func traceOf(traceparent string) string {
	const begin, end, whole = 3, 35, 55 // VERSION-TRACE-SPAN-FLAGS
	if len(traceparent) != whole {
		return ""
	}
	return traceparent[begin:end]
}

// about is the logger of what concerns a delivery or an operation.
func about(log *slog.Logger, d *ocov1.Delivery) *slog.Logger {
	log = log.With("delivery", d.GetDeliveryId())
	if trace := traceOf(d.GetTraceparent()); trace != "" {
		log = log.With("trace", trace)
	}
	return log
}

// traced is a log handler that adds the trace of the context, so that
// slog.InfoContext in a callback names it.
type traced struct {
	slog.Handler
	named bool // the trace is among the attributes already
}

func (h traced) Handle(ctx context.Context, r slog.Record) error {
	if trace := TraceID(ctx); trace != "" && !h.named {
		r = r.Clone()
		r.AddAttrs(slog.String("trace", trace))
	}
	return h.Handler.Handle(ctx, r)
}

func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler {
	named := h.named || slices.ContainsFunc(attrs, func(a slog.Attr) bool { return a.Key == "trace" })
	return traced{h.Handler.WithAttrs(attrs), named}
}

func (h traced) WithGroup(name string) slog.Handler {
	return traced{h.Handler.WithGroup(name), h.named}
}

// logLines makes the program log one JSON object a line, which the bot that
// started it takes apart, as log collectors do. A person at a terminal, and an
// author who has chosen another default, keep theirs.
func logLines(stderr *os.File, child bool) {
	if fmt.Sprintf("%T", slog.Default().Handler()) != "*slog.defaultHandler" {
		return
	}
	if info, err := stderr.Stat(); !child && err == nil && info.Mode()&os.ModeCharDevice != 0 {
		return
	}
	slog.SetDefault(slog.New(traced{Handler: slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug})}))
}

// bound ends the callback after d, counted from now.
func (c *call) bound(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	if c.run != nil {
		c.run.Stop()
	}
	c.run = time.AfterFunc(d, func() { c.cancel(ErrMaxRun) })
}

// flushLocked sends what is queued as progress, with extend if that is not nil.
// wait, if not nil, gets the verdict. It reports whether there was something to
// send. The caller holds mu, which keeps the order.
func (c *call) flushLocked(extend *durationpb.Duration, wait chan<- error) bool {
	c.flush.forget(c)
	if len(c.queued) == 0 && extend == nil {
		return false
	}
	wire := &ocov1.Completion{
		DeliveryId: c.wire.GetDeliveryId(), LeaseId: c.wire.GetLeaseId(), Sends: c.queued,
		Kind: &ocov1.Completion_Progress{Progress: &ocov1.Progress{Extend: extend}},
	}
	n, bytes := len(c.queued), c.queuedBytes
	c.queued, c.queuedBytes = nil, 0
	c.flushed++
	batch := c.flushed
	c.out.add(wire, func(err error) {
		c.committed(n, bytes)
		switch {
		case errors.Is(err, ErrLeaseLost):
			c.leave(wire.GetSends(), bytes)
			c.cancel(ErrLeaseLost)
		case err != nil && n > 0:
			c.spoil(fmt.Errorf("what was replied was not taken: %w", err))
		}
		c.judge(batch, err)
		if wait != nil {
			wait <- err
		}
	})
	return true
}

func (c *call) committed(n, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsent -= n
	c.unsentBytes -= bytes
}

// leave keeps replies that were refused with the lease for the final completion, which
// the bot may take all the same: then nothing is missing that was said before it.
func (c *call) leave(sends []*ocov1.Send, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = append(c.left, sends...)
	c.leftBytes += bytes
}

// takeUpLocked puts what was left before what is queued. The caller holds mu.
func (c *call) takeUpLocked() {
	if n := len(c.left) + len(c.queued); n > maxSends || c.leftBytes+c.queuedBytes > maxBatchBytes {
		c.problem = errors.Join(c.problem, fmt.Errorf("%d replies are left, which are too many for one completion: %w", n, ErrLeaseLost))
	} else if len(c.left) > 0 {
		c.queued = append(c.left, c.queued...)
	}
	c.left = nil
}

// spoil fails the delivery when the callback returns.
func (c *call) spoil(problem error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problem = errors.Join(c.problem, problem)
}

// judge notes what the bot said of a batch of replies.
func (c *call) judge(batch int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.judged = max(c.judged, batch)
	if err != nil && c.refusal == nil {
		c.refusal, c.refused = err, batch
	}
	if c.verdict != nil {
		close(c.verdict)
		c.verdict = nil
	}
	if final := c.final; final != nil && c.judged == c.flushed {
		c.final = nil
		final()
	}
}

// finish completes the delivery with what the callback returned, once the bot has
// judged what was replied before: a reply that it did not take fails the delivery.
func (c *call) finish(err error, settled func(error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.flush.forget(c)
	if c.run != nil {
		c.run.Stop()
	}
	if c.judged < c.flushed {
		c.final = func() { c.completeLocked(err, settled) }
		return
	}
	c.completeLocked(err, settled)
}

// completeLocked sends the final completion. The caller holds mu.
func (c *call) completeLocked(err error, settled func(error)) {
	c.takeUpLocked()
	transact, problem := c.transaction.message()
	if c.problem = errors.Join(c.problem, problem); c.problem != nil {
		err = Permanent(errors.Join(c.problem, err))
	}
	wire := &ocov1.Completion{DeliveryId: c.wire.GetDeliveryId(), LeaseId: c.wire.GetLeaseId(), Sends: c.queued}
	if c.queued != nil {
		c.queued = nil
		c.flushed++
		batch, inner := c.flushed, settled
		settled = func(err error) {
			c.judge(batch, err)
			inner(err)
		}
	}
	repeatable := c.wire.GetRunPolicy() == ocov1.RunPolicy_RUN_POLICY_REPEATABLE
	if err == nil {
		wire.Kind = &ocov1.Completion_Done{Done: &ocov1.Done{Transact: transact}}
	} else {
		judge(wire, err, repeatable)
		c.tellFailure(err, wire.GetRetry() != nil)
	}
	c.out.push(&completion{wire: wire, size: codec.Size(wire) + 8, settled: settled, again: repeatable})
}

// tellFailure logs why the callback failed, and where the author finds it.
func (c *call) tellFailure(err error, retry bool) {
	if panicked, is := errors.AsType[*panicError](err); is {
		c.Log().Error("the callback panicked", "error", c.route.says(err), "stack", panicked.stack, "retry", retry)
		return
	}
	c.Log().Warn("the callback failed", "error", c.route.says(err), "retry", retry)
}

// judge makes an error the kind of the completion: retry where the callback
// asked for it or the route is repeatable, else fail.
func judge(wire *ocov1.Completion, err error, repeatable bool) {
	tell, isTell := errors.AsType[*tellError](err)
	_, isPermanent := errors.AsType[*permanentError](err)
	retry, isRetry := errors.AsType[*retryError](err)
	switch {
	case isRetry:
		wire.Kind = &ocov1.Completion_Retry{Retry: &ocov1.Retry{
			Delay: durationpb.New(retry.delay), Reason: cut(valid(err.Error()), maxLogText),
		}}
	case repeatable && !isTell && !isPermanent:
		wire.Kind = &ocov1.Completion_Retry{Retry: &ocov1.Retry{Reason: cut(valid(err.Error()), maxLogText)}}
	default:
		fail := failure(err)
		if isTell {
			fail.Fail.UserText = cut(valid(tell.text), maxText)
		}
		wire.Kind = fail
	}
}

func failure(err error) *ocov1.Completion_Fail {
	return &ocov1.Completion_Fail{Fail: &ocov1.Fail{
		Error: &spb.Status{Code: int32(codes.Unknown), Message: cut(valid(err.Error()), maxLogText)},
	}}
}

// cut shortens a text visibly to at most limit bytes.
func cut(s string, limit int) string {
	const mark = " [cut]"
	if len(s) <= limit {
		return s
	}
	end := limit - len(mark)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + mark
}

// handlerPart is the side of a replica that runs the callbacks of a handler.
type handlerPart struct {
	h      *Handler
	r      *replica
	client *Client
	flush  flusher

	mu     sync.Mutex
	routes map[string]offered // by the name that the bot gave
}

// An offered route is one that the bot took.
type offered struct {
	*route
	definition string
}

func (h *Handler) part(r *replica) part {
	return &handlerPart{h: h, r: r, client: newClient(r.conn)}
}

func (p *handlerPart) inFlight() int { return p.h.maxInFlight }

func (p *handlerPart) registered(_ context.Context, resp *ocov1.RegisterResponse) error {
	routes, declared := map[string]offered{}, p.h.current().routes
	for i, result := range resp.GetRoutes() {
		if i >= len(declared) {
			return fmt.Errorf("oco: the bot judged %d routes, the handler has %d", len(resp.GetRoutes()), len(declared))
		}
		if e := result.GetError(); e != nil {
			p.r.log.Error("the bot does not take a route", "route", result.GetRoute(), "error", declared[i].says(errors.New(e.GetMessage())))
			continue
		}
		routes[result.GetRoute()] = offered{declared[i], result.GetDefinitionId()}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.routes = routes
	return nil
}

// serve has nothing to do: deliveries come by the stream.
func (p *handlerPart) serve(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

func (p *handlerPart) outdated(d *ocov1.Delivery) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, there := p.routes[d.GetRoute()]
	return there && d.GetDefinitionId() != "" && d.GetDefinitionId() != now.definition
}

func (p *handlerPart) deliver(ctx context.Context, t *lease) {
	c := &call{
		wire: t.wire, client: p.client, out: p.r.out, flush: &p.flush, logger: p.r.log, cancel: t.cancel,
	}
	p.mu.Lock()
	rt := p.routes[t.wire.GetRoute()].route
	p.mu.Unlock()
	c.route = rt
	c.bound(maxRun(t.wire))
	p.r.crew.Do(func() {
		defer t.ended()
		c.finish(p.invoke(ctx, c, rt), t.settled)
	})
}

func maxRun(d *ocov1.Delivery) time.Duration {
	if m := d.GetMaxRun().AsDuration(); m > 0 {
		return m
	}
	return defaultMaxRun
}

// invoke calls the callback. A panic is an error, with its stack for the log.
func (p *handlerPart) invoke(ctx context.Context, c *call, rt *route) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = Permanent(&panicError{value: v, where: panicked(), stack: string(debug.Stack())})
		}
	}()
	e := c.wire.GetEvent()
	switch {
	case rt != nil && rt.message != nil && e.GetMessage() != nil:
		return rt.message(ctx, &Message{delivery: delivery{c.wire}, call: c, arguments: arguments{c.wire.GetMatch().GetArguments(), rt}})
	case rt != nil && rt.event != nil && e != nil && e.GetMessage() == nil:
		return rt.event(ctx, &Event{delivery: delivery{c.wire}, call: c})
	}
	err = Permanent(fmt.Errorf("this replica has no route %q for such an event", c.wire.GetRoute()))
	if p.h.fromSettings && rt == nil {
		// It was on its way when the settings changed.
		err = Tell("that was taken away just now.", err)
	}
	return err
}

func (p *handlerPart) query(context.Context, *ocov1.Query) {}
func (p *handlerPart) settled(*ocov1.Settled)              {}
