package intake

import (
	"context"
	"sync"
	"time"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/texts"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// An Engine is where inputs go and where rows are read.
type Engine interface {
	Do(ctx context.Context, in delivery.Input) (any, error)
	Store() store.Store
}

// People decide who may use a route.
type People interface {
	Groups(user string) []string
	Decide(user string, r authz.Rule) authz.Decision
}

// Claims redeem the one-time codes by which people become operators.
type Claims interface {
	Redeem(code, user string) (w delivery.Write, ok bool)
	// Void uses a code up for nobody, and says whether it was one.
	Void(code string) bool
}

// Records tell what is recorded. A *chat.Error is for people.
type Records interface {
	// ShowRecord tells the life of an event; what a delivery waits for is told in the
	// texts of a catalogue.
	ShowRecord(ctx context.Context, req *ocov1.ShowRecordRequest, in *texts.Catalogue) (*ocov1.ShowRecordResponse, error)
	// OpenList returns the newest deliveries on the open list, and how many there
	// are in all.
	OpenList(ctx context.Context, most int) (newest []*ocov1.DeliveryRecord, all int, err error)
}

// Control tells how the bot is, and pauses handlers. A *chat.Error is for people.
type Control interface {
	GetStatus(ctx context.Context, req *ocov1.GetStatusRequest) (*ocov1.GetStatusResponse, error)
	// Pause pauses or resumes a handler, or with an empty name all, durably.
	Pause(ctx context.Context, plugin string, paused bool, by, reason string) error
}

// A Directory knows who and what is on the chat service. Its methods may ask the
// adapter, return soon after ctx ends, and are called concurrently. What they return
// is not changed by anybody. Errors other than UserNotFound, RoomNotFound,
// RoomAmbiguous and CapabilityMissing mean that it cannot be told now.
type Directory interface {
	// FindUser finds a user by the bot's id, or with an empty one by a handle.
	FindUser(ctx context.Context, id, handle string) (*ocov1.User, error)
	// FindRoom finds a room by the bot's id, or with an empty one by the operator's
	// alias or the name. Of rooms that are not open to everybody it finds those that
	// the user asker is in, and otherwise says what it says of one that there is not
	// (OCO-RTE-54).
	FindRoom(ctx context.Context, asker, id, name string) (*ocov1.Room, error)
}

// Rules are what the operator says of what comes in and may change while the bot
// runs. They are not changed in place.
type Rules struct {
	Address route.Address
	// Listening are the ids of rooms in which a command needs no address.
	Listening map[string]bool
	// Ignore are the ids of users of whom nothing triggers anything.
	Ignore map[string]bool
	// UserMessages is how many messages of one user a minute are taken; 0: all.
	UserMessages int
	// LoopAnswers is how often in a row a user is answered who answers at once, and
	// how often they are told that there is no such command; 0: without end.
	LoopAnswers int
	// OperatorsRoom is where operators are told; zero: nowhere.
	OperatorsRoom chat.Place
	// Texts are what the bot itself says; nil: in English.
	Texts *texts.Catalogue
	// Zone is that of people of whom the chat service states none. Nil: that of the
	// machine.
	Zone *time.Location
}

// Options are what intake needs.
type Options struct {
	Engine Engine
	// Table is the route table of this moment.
	Table  func() *route.Table
	Rules  Rules
	People People
	Claims Claims
	// Records and Control are what operators use by chat. Nil: they cannot.
	Records Records
	Control Control
	// Directory finds the users and rooms that messages name. Nil: it cannot be told.
	Directory Directory
	// Slow is called when the Directory was waited for in vain, and must not block.
	Slow func()
	// Unheard is called with the plugins of whose hear routes a message did not reach
	// all, as it would have been too much for it, and must not block.
	Unheard func(plugins []string)
	// Held is called for what came in and triggers nothing, and must not block.
	Held func(Held)
	// Claimed is called when the row of a claim is durable.
	Claimed func(user string)
	// Self is the id of the bot's own user on an account, or empty. A mention of
	// it at the beginning of a message addresses the bot.
	Self func(account string) string
	// Ready is called before each Publish and may block a while, at most until
	// ctx ends: a bot that has just started does not know yet what its handlers
	// offer, and must not say that there is no such command. Nil: at once.
	Ready func(ctx context.Context)
	Now   func() time.Time
	// IDs mint the ids of deliveries. Nil: from now on.
	IDs *delivery.IDs
}

// An Intake takes events in. It is safe for concurrent use.
type Intake struct {
	o Options
	// rules is held for reading while events are decided about, so that none is
	// under two sets of rules.
	rules   sync.RWMutex
	guard   *guard
	limits  *limits
	obeyed  obeyed
	renames *renames
	lookups *lookups
}

// New makes an Intake.
func New(o Options) *Intake {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Self == nil {
		o.Self = func(string) string { return "" }
	}
	if o.IDs == nil {
		o.IDs = delivery.NewIDs(time.Time{})
	}
	if o.Unheard == nil {
		o.Unheard = func([]string) {}
	}
	if o.Slow == nil {
		o.Slow = func() {}
	}
	return &Intake{o: o, guard: newGuard(), limits: newLimits(), renames: newRenames(), lookups: newLookups(o.Directory, o.Slow, o.Now)}
}

// Publish admits the events of a request, in their order, with the completions
// of operations that ride along. They are on disk when it returns. Events that
// cannot be admitted as they are have an error each and hide no other.
//
// It serves AdapterService.PublishEvents; who may call it is checked before.
func (in *Intake) Publish(ctx context.Context, from delivery.Replica, req *ocov1.PublishEventsRequest, completions []delivery.Completion) (*ocov1.PublishEventsResponse, []delivery.Verdict, []EventError, error) {
	number, ok := chat.AccountNumber(req.GetAccountId())
	if !ok {
		return nil, nil, nil, chat.Refuse(chat.FieldInvalid, "account_id %q is not an account", req.GetAccountId()).With("field", "account_id")
	}
	if in.o.Ready != nil {
		in.o.Ready(ctx)
		if err := ctx.Err(); err != nil {
			return nil, nil, nil, err // who called has given up; it publishes again
		}
	}
	admit := delivery.Admit{
		Account: req.GetAccountId(), Epoch: req.GetEpoch(), Checkpoint: req.GetCheckpoint(),
		From: from, Completions: completions, Events: make([]delivery.Event, 0, len(req.GetEvents())),
	}
	var errs []EventError
	var claimed []string
	decided := in.decideBatch(ctx, number, req.GetEvents())
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, err // while names were looked up
	}
	for i := range decided {
		d := &decided[i]
		if d.err != nil {
			errs = append(errs, EventError{Index: uint32(i), Err: d.err})
			continue
		}
		if d.claimed != "" {
			claimed = append(claimed, d.claimed)
		}
		admit.Events = append(admit.Events, d.event)
	}
	value, err := in.o.Engine.Do(ctx, admit)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, user := range claimed {
		in.o.Claimed(user)
	}
	a := value.(delivery.Admitted)
	return &ocov1.PublishEventsResponse{Admitted: uint32(a.Admitted), Duplicates: uint32(a.Duplicates), Checkpoint: a.Checkpoint}, a.Verdicts, errs, nil
}

// SetRules changes the rules by which events are decided about, and what others
// does to the table and the people. No event is decided about meanwhile, so each is
// under the rules of before or of after, whole. others must not block.
func (in *Intake) SetRules(rules Rules, others func()) {
	in.rules.Lock()
	defer in.rules.Unlock()
	in.o.Rules = rules
	others()
	in.lookups.forget()
}

// Posting takes that the adapter is asked to post a message of the bot's, by the
// trace of what it answers. It does not block.
func (in *Intake) Posting(trace string) { in.guard.posting(trace, in.o.Now()) }

// Posted takes that it is posted. It does not block.
func (in *Intake) Posted(trace string) { in.guard.posted(trace, in.o.Now()) }

// decideBatch decides about the events of a batch, each while no rule changes. Names
// are looked up between, for those that need it.
func (in *Intake) decideBatch(ctx context.Context, account uint32, events []*ocov1.Event) []decision {
	decided, waiting := in.decideFirst(ctx, account, events)
	if len(waiting) == 0 {
		return decided
	}
	in.lookups.find(ctx, waiting)
	in.rules.RLock()
	defer in.rules.RUnlock()
	for i := range decided {
		if p := decided[i].waits; p != nil {
			decided[i].take(p, p.settle)
		}
	}
	in.hold(decided)
	return decided
}

// decideFirst decides about all that needs no lookup, and returns what does. If
// nothing does, it is done.
func (in *Intake) decideFirst(ctx context.Context, account uint32, events []*ocov1.Event) (decided []decision, waiting []*pending) {
	in.rules.RLock()
	defer in.rules.RUnlock()
	decided = in.decideAll(ctx, account, events)
	for i := range decided {
		if p := decided[i].waits; p != nil {
			waiting = append(waiting, p)
		}
	}
	if len(waiting) == 0 {
		in.hold(decided)
	}
	return decided, waiting
}

// zone is that of people of whom the chat service states none.
func (in *Intake) zone() *time.Location {
	if in.o.Rules.Zone == nil {
		return time.Local
	}
	return in.o.Rules.Zone
}

// ownMessage finds the bot's own id of a message that the bot made on an
// account, by the chat service's id; empty if it made none.
func (in *Intake) ownMessage(account, serviceID string) string {
	id, err := in.o.Engine.Store().Get(delivery.ServiceKey(account, serviceID))
	if err != nil {
		return ""
	}
	return string(id)
}

// An account is one that events come from: its number, its id, and the id of the
// bot's own user on it, which may be empty.
type account struct {
	number   uint32
	id, self string
}

func (in *Intake) account(number uint32) account {
	id := chat.AccountID(number)
	return account{number, id, in.o.Self(id)}
}

// An EventError says why one event of a request is not admitted.
type EventError struct {
	Index uint32
	Err   *chat.Error
}
