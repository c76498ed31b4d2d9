package delivery

import (
	"fmt"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// A world is what is outside of the bot: the replicas, the chat service, and
// what happened there.
type world struct {
	*sim
	clients      []*client
	idempotent   bool // the chat service recognises repeats
	deliveries   map[string]*asked
	order        []*asked
	outcomes     map[string]uint32
	events       []Event // published, to be published again
	published    map[[16]byte]time.Time
	inFlight     map[*replica]int
	inFlightMost int
	posted       map[string]int // messages in the chat service, by message id
	tokens       map[string]bool
	mails        map[string]*mail
	putOff       map[string]time.Time // rooms that the adapter asked to leave alone
	framed       time.Time            // when what is let out was decided
	lastRow      map[string]uint64    // of what was said in a room
	sinks        Sink
	closed       map[Sink]bool // nothing comes to them any more
	requests     map[string][16]byte
	said         []string              // messages that are on disk
	located      map[string]chat.Place // where they are
	drawn        int
	past         past
	told         told
}

// An asked is a delivery as the world sees it.
type asked struct {
	id        string
	route     Route
	addressed bool
	seq       int
	offers    int // frames that reached a replica
	allowed   int // times that a replica gave it back by its own will
	leases    []held
}

// A client is a process of a plugin.
type client struct {
	Replica
	child   bool
	adapter bool
	dead    bool
	known   bool
	sink    Sink
	epoch   uint64
	active  bool
	held    []held
	old     []held
}

type held struct {
	Lease
	parts  []Part
	posted bool
	room   string // of an operation
}

func newWorld(x *sim) *world {
	return &world{
		sim: x, deliveries: map[string]*asked{}, outcomes: map[string]uint32{}, published: map[[16]byte]time.Time{},
		inFlight: map[*replica]int{}, posted: map[string]int{}, mails: map[string]*mail{}, putOff: map[string]time.Time{}, tokens: map[string]bool{}, lastRow: map[string]uint64{},
		past: newPast(), told: newTold(x), requests: map[string][16]byte{}, located: map[string]chat.Place{}, closed: map[Sink]bool{}, idempotent: x.chance(50),
		clients: []*client{
			{Replica: Replica{"kid", "k1"}, child: true}, {Replica: Replica{"kid", "k2"}, child: true},
			{Replica: Replica{"far", "f1"}}, {Replica: Replica{"far", "f2"}},
			{Replica: Replica{"chat", "a1"}, adapter: true, child: true}, {Replica: Replica{"chat", "a2"}, adapter: true},
		},
	}
}

// The routes: each order, both policies, each notice.
func simRoutes() []Route {
	route := func(plugin, name string, run chat.RunPolicy, order chat.Order, n chat.Notice, stale time.Duration) Route {
		return Route{
			Plugin: plugin, Name: name, Definition: plugin + name, RunPolicy: run, Order: order, Notice: n,
			MaxRun: time.Minute, StaleAfter: stale, MaxAttempts: 3,
		}
	}
	return []Route{
		route("kid", "deploy", chat.Once, chat.OrderUser, chat.NoticePerson, 5*time.Minute),
		route("kid", "look", chat.Repeatable, chat.OrderRoom, chat.NoticePerson, time.Minute),
		route("kid", "hear", chat.Once, chat.OrderRoom, chat.NoticeNone, time.Minute),
		route("far", "build", chat.Once, chat.OrderRoute, chat.NoticePerson, 5*time.Minute),
		route("far", "alert", chat.Repeatable, chat.OrderNone, chat.NoticeOperators, 24*time.Hour),
		route("far", "click", chat.Once, chat.OrderNone, chat.NoticePerson, 15*time.Minute),
	}
}

// frame takes what the bot lets out.
func (w *world) frame(e Effect) {
	switch f := e.(type) {
	case Offer:
		w.note("-> offer %+v to sink %d", f.Lease, f.Sink)
		w.open(f.Sink)
		w.offered(f)
	case Operate:
		w.note("-> operate %+v to sink %d", f, f.Sink)
		w.open(f.Sink)
		w.operate(f)
	case CancelFrame:
		w.note("-> cancel %s", f.Delivery)
		w.open(f.Sink)
	case CloseSink:
		w.closed[f.Sink] = true
		for _, c := range w.clients {
			if c.sink == f.Sink {
				c.sink = 0
			}
		}
	}
}

// open holds that nothing comes behind the last frame of a stream (OCO-LIF-55).
func (w *world) open(sink Sink) {
	if w.closed[sink] {
		w.failf("a frame for sink %d, which is closed", sink)
	}
}

func (w *world) at(sink Sink) *client {
	for _, c := range w.clients {
		if c.sink == sink && !c.dead {
			return c
		}
	}
	return nil
}

func (w *world) offered(f Offer) {
	a := w.deliveries[f.Lease.Delivery]
	if a == nil {
		w.failf("an offer of what was never asked: %+v", f)
	}
	c := w.at(f.Sink)
	a.leases = append(a.leases, held{Lease: f.Lease})
	a.offers++
	most := 1
	if a.route.RunPolicy == chat.Repeatable {
		most = a.route.MaxAttempts
	}
	if a.offers > most+a.allowed {
		w.failf("%s of a %v route is offered %d times, given back %d times", a.id, a.route.RunPolicy, a.offers, a.allowed)
	}
	if c != nil {
		c.held = append(c.held, held{Lease: f.Lease})
	}
}

// operate is the chat service: it takes the message, or the adapter says no.
func (w *world) operate(f Operate) {
	c := w.at(f.Sink)
	w.mayOperate(f)
	if f.Attempt == 1 && f.Reason != chat.ForNotice && f.Parts[0].Row == 0 {
		// Its row is not told when its text is at hand; order is checked by the rest.
	} else if f.Attempt == 1 && f.Reason != chat.ForNotice {
		if w.lastRow[f.Place.Key()] > f.Parts[0].Row {
			w.failf("%s overtakes another message in %s", f.Lease.Delivery, f.Place.Key())
		}
		w.lastRow[f.Place.Key()] = f.Parts[0].Row
	}
	if IsID(KindOperation, f.Lease.Delivery) {
		w.acted(f)
	}
	if c == nil || !c.adapter {
		return
	}
	h := held{Lease: f.Lease, parts: f.Parts, room: f.Place.Key()}
	if w.chance(75) {
		h.posted = true
		if !IsID(KindOperation, f.Lease.Delivery) { // to do it twice does no harm
			w.post(f)
		}
	}
	c.held = append(c.held, h)
}

func (w *world) post(f Operate) {
	if w.idempotent {
		if f.Repeat && w.m.idempotent() {
			w.failf("%s is marked as a repeat for a service that knows repeats", f.Lease.Delivery)
		}
		if w.tokens[f.Token] {
			return
		}
		w.tokens[f.Token] = true
	}
	id := f.Lease.Delivery
	w.posted[id]++
	own := f.Reason == chat.ForNotice || f.Reason == chat.ForBot // as often as it takes
	if w.posted[id] > 1 && (w.idempotent || w.posted[id] > 2 && !own || !f.Repeat) {
		w.failf("%s is posted %d times, marked as a repeat: %t", id, w.posted[id], f.Repeat)
	}
}

// crashed: streams end, children die with the bot, and what was published and
// did not reach the disk never happened.
func (w *world) crashed() {
	clear(w.inFlight)
	clear(w.outcomes)
	clear(w.lastRow)
	w.past.crashed(w.applied)
	w.told.crashed(w.sim)
	for _, c := range w.clients {
		c.sink, c.known, c.active = 0, false, false
		if c.child {
			c.died()
		}
	}
	kept := w.order[:0]
	for _, a := range w.order {
		if w.stored(a.id) {
			kept = append(kept, a)
		} else {
			delete(w.deliveries, a.id)
		}
	}
	w.order = kept
	for h := range w.published {
		for n := range uint32(1000) {
			if _, ok := w.applied[string(append(dedupPrefix(n), h[:]...))]; ok {
				break
			} else if n >= w.m.dedup.number {
				delete(w.published, h)
				break
			}
		}
	}
}

func (w *world) stored(id string) bool {
	_, open := w.applied[string(DeliveryKey(id))]
	_, ended := w.applied[string(EndedKey(id))]
	return open || ended
}

func (c *client) died() {
	c.old = append(c.old, c.held...)
	c.held, c.sink, c.dead, c.known, c.active = nil, 0, true, false, false
}

func (w *world) draw(kind string) string {
	w.drawn++
	return fmt.Sprintf("%s%d", kind, w.drawn)
}
