package oco

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/attach"
	"github.com/openchatops/oco/internal/crew"
)

const (
	heartbeatEvery = 10 * time.Second
	// silence is how long the bot may send nothing: two heartbeats missed.
	silence = 2 * heartbeatEvery
	// botLast is what callbacks have at most to end and to say so before a bot that
	// stops ends them.
	botLast = 7 * time.Second
	// flushGrace is how long the last completions may take when a process stops.
	flushGrace  = 10 * time.Second
	keysAllowed = 3
	// keptIdle is how many goroutines wait at most for the next callback.
	keptIdle = 64
)

// errFinished ends a replica that has nothing left to do.
var errFinished = errors.New("finished")

// part is what differs between a handler and an adapter.
type part interface {
	inFlight() int
	// registered is called after each registration, before deliveries come.
	registered(ctx context.Context, resp *ocov1.RegisterResponse) error
	// serve runs while deliveries are taken and finished, until ctx ends.
	serve(ctx context.Context) error
	// outdated says that a delivery matched what the part has changed meanwhile.
	outdated(d *ocov1.Delivery) bool
	// deliver starts a delivery. It does not block, and is called in the order of
	// the stream. The part calls t.ended once the callback returned; its final
	// completion has t.settled.
	deliver(ctx context.Context, t *lease)
	query(ctx context.Context, q *ocov1.Query)
	settled(s *ocov1.Settled)
	// resettle calls take, which makes settings those that count, and says true. If
	// it cannot change now, it does not and says false.
	resettle(take func()) bool
}

// replica is this process as one plugin. What it holds outlives streams and
// connections.
type replica struct {
	name  string
	id    string
	conn  keyed
	grace time.Duration
	log   *slog.Logger
	bot   ocov1.BotServiceClient
	del   ocov1.DeliveryServiceClient
	part  part
	what  Plugin
	out   *completer

	life context.Context // ends when the replica ends, after draining
	end  context.CancelCauseFunc
	stop func() // begins its end in order

	attaches atomic.Bool                   // the bot serves Attach
	calls    atomic.Pointer[attach.Stream] // what carries calls, if there is one

	registering chan struct{} // has a value while somebody registers
	generation  int           // of registrations, guarded by mu

	mu       sync.Mutex
	leases   leases
	limit    int // of callbacks at once
	running  int
	stopping bool
	quiet    chan struct{} // closed when stopping and nothing runs
	botEnds  time.Time     // when a bot that stops takes nothing more; zero: it does not stop
	botGrace time.Duration // what it had then
	refusals int           // of the key, in a row
	outdated bool          // it leaves because its settings have changed

	beat chan struct{} // asks for a heartbeat now

	crew *crew.Crew // runs callbacks
}

func newReplica(p Plugin, l *link, o Options) *replica {
	conn := keyed{l, o.key(p)}
	r := &replica{
		name: p.Name(), id: o.Replica, conn: conn, grace: o.Grace, log: o.Log.With("plugin", p.Name()),
		bot: ocov1.NewBotServiceClient(conn), del: ocov1.NewDeliveryServiceClient(conn), what: p,
		leases: newLeases(), quiet: make(chan struct{}), beat: make(chan struct{}, 1), registering: make(chan struct{}, 1),
	}
	r.out = newCompleter(r.log, 0, r.complete)
	r.out.about = r.aboutDelivery
	r.part = p.part(r)
	r.limit = r.part.inFlight()
	return r
}

// run is the life of the replica: it registers, takes deliveries until soft
// ends, finishes what runs and returns.
func (r *replica) run(soft context.Context, kill <-chan struct{}) error {
	r.life, r.end = context.WithCancelCause(context.WithoutCancel(soft))
	r.crew = crew.New(r.life, keptIdle)
	defer r.end(nil)
	soft, leave := context.WithCancel(soft)
	defer leave()
	r.stop = leave
	stopKill := make(chan struct{})
	defer close(stopKill)
	var work sync.WaitGroup
	work.Go(func() {
		select {
		case <-kill:
			r.end(ErrKilled)
		case <-r.life.Done():
		case <-stopKill:
		}
		leave()
	})
	work.Go(r.mistrust)
	if err := r.register(soft, 0); err != nil {
		told := r.life.Err() == nil && soft.Err() != nil && errors.Is(err, soft.Err())
		r.end(err)
		work.Wait()
		if told {
			return nil
		}
		return context.Cause(r.life)
	}
	serveCtx, stopServing := context.WithCancel(r.life)
	defer stopServing()
	served := make(chan error, 1)
	go func() {
		err := r.part.serve(serveCtx)
		served <- err
		if err != nil {
			r.end(err)
		}
		leave()
	}()
	work.Go(func() { r.out.run(r.life) })
	work.Go(r.heartbeats)
	r.subscribe(soft)
	r.drain()
	stopServing()
	// A part that does not return when it is told to is left behind.
	late := time.NewTimer(flushGrace)
	defer late.Stop()
	select {
	case <-served:
	case <-late.C:
		r.log.Error("the adapter's Run did not return after its context ended")
	case <-kill:
	}
	flush, cancel := context.WithTimeout(r.life, flushGrace)
	if !r.out.drained(flush) && r.life.Err() == nil {
		r.log.Error("the bot did not take the last completions; their deliveries end unknown")
	}
	cancel()
	r.end(r.finished())
	work.Wait()
	if cause := context.Cause(r.life); !errors.Is(cause, errFinished) {
		return cause
	}
	return nil
}

// finished is why a replica has ended whose work is done.
func (r *replica) finished() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.outdated {
		return ErrSettingsChanged
	}
	return errFinished
}

// mistrust ends a replica that never was with its bot and finds something else at
// the endpoint. One that was waits for the bot to come back: what it holds can
// still be finished then.
func (r *replica) mistrust() {
	doubt := r.conn.doubt
	select {
	case <-doubt.told:
	case <-r.life.Done():
		return
	}
	if r.registrations() == 0 {
		r.end(doubt.err)
		return
	}
	r.log.Error("the bot is out of reach; trying again", "error", doubt.err)
}

// drain waits for what runs, then for its cancellation.
func (r *replica) drain() {
	r.mu.Lock()
	r.stopping = true
	r.checkQuietLocked()
	r.mu.Unlock()
	grace := time.NewTimer(r.patience())
	defer grace.Stop()
	select {
	case <-r.quiet:
		return
	case <-r.life.Done():
		return
	case <-grace.C:
	}
	r.mu.Lock()
	r.log.Warn("callbacks still run at the end of the grace; they are cancelled", "running", r.running)
	for _, l := range r.leases.held {
		l.cancel(ErrStopping)
	}
	r.mu.Unlock()
	last := time.NewTimer(flushGrace)
	defer last.Stop()
	select {
	case <-r.quiet:
	case <-r.life.Done():
	case <-last.C:
		r.log.Error("callbacks do not end though they were cancelled; their deliveries end unknown")
	}
}

// lasts notes how long a bot that stops still takes completions; 0: it does not stop.
func (r *replica) lasts(grace time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.botGrace, r.botEnds = grace, time.Time{}
	if grace > 0 {
		r.botEnds = time.Now().Add(grace)
	}
}

// patience is how long callbacks may go on in a process that stops. If its bot stops
// too, and then ends what it started, they are cancelled while there is time to say so:
// a quarter of the bot's grace before its end, but not more than botLast.
func (r *replica) patience() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := time.Until(r.botEnds)
	if left <= 0 {
		return r.grace
	}
	return min(r.grace, max(left-min(r.botGrace/4, botLast), 0))
}

func (r *replica) checkQuietLocked() {
	if r.stopping && r.running == 0 {
		select {
		case <-r.quiet:
		default:
			close(r.quiet)
		}
	}
}

// register registers unless somebody did since generation seen. It repeats
// until the bot answers; an error says that it never will.
func (r *replica) register(ctx context.Context, seen int) error {
	select {
	case r.registering <- struct{}{}:
	case <-ctx.Done(): // while another waits for a bot that is away
		return ctx.Err()
	}
	defer r.registered()
	if r.registrations() > seen {
		return nil
	}
	return r.registerAnew(ctx)
}

func (r *replica) registered() { <-r.registering }

// registerAnew registers whoever did before. The caller holds registering.
func (r *replica) registerAnew(ctx context.Context) error {
	var b backoff
	hurried := r.registrations() == 0
	for {
		err := r.registerOnce(ctx, !hurried)
		if err == nil {
			r.mu.Lock()
			r.generation++
			r.mu.Unlock()
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.judged(err); err != nil {
			return err
		}
		if _, isStatus := status.FromError(err); !isStatus || !transient(err) {
			return fmt.Errorf("oco: the bot does not register the plugin %s: %w", r.name, worded{err})
		}
		r.log.Warn("cannot register with the bot; trying again", "error", outOfReach(err))
		if hurried { // who started it learns at once that nobody is there
			hurried = false
			continue
		}
		if !b.sleep(ctx) {
			return ctx.Err()
		}
	}
}

// registerOnce registers. wait lets it wait for a bot that is away.
func (r *replica) registerOnce(ctx context.Context, wait bool) error {
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	// What an adapter is depends on its settings, and what a handler takes may: they
	// come first.
	handler, _ := r.what.(*Handler)
	depends := handler == nil || handler.fromSettings
	first := depends && (handler != nil || !r.what.declared().settled())
	for {
		manifest := r.what.manifest()
		if first {
			manifest = &ocov1.Manifest{Settings: manifest.GetSettings()}
		}
		resp, err := r.bot.Register(call, &ocov1.RegisterRequest{Manifest: manifest, Replica: r.id, SettingsOnly: first}, grpc.WaitForReady(wait))
		if err != nil {
			return err
		}
		r.accepted()
		changed, err := r.settle(call, manifest, resp.GetSettings())
		if err != nil {
			return err
		}
		if first || depends && changed {
			first = false
			continue
		}
		r.attaches.Store(slices.Contains(resp.GetBot().GetFeatures(), attach.Feature))
		return r.part.registered(call, resp)
	}
}

// settle takes the settings that the bot gave. changed says that they count now
// and did not before.
func (r *replica) settle(ctx context.Context, manifest *ocov1.Manifest, given []*ocov1.Argument) (changed bool, err error) {
	d := r.what.declared()
	if d == nil || d.is(given) {
		return false, nil
	}
	take, refused := d.offer(given)
	if refused != nil {
		_, err := r.bot.Register(ctx, &ocov1.RegisterRequest{
			Manifest: manifest, Replica: r.id, SettingsOnly: true, SettingsProblems: problemsOf(refused),
		}, grpc.WaitForReady(true))
		if err == nil {
			err = fmt.Errorf("the plugin does not take its settings: %w", refused)
		}
		return false, err
	}
	if !r.part.resettle(take) {
		r.mu.Lock()
		r.outdated = true
		r.mu.Unlock()
		r.stop()
		return false, nil
	}
	d.set(given)
	return true, nil
}

// settingsChanged asks for the new settings. A replica that does not get them, or
// does not take them, goes on with those that it has.
func (r *replica) settingsChanged() {
	select {
	case r.registering <- struct{}{}:
	case <-r.life.Done():
		return
	}
	defer r.registered()
	switch err := r.registerAnew(r.life); {
	case err == nil || r.life.Err() != nil:
	case reason(err) == "SETTINGS_INVALID":
		r.log.Error("the new settings are refused; going on with those before", "error", err)
	default:
		r.end(err)
	}
}

func (r *replica) registrations() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.generation
}

// judged counts refusals of the key in a row: the third is the end.
func (r *replica) judged(err error) error {
	if status.Code(err) != codes.Unauthenticated {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refusals++; r.refusals < keysAllowed {
		return nil
	}
	return fmt.Errorf("%w of the plugin %s (%s): make a new one with `oco key new %s`, or check that the endpoint is the right bot", ErrKey, r.name, status.Convert(err).Message(), r.name)
}

func (r *replica) accepted() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refusals = 0
}

// after looks at the error of a call: it registers again if the bot has
// forgotten the replica, and ends the replica if it can never go on. It reports
// whether the call may be repeated at once.
func (r *replica) after(ctx context.Context, err error, generation int) bool {
	switch {
	case err == nil:
		r.accepted()
	case reason(err) == "REPLICA_NOT_FOUND":
		if err := r.register(ctx, generation); err != nil {
			if ctx.Err() == nil {
				r.end(err)
			}
			return false
		}
		r.beatSoon()
		return true
	case reason(err) == "EPOCH_FENCED":
		r.end(fmt.Errorf("%w: %w", ErrFenced, err))
	default:
		if err := r.judged(err); err != nil {
			r.end(err)
		}
	}
	return false
}

// complete sends one batch of completions once.
func (r *replica) complete(ctx context.Context, batch []*ocov1.Completion) ([]*ocov1.CompletionResult, error) {
	generation := r.registrations()
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	resp, err := carry(call, r, &ocov1.CompleteRequest{Replica: r.id, Completions: batch}, (*attach.Stream).Complete, r.del.Complete)
	r.after(ctx, err, generation)
	return resp.GetResults(), err
}

// carry makes a call over the stream that carries calls. If there is none, or it
// has no answer, the call is made by itself.
func carry[Req, Res any](ctx context.Context, r *replica, req Req,
	attached func(*attach.Stream, context.Context, Req) (Res, error), alone func(context.Context, Req, ...grpc.CallOption) (Res, error),
) (Res, error) {
	if s := r.calls.Load(); s != nil {
		if res, err := attached(s, ctx, req); !errors.Is(err, attach.ErrGone) {
			return res, err
		}
	}
	return alone(ctx, req, grpc.WaitForReady(true))
}
