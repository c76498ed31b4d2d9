package delivery

import (
	"math/rand/v2"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
)

// Options are the numbers of the contract. Zero values take the defaults of
// DefaultOptions.
type Options struct {
	LeaseTerm    time.Duration // without a word of the replica
	RestartHold  time.Duration // what was open before a start is not offered for so long
	Backoff      []time.Duration
	NoticeGap    time.Duration // notices of one room within it are one message
	WaitTold     time.Duration // who waits longer is told
	QueueItems   int           // per plugin
	QueueBytes   int64
	TotalItems   int // in all
	TotalBytes   int64
	OutboxItems  int
	DedupKeep    time.Duration
	DedupLeast   int
	Operators    chat.Place // the operators' room; zero: nobody is told
	BotName      string     // what people call the bot when they tell it to retry
	ChildPlugins map[string]bool
}

// DefaultOptions are the numbers of the specification.
func DefaultOptions() Options {
	return Options{
		LeaseTerm:   30 * time.Second,
		RestartHold: 15 * time.Second,
		Backoff:     []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second},
		NoticeGap:   2 * time.Second,
		WaitTold:    3 * time.Second,
		QueueItems:  1000,
		QueueBytes:  8 << 20,
		TotalItems:  100_000,
		TotalBytes:  256 << 20,
		OutboxItems: 100_000,
		DedupKeep:   24 * time.Hour,
		DedupLeast:  1_000_000,
		BotName:     "oco",
	}
}

// A Machine keeps the delivery contract. It must be used from one goroutine.
type Machine struct {
	opt      Options
	base     time.Time
	rand     *rand.Rand
	timers   timers
	dedup    dedup
	plugins  map[string]*plugin
	routes   map[Route]*Route
	lanes    map[laneKey]*lane
	open     map[string]*delivery
	events   map[string]*event
	outlets  map[string]*outlet
	outbox   map[string]*send // by message id
	leases   map[string]*lease
	accounts map[string]*account
	dirty    []*plugin // may have something to offer
	pumps    []*outlet // may have something to send, in order
	row      uint64
	seq      uint64
	waiting  int
	bytes    int64
	onList   int // length of the open list
	draining bool
	pauseAll bool
}

// An account is the bot's identity on one chat service.
type account struct {
	id         string
	plugin     string // of its adapter
	name       string
	service    string
	epoch      uint64
	checkpoint string
	active     *replica
	fenced     map[string]bool // replicas that lost it
	idempotent bool
	settles    bool
}

// A step collects what one input, or several in a row, cause.
type step struct {
	now     time.Time
	at      int64 // now, in nanoseconds since base
	token   Token
	facts   Facts
	batch   *store.Batch
	sync    bool
	frames  []Effect
	replies []Effect
	made    []*send           // in this session: their texts are at hand
	fresh   map[string]*fresh // admitted in this session, by delivery
	order   []*fresh          // the same in order
}

// fresh is what of a delivery is at hand only in the session that admits it.
type fresh struct {
	d       *delivery
	row     *record.Delivery
	payload []byte
}

// Facts are the rows that an input names, as they are before its step. A key
// that is missing has no row.
type Facts map[string][]byte

// A Change is what a step wants done: first the batch, then the effects.
type Change struct {
	Batch   *store.Batch
	Sync    bool     // the effects wait until the batch is durable
	Effects []Effect // frames before replies
}

// New makes a machine that knows nothing; Recover fills it.
func New(o Options, now time.Time, r *rand.Rand) *Machine {
	return &Machine{
		opt: o, base: now, rand: r,
		dedup:    newDedup(o.DedupKeep, o.DedupLeast),
		plugins:  map[string]*plugin{},
		routes:   map[Route]*Route{},
		lanes:    map[laneKey]*lane{},
		open:     map[string]*delivery{},
		events:   map[string]*event{},
		outlets:  map[string]*outlet{},
		outbox:   map[string]*send{},
		leases:   map[string]*lease{},
		accounts: map[string]*account{},
	}
}

// A Session is a row of steps whose changes go to the store as one batch.
type Session struct {
	m *Machine
	s step
}

// Begin starts a session. batch is empty and is filled.
func (m *Machine) Begin(now time.Time, batch *store.Batch) *Session {
	return &Session{m: m, s: step{
		now: now, at: int64(now.Sub(m.base)), batch: batch,
		fresh: map[string]*fresh{},
	}}
}

// Step takes one input. token is what its Reply will carry; facts are the rows
// that Machine.Facts named for it just before.
func (x *Session) Step(token Token, in Input, facts Facts) {
	s, m := &x.s, x.m
	s.token, s.facts = token, facts
	switch in := in.(type) {
	case Admit:
		m.admit(s, in)
	case Complete:
		m.complete(s, in)
	case Say:
		m.say(s, in)
	case Hello:
		m.hello(s, in)
	case Connect:
		m.connect(s, in)
	case Disconnect:
		m.disconnect(s, in)
	case Heartbeat:
		m.heartbeat(s, in)
	case Gone:
		m.gone(s, in)
	case Forget:
		m.forget(s, in)
	case Activate:
		m.activate(s, in)
	case RetryOf:
		id, err := m.retry(s, in)
		s.reply(id, err)
	case CancelOf:
		s.reply(nil, m.cancel(s, in))
	case Drop:
		s.reply(nil, m.drop(s, in))
	case Pause:
		m.pause(s, in)
	case Put:
		s.write(in.Writes)
		s.reply(nil, nil)
	case Drain:
		m.drain(s, in)
	case Inspect:
		s.reply(m.snapshot(), nil)
	case Tick:
	}
	m.ring(s)
	m.offerAll(s)
}

// End closes the session: rows of what is new and still open are written once,
// with the leases that it got meanwhile. Texts of sends are let go: they are on
// disk.
func (x *Session) End() Change {
	for _, f := range x.s.order {
		if x.m.open[f.d.id] == f.d {
			f.d.turnInto(f.row)
			x.s.put(DeliveryKey(f.d.id), f.row)
		}
	}
	for _, o := range x.s.made {
		if x.m.outbox[o.id] == o {
			x.s.put(OutboxKey(o.row), o.whole())
		}
		o.text = ""
	}
	return Change{Batch: x.s.batch, Sync: x.s.sync, Effects: append(x.s.frames, x.s.replies...)}
}

// reply answers the input of the step. Its text says Err only if err is one.
func (s *step) reply(value any, err *chat.Error) { s.replyTo(s.token, value, err) }

func (s *step) replyTo(token Token, value any, err *chat.Error) {
	if token != 0 {
		s.replies = append(s.replies, Reply{Token: token, Value: value, Err: err})
	}
}

func (s *step) frame(e Effect) { s.frames = append(s.frames, e) }

func (s *step) report(r Report) { s.replies = append(s.replies, r) }

func (s *step) write(rows []Write) {
	for _, w := range rows {
		if w.Value == nil {
			s.batch.Delete(w.Key)
		} else {
			s.batch.Put(w.Key, w.Value)
		}
		s.sync = true
	}
}
