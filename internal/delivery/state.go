package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// A plugin is what the machine knows of a handler or of the adapter.
type plugin struct {
	name     string
	role     chat.Role
	child    bool // its processes are the bot's own
	paused   bool
	replicas map[string]*replica
	ready    []*delivery // could be offered, in order; some are stale entries
	waiting  int         // open deliveries that are not leased
	bytes    int64       // of their payloads
	dirty    bool        // is in Machine.dirty
}

// A replica is one process of a plugin.
type replica struct {
	plugin      *plugin
	name        string
	child       bool
	known       bool // registered with this bot, not only with the one before
	definitions map[string]struct{}
	sink        Sink
	credit      int
	pull        int // what a long poll still takes; -1: a stream
	asked       int // what it asked for; -1: a stream
	leases      map[string]*lease
	seen        int64 // when it was last heard of
	timer       timer // when it counts as gone
}

// A lease is a delivery or a send in the hands of a replica. It lasts until the
// replica says that it is over, or is lost; its delivery may end before.
type lease struct {
	id       string
	replica  *replica
	delivery *delivery // nil if over: the slot is still taken
	send     *send
	began    int64
	expires  int64
	runEnds  int64 // 0: not bounded
	timer    timer
}

// A routeKey is a route by name, whatever its definition.
type routeKey struct{ plugin, name string }

// A laneKey is what deliveries are put in order by.
type laneKey struct {
	route routeKey
	room  string
	user  string
}

// A lane is the deliveries that run one after the other. The first one runs or
// is next to.
type lane struct {
	key         laneKey
	first, last *delivery
}

// A delivery is open: it has not ended.
type delivery struct {
	id       string
	event    *event
	plugin   *plugin
	route    *Route
	lane     *lane     // nil: in no order
	behind   *delivery // the next in the lane
	lease    *lease
	history  *history // nil: the first attempt, and nothing was said
	user     string
	place    chat.Place
	decision string
	retryOf  string
	admitted int64 // nanoseconds since base; may be negative after a restart
	wallMS   int64
	hold     int64 // not offered before
	aging    int64 // since when it ages; noAge: it does not
	aged     int64 // nanoseconds of age used up before that
	timer    timer
	size     uint32
	offers   uint32 // leases it has had, which number them
	attempt  uint16 // offers that count
	address  bool   // somebody addressed the bot
	told     bool   // the person knows that it waits
	queued   bool   // has a live entry in plugin.ready
}

const noAge = int64(-1 << 62)

// A history is what only some deliveries have.
type history struct {
	attempts []*record.Attempt
	keys     []string
}

// An event is one with deliveries or sends that have not ended. Only events
// whose adapter wants to know are settled.
type event struct {
	id        string
	serviceID string
	pending   int
	outcomes  []chat.Outcome
	trace     string
}

// A send is in the outbox: its text is on disk.
type send struct {
	id       string
	row      uint64
	event    *event
	delivery string
	place    chat.Place
	replyTo  string
	reason   chat.SendReason
	text     string // only until the step that made it is over
	madeMS   int64
	lease    *lease
	attempt  uint16
	repeat   bool
	hold     int64
	waiters  []Token
	merged   []*send // notices that travel with this one
	lead     *send   // the one that this one travels with
	turned   bool    // has a row of what changed
}

// An outlet is the outbox of one room.
type outlet struct {
	key     string
	sends   []*send
	notices []*send
	busy    *send
	said    int64 // when the last notice was offered
	dirty   bool  // is in Machine.pumps
	timer   timer
}

func ms(at time.Time) int64 { return at.UnixMilli() }
