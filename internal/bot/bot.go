package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/engine"
	"github.com/openchatops/oco/internal/gateway"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/rpc"
	"github.com/openchatops/oco/internal/store/pebblestore"
	"github.com/openchatops/oco/internal/supervise"
)

// A Bot runs.
type Bot struct {
	o        Options
	log      *slog.Logger
	dir      *directory // nil with Guests
	store    *pebblestore.Store
	engine   *engine.Engine
	keys     *plugin.Keys
	registry *plugin.Registry
	people   *authz.Authz
	core     *rpc.Core
	children *supervise.Supervisor // nil with Guests
	current  atomic.Pointer[setup]
	in       *intake.Intake
	servers  []*rpc.Server
	http     *gateway.Gateway
	// certificate is what remote plugins see, nil without TLS; remote is what
	// they dial, empty if nothing listens.
	certificate *certificate
	remote      string
	url         string // of the HTTP port, for who is on this machine; empty without
	guests      *guestList
	ready       *readiness
	metrics     *metrics
	unheard     unheard
	reserve     []byte        // see reserveSize
	turn        chan struct{} // whoever changes what runs holds it
	halted      context.Context
	halt        context.CancelFunc // ends waiting for work when the bot stops
	stopping    atomic.Bool
	settled     atomic.Bool // the start is over: see settleIn
	began       time.Time

	ended  chan struct{} // closed when the bot is to end
	once   sync.Once
	code   int
	stop   sync.Once
	failed chan error // the store failed

	mu      sync.Mutex
	running map[string]running // processes by name
}

// Start builds a bot and runs it. It returns when the bot listens and its
// plugins are being started; its errors are for people. ctx bounds the start
// only.
func Start(ctx context.Context, o Options) (*Bot, error) {
	now, err := newSetup(o, o.Config)
	if err != nil {
		return nil, err
	}
	b := &Bot{
		o: o, log: o.Log, running: map[string]running{}, turn: make(chan struct{}, 1),
		ended: make(chan struct{}), failed: make(chan error, 1), guests: newGuestList(), ready: newReadiness(), reserve: newReserve(), began: time.Now(),
	}
	b.current.Store(now)
	b.halted, b.halt = context.WithCancel(context.Background())
	b.metrics = newMetrics(b)
	if err := b.open(ctx); err != nil {
		return nil, errors.Join(err, b.close())
	}
	err = b.run()
	b.turn <- struct{}{} // whoever asked for a reload since has waited for the start
	if err != nil {
		b.Stop(ctx)
		return nil, err
	}
	return b, nil
}

// open opens the store and everything that stands on it.
func (b *Bot) open(ctx context.Context) error {
	c := b.o.Config
	st, err := openStore(c, b.o.Guests, b.log, b.fatal)
	if err != nil {
		return err
	}
	b.store = st
	if !b.o.Guests {
		if b.dir, err = openDirectory(c.Data, b.log); err != nil {
			return err
		}
	}
	if b.keys, err = plugin.LoadKeys(st, b.put, time.Now); err != nil {
		return err
	}
	claims, err := plugin.LoadClaims(st, time.Now)
	if err != nil {
		return err
	}
	if b.registry, err = plugin.LoadRegistry(st, b.registryOptions(c)); err != nil {
		return err
	}
	b.people = people(c, claims)
	b.engine, err = engine.Open(st, engine.Options{
		Delivery: deliveryOptions(b.o), Kept: kept(c), Log: b.log, Report: b.report, Fatal: func(err error) { b.fatal("%v", err) },
	})
	if err != nil {
		return err
	}
	if err := b.pauses(ctx); err != nil {
		return err
	}
	b.in = intake.New(intake.Options{
		Engine: b.engine, Table: b.registry.Table, Rules: intakeRules(c), Records: desk{b}, Control: desk{b}, Held: b.held,
		Directory: desk{b}, Slow: b.slow, Unheard: b.noteUnheard, People: b.people, Claims: claims, Claimed: func(user string) { b.people.SetClaims(claims.Confirm(user)) },
		Self: self(b.registry), Ready: b.settleIn, IDs: delivery.NewIDs(b.engine.Ran()),
	})
	b.core, err = rpc.New(rpc.Options{
		Engine: b.engine, Store: st, Intake: b.in, Keys: b.keys, Registry: b.registry, Authority: b.people, Claims: claims,
		Processes: b.standing, Control: b, State: func() (bool, []string) { return !b.stopping.Load(), b.warnings() }, Endpoint: b.endpoint, Ready: b.settleIn,
		Native: native(st), Name: c.Name, Version: b.o.Version, Account: accountNumber, Adapter: c.Adapter.Name,
		Without: b.o.Without, Refused: b.refused, Log: b.log,
	})
	if err != nil {
		return err
	}
	now := b.current.Load()
	b.core.SetWords(now.words())
	for _, name := range slices.Sorted(maps.Keys(now.manifests)) {
		if err := b.declare(ctx, name, now.manifests[name]); err != nil {
			return err
		}
	}
	return nil
}

// config is the configuration that holds.
func (b *Bot) config() *config.Config { return b.current.Load().config }

// put makes rows durable through the one commit loop.
func (b *Bot) put(ctx context.Context, writes []delivery.Write) error {
	_, err := b.engine.Do(ctx, delivery.Put{Writes: writes})
	return err
}

// pauses tells the state machine what is paused, from before or by the
// configuration.
func (b *Bot) pauses(ctx context.Context) error {
	all := b.registry.Pauses()
	for _, h := range b.o.Config.Handlers {
		if h.Paused && !slices.ContainsFunc(all, func(p delivery.Pause) bool { return p.Plugin == h.Name }) {
			all = append(all, delivery.Pause{Plugin: h.Name, Paused: true})
		}
	}
	for _, p := range all {
		if _, err := b.engine.Do(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// run opens the listeners and starts the plugins.
func (b *Bot) run() error {
	if b.o.Guests {
		return b.serveAlways(b.guests, rpc.Door{}, nil)
	}
	// First, because whoever comes in asks for it.
	b.children = supervise.New(supervise.Options{
		Log: b.log, OnExit: b.exited, OnBroken: b.broken, Instance: b.dir.data, Launcher: []string{b.o.Executable, "launch"},
		ReadyWithin: b.o.Config.Limits.ReadyTimeout, StopGrace: b.o.Config.Limits.StopGrace,
	})
	if err := b.listen(); err != nil {
		return err
	}
	if n, err := b.children.KillLeftovers(); err != nil {
		b.log.Warn("processes that an earlier bot left behind could not be ended", "error", err)
	} else if n > 0 {
		b.log.Warn("processes that an earlier bot left behind were ended", "count", n)
	}
	if err := b.children.StartGuard(b.o.Executable, "guard"); err != nil {
		b.log.Warn("no guard: what plugins start may outlive a bot that is killed", "error", err)
	}
	for _, p := range b.current.Load().processes {
		if err := b.start(p); err != nil {
			return err
		}
	}
	return nil
}

// gone says that the processes of these plugins have ended: all that they held
// is lost.
func (b *Bot) gone(plugins ...string) {
	for _, name := range plugins {
		b.ready.forget(name)
		if _, err := b.engine.Do(context.Background(), delivery.Gone{Replica: delivery.Replica{Plugin: name}}); err != nil && !errors.Is(err, engine.ErrStopped) {
			b.log.Error("the end of a plugin could not be taken", "plugin", name, "error", err)
		}
	}
}

// fatal ends the process: what cannot store never acknowledges (OCO-STO-1).
func (b *Bot) fatal(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	select {
	case b.failed <- err:
	default:
	}
	if b.o.Guests {
		b.log.Error("the store failed", "error", err)
		return
	}
	fatalExit(b.log, err)
}

// end asks the bot to end with a code; the first one counts.
func (b *Bot) end(code int) {
	b.once.Do(func() {
		b.code = code
		close(b.ended)
	})
}

// Ended is closed when the bot wants to end by itself: the terminal adapter has
// ended. Stop is still to be called.
func (b *Bot) Ended() <-chan struct{} { return b.ended }

// Wait waits until the bot wants to end, or Stop was called, and returns the
// exit code.
func (b *Bot) Wait() int {
	<-b.ended
	return b.code
}

// Dial opens a connection to a bot with Guests.
func (b *Bot) Dial(ctx context.Context) (net.Conn, error) { return b.guests.dial(ctx) }

// Guest makes a plugin of the configuration one that runs in this process: it
// gets a key, and counts as a child of the bot until gone is called.
func (b *Bot) Guest(name string) (key string, gone func()) {
	key, revoke := b.keys.Launch(name, b.current.Load().role(name), nil)
	return key, func() {
		revoke()
		b.gone(name)
	}
}

// WaitReady waits until a plugin is registered and takes deliveries; the adapter, until
// it can be asked as well.
func (b *Bot) WaitReady(ctx context.Context, name string) error {
	if err := b.ready.wait(ctx, name); err != nil || name != b.config().Adapter.Name {
		return err
	}
	return b.core.AwaitAdapter(ctx)
}
