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
	reason   string              // why it is paused, for people
	down     bool                // its process ends again and again
	quiet    bool                // its process is about to be ended
	declared map[string]struct{} // the definitions that the operator declared; nil: it registers by itself
	replicas map[string]*replica
	ready    []*delivery // could be offered, in order; some are stale entries
	gone     int         // entries of ready whose delivery has ended
	waiting  int         // open deliveries that are not leased
	bytes    int64       // of their payloads
	dirty    bool        // is in Machine.dirty
	dropped  bool        // its registration was dropped
	why      string      // what people are told then
}

// A replica is one process of a plugin.
type replica struct {
	plugin      *plugin
	name        string
	child       bool
	known       bool // registered with this bot, not only with the one before
	declared    bool // by the operator, not by itself
	definitions map[string]struct{}
	sink        Sink
	credit      int
	pull        int // what a long poll still takes; -1: a stream
	asked       int // what it asked for; -1: a stream
	leases      map[string]*lease
	seen        int64 // when it was last heard of
	beats       bool  // it sends heartbeats while it holds nothing, too
	slot              // when it counts as gone
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
	tells    int64 // when who asked is told that it still runs; 0: never
	slot
	keyed  bool         // of a send: the service recognises its repeat
	untold *CancelFrame // for when its replica listens again
}

// A knownRoute is a route with open deliveries.
type knownRoute struct {
	Route
	owner *plugin
	open  int
}

// A laneKey is what deliveries are put in order by. The route is meant by name,
// whatever its definition.
type laneKey struct {
	owner *plugin
	route string
	room  string
	user  string
}

// A lane is the deliveries that run one after the other. The first one runs or
// is next to.
type lane struct {
	key         laneKey
	first, last *delivery
}

// An origin is where deliveries come from and why they are allowed. Equal ones
// share memory: most that wait in a queue come from few people and rooms.
type origin struct {
	user     string
	place    chat.Place
	decision string
}

// A knownOrigin is the one copy of it.
type knownOrigin struct {
	origin
	open int // deliveries that have not ended
}

// A delivery is open: it has not ended. A queue holds many, so every byte here
// counts (400 bytes a queued delivery, all told).
type delivery struct {
	id       string
	event    *event
	route    *knownRoute
	lane     *lane     // nil: in no order
	behind   *delivery // the next in the lane
	lease    *lease
	history  *history // nil: the first attempt, and nothing was said
	from     *knownOrigin
	admitted int64 // nanoseconds since base; negative if before the start of the bot
	hold     int64 // not offered before
	aging    int64 // since when it ages; noAge: it does not
	aged     int64 // nanoseconds of age used up before that
	slot
	size    uint32
	offers  uint32 // leases it has had, which number them
	attempt uint16 // offers that count
	address bool   // somebody addressed the bot
	told    bool   // the person knows that it waits
	worked  bool   // the person was told that it still runs
	queued  bool   // has a live entry in plugin.ready
	turned  bool   // has a row of what changed
}

const noAge = int64(-1 << 62)

// A history is what only some deliveries have.
type history struct {
	attempts []*record.Attempt
	keys     []string
	spoke    bool // a send of it went to who asked
	retryOf  string
	released int    // times in a row
	shun     string // the replica that released it last
}

// An event is one with deliveries or sends that have not ended.
type event struct {
	id      string
	trace   string
	settle  *settlement // nil: nobody wants to know
	pending int
}

// A send is in the outbox: its text is on disk.
type send struct {
	id       string
	row      uint64
	event    *event
	delivery string
	place    chat.Place
	replyTo  string
	text     string // only in the session that made it
	act      []byte // the same of an operation that is no message
	what     string // of such an operation: what it does, for people
	madeMS   int64
	born     int64 // the same, in nanoseconds since base
	lease    *lease
	asker    string // who asked for it outside a delivery
	trace    string // of what led to it, where it answers no event
	instead  string // of an operation: what is said if it cannot be done
	waiters  []Token
	merged   []*send // notices that travel with this one
	lead     *send   // the one that this one travels with
	size     uint32  // bytes of its text
	valid    uint32  // milliseconds that it is worth posting; 0: as long as messages may wait
	offers   uint32  // leases it has had, which number them
	attempt  uint16  // offers that count
	reason   chat.SendReason
	level    chat.Level
	made     bool // in this session: it has no row yet
	repeat   bool // it may have been posted already, and is posted once more
	unsure   bool // an attempt has ended of which nobody knows whether it posted it
	loss     bool // rather lost than posted twice
	answers  bool // it answers who addressed the bot, where they see it
	passing  bool // it says how its delivery stands, until that has ended
	turned   bool // has a row of what changed

	withdrawn bool // it has ended, and a line may still have it
}

// An outlet is the outbox of one room.
type outlet struct {
	key     string
	sends   []*send
	notices []*send
	busy    *send
	said    int64 // when the last notice was offered
	hold    int64 // until when the room is put off; noAge: it is not
	over    int64 // nothing that waits has its time over before that
	gone    int   // sends of the line that were withdrawn
	dirty   bool  // is in Machine.pumps
	slot
}

func ms(at time.Time) int64 { return at.UnixMilli() }

// wall is the clock's time of a moment, in milliseconds.
func (m *Machine) wall(at int64) int64 { return ms(m.base.Add(time.Duration(at))) }

// moment is the inverse of wall.
func (m *Machine) moment(wallMS int64) int64 {
	return int64(time.UnixMilli(wallMS).Sub(m.base.Round(0)))
}

const never = int64(1<<63 - 1)

// later is at plus a time that somebody asked for; none is longer than a year.
func later(at int64, d time.Duration) int64 { return at + int64(min(max(d, 0), 365*24*time.Hour)) }
