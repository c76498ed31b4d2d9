package delivery

import (
	"math/rand/v2"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/texts"
)

// Options are the numbers of the contract. Zero values take the defaults of
// DefaultOptions.
type Options struct {
	LeaseTerm    time.Duration // without a word of the replica
	RestartHold  time.Duration // what was open before a start is not offered for so long
	Backoff      []time.Duration
	NoticeGap    time.Duration // notices of one room within it are one message
	WaitTold     time.Duration // who waits longer is told
	WorkTold     time.Duration // whose command runs for longer without a word is told
	QueueItems   int           // per plugin
	QueueBytes   int64
	TotalItems   int // in all
	TotalBytes   int64
	OutboxItems  int
	OutboxShare  int           // of them, what one caller asked for outside deliveries
	SendAge      time.Duration // what waits there longer is not worth posting any more
	DedupKeep    time.Duration
	DedupLeast   int
	DedupMost    int              // of one of the two generations
	StoreBytes   int64            // keys and values of one namespace
	StoreKeys    int64            // of one namespace
	Quotas       map[string]Quota // of namespaces that have their own
	Operators    chat.Place       // the operators' room; zero: nobody is told
	BotName      string           // what people call the bot when they tell it to retry
	Texts        *texts.Catalogue // what the bot itself says; nil: in English
	ChildPlugins map[string]bool
	// React makes the operation, encoded, that acknowledges an event by a reaction
	// to it; nil for one that cannot be reacted to. It must not depend on anything
	// else. Nil: all is acknowledged by texts.
	React func(payload []byte) []byte
}

// A Quota bounds what a namespace may hold. What is zero is as in the Options.
type Quota struct{ Bytes, Keys int64 }

// quota is that of a namespace.
func (o Options) quota(namespace string) Quota {
	q := o.Quotas[namespace]
	fill(&q.Bytes, o.StoreBytes)
	fill(&q.Keys, o.StoreKeys)
	return q
}

// DefaultOptions are the numbers of the specification.
func DefaultOptions() Options {
	return Options{
		LeaseTerm:   30 * time.Second,
		RestartHold: 15 * time.Second,
		Backoff:     []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second},
		NoticeGap:   2 * time.Second,
		WaitTold:    3 * time.Second,
		WorkTold:    15 * time.Second,
		QueueItems:  1000,
		QueueBytes:  8 << 20,
		TotalItems:  100_000,
		TotalBytes:  256 << 20,
		OutboxItems: 100_000,
		OutboxShare: 10_000,
		SendAge:     24 * time.Hour,
		DedupKeep:   24 * time.Hour,
		DedupLeast:  1_000_000,
		DedupMost:   4_000_000,
		StoreBytes:  64 << 20,
		StoreKeys:   100_000,
		BotName:     "oco",
	}
}

func (o Options) withDefaults() Options {
	d := DefaultOptions()
	fill(&o.LeaseTerm, d.LeaseTerm)
	fill(&o.RestartHold, d.RestartHold)
	fill(&o.NoticeGap, d.NoticeGap)
	fill(&o.WaitTold, d.WaitTold)
	fill(&o.WorkTold, d.WorkTold)
	fill(&o.QueueItems, d.QueueItems)
	fill(&o.QueueBytes, d.QueueBytes)
	fill(&o.TotalItems, d.TotalItems)
	fill(&o.TotalBytes, d.TotalBytes)
	fill(&o.OutboxItems, d.OutboxItems)
	fill(&o.OutboxShare, d.OutboxShare)
	fill(&o.SendAge, d.SendAge)
	fill(&o.DedupKeep, d.DedupKeep)
	fill(&o.DedupLeast, d.DedupLeast)
	fill(&o.DedupMost, d.DedupMost)
	fill(&o.StoreBytes, d.StoreBytes)
	fill(&o.StoreKeys, d.StoreKeys)
	fill(&o.BotName, d.BotName)
	if len(o.Backoff) == 0 {
		o.Backoff = d.Backoff
	}
	return o
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// A Machine keeps the delivery contract. It must be used from one goroutine.
type Machine struct {
	opt      Options
	base     time.Time
	rand     *rand.Rand
	ids      IDs
	buffer   []byte // of the session before
	timers   timers
	dedup    dedup
	plugins  map[string]*plugin
	routes   map[Route]*knownRoute
	origins  map[origin]*knownOrigin
	lanes    map[laneKey]*lane
	open     map[string]*delivery
	outlets  map[string]*outlet
	outbox   map[string]*send   // by message id
	askers   map[string]int     // how many of it each asked for outside deliveries
	passing  map[string][]*send // notices about how a delivery stands, by delivery
	waiters  map[Token]*send    // who waits for which to end
	leases   map[string]*lease
	accounts map[string]*account
	dirty    []*plugin // may have something to offer
	pumps    []*outlet // may have something to send, in order
	idle     int       // rooms among them, about, of which nothing waits any more
	row      uint64
	seq      uint64
	waiting  int
	bytes    int64
	onList   int // length of the open list
	// unsettled are those that were on it whose records are gone, and not told yet.
	unsettled int
	draining  bool
	pauseAll  bool
	reason    string // why all handlers are paused, for people
	unheard   int    // what operators were not told for want of their room
	unposted  Unposted
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
	last       string          // that was active and is gone
	fenced     map[string]bool // replicas that lost it
	idempotent bool
	settles    bool
	presence
	reacts   bool            // it shows reactions well enough to acknowledge by one
	reactsIn map[string]bool // rooms in which that is otherwise
}

// A step collects what one input, or several in a row, cause.
type step struct {
	now     time.Time
	at      int64 // now, in nanoseconds since base
	token   Token
	facts   Facts
	again   map[string]struct{} // deliveries that the input completes twice
	here    chat.Place          // where who speaks to the bot reads how that went
	batch   *store.Batch
	sync    bool
	frames  []Effect
	replies []Effect
	made    []*send           // in this session: their texts are at hand
	fresh   map[string]*fresh // admitted in this session, by delivery
	order   []*fresh          // the same in order
	matches int               // bytes of what is matched in them
	hashes  []byte            // of events that this session admits
	buffer  []byte            // memory to encode rows in
	ended   record.Delivery   // memory for a row that is encoded at once
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
	o = o.withDefaults()
	return &Machine{
		opt: o, base: now, rand: r,
		dedup:    newDedup(o.DedupKeep, o.DedupLeast, o.DedupMost),
		plugins:  map[string]*plugin{},
		routes:   map[Route]*knownRoute{},
		origins:  map[origin]*knownOrigin{},
		lanes:    map[laneKey]*lane{},
		open:     map[string]*delivery{},
		outlets:  map[string]*outlet{},
		outbox:   map[string]*send{},
		askers:   map[string]int{},
		passing:  map[string][]*send{},
		waiters:  map[Token]*send{},
		leases:   map[string]*lease{},
		accounts: map[string]*account{},
	}
}

// Idle reports whether it does not matter when the bot was last known to run:
// nothing is open, so nothing ages, and no message would be missed meanwhile.
func (m *Machine) Idle() bool {
	for _, a := range m.accounts {
		if a.connected && !a.replays {
			return false
		}
	}
	return len(m.open) == 0
}
