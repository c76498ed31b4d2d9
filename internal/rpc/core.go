package rpc

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/engine"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/store"
)

// Engine commits inputs of the state machine.
type Engine interface {
	Do(ctx context.Context, in delivery.Input) (any, error)
	Add(s engine.Sink) delivery.Sink
	Remove(id delivery.Sink)
	// Forget takes a person out of everything that has ended. It may take long.
	Forget(ctx context.Context, person delivery.Person, room func(payload []byte) (string, error), writes []delivery.Write) (delivery.Erased, error)
	// Kept says how many records are kept. It does not block.
	Kept() engine.Standing
}

// Intake takes events in. Publish may change the request.
type Intake interface {
	Publish(ctx context.Context, from delivery.Replica, req *ocov1.PublishEventsRequest, completions []delivery.Completion) (*ocov1.PublishEventsResponse, []delivery.Verdict, []intake.EventError, error)
	Retry(ctx context.Context, deliveryID, by string) (newID string, err error)
	// Explain says what would become of a message, in the bot's own ids. Nothing does.
	Explain(ctx context.Context, account uint32, e *ocov1.Event) (*ocov1.MatchMessageResponse, error)
	// Posting is told the trace of every message that goes to the adapter.
	Posting(trace string)
}

// Authority decides who may use a route.
type Authority interface {
	Groups(userID string) []string
	Decide(userID string, rule authz.Rule) authz.Decision
}

// Claims mints codes that make an operator of who says them.
type Claims interface {
	CreateClaim() (code string, validFor time.Duration, err *chat.Error)
}

// A Process is how a process stands that the bot runs, or one that it does not run
// and knows of.
type Process struct {
	Plugins    []string // those that run in it
	Role       chat.Role
	State      string
	Detail     string
	Restarts   int
	PID        int
	LastExit   string    // how it ended last; empty: never
	LastExitAt time.Time // when
	NextStart  time.Time // zero: it waits for none
}

// Options are the parts that a Core speaks to, and the operator's word.
// Engine, Store, Intake, Keys, Registry, Authority and Claims are required.
type Options struct {
	Engine    Engine
	Store     store.Store // for readers
	Intake    Intake
	Keys      *plugin.Keys
	Registry  *plugin.Registry
	Authority Authority
	Claims    Claims
	// Processes returns the processes that the bot runs. It must not block.
	Processes func() []Process
	// Control reloads the configuration and restarts processes. Nil: refused.
	Control Control
	// State says whether the bot runs, so does not stop, and what operators
	// should know. It must not block.
	State func() (runs bool, warnings []string)
	// Ready may block a while, at most until ctx ends: a bot that has just started
	// does not know yet what its handlers offer. Nil: at once.
	Ready func(ctx context.Context)
	// Endpoint is where the holder of a new key dials.
	Endpoint func(chat.Role) string
	// Native finds the chat service's id of a derived id: chat.Native for those
	// that are too long for it.
	Native func(kind chat.Kind, id string) (serviceID string, ok bool)

	Name    string            // the bot's; this, Rooms and Credit hold until SetWords
	Version string            // of the program
	Account uint32            // number of the one account; 0 means 1
	Adapter string            // name of the one adapter; empty: any
	Rooms   map[string]string // see Words
	Credit  map[string]int    // see Words
	// Without are the features that this bot does not have.
	Without []string
	// Refused is called when a plugin was refused for its settings, with why, before it
	// is told; it may block a while. Nil: nobody wants to know.
	Refused func(ctx context.Context, plugin, why string)
	Log     *slog.Logger
}

// Core answers every RPC. Its methods may be called from several goroutines at
// once. Their errors are *chat.Error, or what [Status] makes INTERNAL of; the
// context must come from [Core.Authorize].
type Core struct {
	opt      Options
	engine   Engine
	log      *slog.Logger
	instance string
	started  time.Time
	words    atomic.Pointer[words]
	queries  queries
	listings listings
	backups  atomic.Int32 // under way
	changes  changes
	shares   shares

	mu         sync.Mutex
	publishing bool
	account    accountState
}

// accountState is what the active adapter last said of its connection.
type accountState struct {
	epoch        uint64
	connected    bool
	detail       string
	capabilities *ocov1.Capabilities // nil: as registered
	rooms        reported
}

// New makes a Core. It fails if a required part is missing.
func New(o Options) (*Core, error) {
	if o.Engine == nil || o.Store == nil || o.Intake == nil || o.Keys == nil || o.Registry == nil || o.Authority == nil || o.Claims == nil {
		return nil, fmt.Errorf("rpc: Engine, Store, Intake, Keys, Registry, Authority and Claims are required")
	}
	if o.Processes == nil {
		o.Processes = func() []Process { return nil }
	}
	if o.State == nil {
		o.State = func() (bool, []string) { return true, nil }
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) {}
	}
	if o.Endpoint == nil {
		o.Endpoint = func(chat.Role) string { return "" }
	}
	if o.Native == nil {
		o.Native = func(chat.Kind, string) (string, bool) { return "", false }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Account = cmp.Or(o.Account, 1)
	c := &Core{
		opt: o, engine: o.Engine, log: o.Log, instance: rand.Text(), started: time.Now(),
		queries: queries{waiting: map[string]*query{}, sinks: map[*sink]struct{}{}},
	}
	c.SetWords(Words{Name: o.Name, Rooms: o.Rooms, Credit: o.Credit})
	return c, nil
}

// do submits an input and gives its answer its type.
func do[T any](ctx context.Context, e Engine, in delivery.Input) (T, error) {
	var none T
	answer, err := e.Do(ctx, in)
	if err != nil {
		return none, err
	}
	got, ok := answer.(T)
	if !ok {
		return none, fmt.Errorf("the answer to %T is %T, not %T", in, answer, none)
	}
	return got, nil
}

// submit submits an input whose answer says nothing.
func submit(ctx context.Context, e Engine, in delivery.Input) error {
	_, err := e.Do(ctx, in)
	return err
}
