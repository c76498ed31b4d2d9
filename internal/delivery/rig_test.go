package delivery

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
	"google.golang.org/protobuf/proto"
)

// A rig is a machine over a store in memory, one input a session, everything
// durable at once.
type rig struct {
	t      *testing.T
	m      *Machine
	opt    Options
	now    time.Time
	rows   rows
	frames []Effect // of the last input
	asked  map[Token]Reply
	token  Token
	n      int
	room   chat.Place
	watch  func(Effect) // sees each frame, too
}

var (
	kid  = Replica{"kid", "k1"}
	far  = Replica{"far", "f1"}
	far2 = Replica{"far", "f2"}
	irc  = Replica{"irc", "a1"}
)

func newRig(t *testing.T, options ...func(*Options)) *rig {
	r := &rig{t: t, now: simStart, rows: rows{}, asked: map[Token]Reply{}, room: chat.Place{Room: "room:1:ops"}}
	r.opt = Options{Operators: chat.Place{Room: "operators"}, ChildPlugins: map[string]bool{"kid": true}}
	for _, o := range options {
		o(&r.opt)
	}
	r.m = New(r.opt, r.now, rand.New(rand.NewPCG(1, 2)))
	return r
}

// restart starts another machine on what the store holds.
func (r *rig) restart(away time.Duration) {
	died := r.now
	r.now = r.now.Add(away)
	r.m = New(r.opt, r.now, rand.New(rand.NewPCG(3, 4)))
	r.m.DrawAfter(died)
	s := r.m.Begin(r.now, &store.Batch{})
	if err := s.Recover(r.rows.scan, died); err != nil {
		r.t.Fatal(err)
	}
	r.take(s.End())
}

func (r *rig) take(c Change) {
	r.rows.apply(c.Batch)
	r.frames = nil
	for _, e := range c.Effects {
		if reply, ok := e.(Reply); ok {
			r.asked[reply.Token] = reply
			continue
		}
		r.frames = append(r.frames, e)
		if r.watch != nil {
			r.watch(e)
		}
	}
}

// submit gives the machine an input and returns the token of its answer.
func (r *rig) submit(in Input) Token {
	r.t.Helper()
	facts := Facts{}
	for keys := r.m.Facts(in, facts); len(keys) > 0; keys = r.m.Facts(in, facts) {
		for _, k := range keys {
			facts[string(k)] = r.rows[string(k)]
		}
	}
	r.token++
	s := r.m.Begin(r.now, &store.Batch{})
	s.Step(r.token, in, facts)
	r.take(s.End())
	return r.token
}

// do returns the answer to an input, which must be there and no refusal.
func (r *rig) do(in Input) any {
	r.t.Helper()
	reply, ok := r.asked[r.submit(in)]
	if !ok {
		r.t.Fatalf("%T has no answer yet", in)
	}
	if reply.Err != nil {
		r.t.Fatalf("%T: %v", in, reply.Err)
	}
	return reply.Value
}

// refused expects a refusal with a reason.
func (r *rig) refused(in Input, want chat.Reason) {
	r.t.Helper()
	reply := r.asked[r.submit(in)]
	if reply.Err == nil || reply.Err.Reason != want {
		r.t.Fatalf("%T: %v, want %s", in, reply.Err, want)
	}
}

// pass lets time pass, firing each alarm at its time, and collects the frames.
func (r *rig) pass(d time.Duration) {
	end, all := r.now.Add(d), []Effect(nil)
	for next, ok := r.m.Next(); ok && !next.After(end); next, ok = r.m.Next() {
		if next.After(r.now) {
			r.now = next
		}
		r.submit(Tick{})
		all = append(all, r.frames...)
	}
	r.now, r.frames = end, all
}

// route is a route with what a test changes.
func route(plugin string, change ...func(*Route)) Route {
	r := Route{
		Plugin: plugin, Name: "deploy", Definition: "def", RunPolicy: chat.Once, Order: chat.OrderUser, Notice: chat.NoticePerson,
		MaxRun: time.Minute, StaleAfter: 5 * time.Minute, MaxAttempts: 5,
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

func repeatable(r *Route)           { r.RunPolicy = chat.Repeatable }
func unordered(r *Route)            { r.Order = chat.OrderNone }
func named(s string) func(r *Route) { return func(r *Route) { r.Name = s } }

// ask admits a command of alice in the room and returns the delivery's id.
func (r *rig) ask(route Route, change ...func(*NewDelivery)) string {
	r.t.Helper()
	r.n++
	n := NewDelivery{
		ID: fmt.Sprintf("d%d", r.n), Route: route, Match: []byte("m"), Addressed: true, User: "alice", Place: r.room, Decision: "everyone may",
	}
	for _, c := range change {
		c(&n)
	}
	r.do(Admit{Events: []Event{{ID: fmt.Sprintf("e%d", r.n), Dedup: [16]byte{byte(r.n), byte(r.n >> 8)}, Payload: []byte("payload"), Deliveries: []NewDelivery{n}}}})
	return n.ID
}

func unaddressed(n *NewDelivery) { n.Addressed = false }
func by(user string) func(*NewDelivery) {
	return func(n *NewDelivery) { n.User = user }
}

// come registers a replica and opens its stream.
func (r *rig) come(id Replica, credit int) Sink {
	r.t.Helper()
	r.n++
	sink := Sink(r.n)
	role := chat.RoleHandler
	if id.Plugin == "irc" {
		role = chat.RoleAdapter
	}
	r.do(Hello{Replica: id, Role: role, Child: id.Plugin == "kid", Definitions: map[string]struct{}{"def": {}}})
	if role == chat.RoleAdapter {
		r.do(Activate{Account: "account:1", From: id, Name: "oco", Service: "irc", WantsSettled: true})
	}
	r.do(Connect{Replica: id, Sink: sink, Credit: credit})
	return sink
}

// frames of a type among those of the last input.
func of[T Effect](r *rig) []T {
	var all []T
	for _, e := range r.frames {
		if f, ok := e.(T); ok {
			all = append(all, f)
		}
	}
	return all
}

// offered is the lease of the one offer of the last input.
func (r *rig) offered() Lease {
	r.t.Helper()
	all := of[Offer](r)
	if len(all) != 1 {
		r.t.Fatalf("%d offers, want 1: %+v", len(all), all)
	}
	return all[0].Lease
}

// say completes and returns the verdict.
func (r *rig) say(from Replica, c Completion) Verdict {
	r.t.Helper()
	return r.do(Complete{From: from, Completions: []Completion{c}}).([]Verdict)[0]
}

func (r *rig) verdict(want VerdictKind, from Replica, c Completion) {
	r.t.Helper()
	if v := r.say(from, c); v.Kind != want {
		r.t.Fatalf("verdict %d (%v), want %d", v.Kind, v.Err, want)
	}
}

// ended is the record of a delivery that has ended.
func (r *rig) ended(id string) *record.Delivery {
	r.t.Helper()
	var row record.Delivery
	v, ok := r.rows[string(EndedKey(id))]
	if !ok {
		r.t.Fatalf("%s has not ended", id)
	}
	if err := proto.Unmarshal(v, &row); err != nil {
		r.t.Fatal(err)
	}
	return &row
}

func (r *rig) outcome(id string, want chat.Outcome) {
	r.t.Helper()
	if got := chat.Outcome(r.ended(id).Outcome); got != want {
		r.t.Fatalf("%s ended %s, want %s", id, got, want)
	}
}

func (r *rig) open(id string) {
	r.t.Helper()
	if _, ok := r.rows[string(DeliveryKey(id))]; !ok || r.m.open[id] == nil {
		r.t.Fatalf("%s is not open", id)
	}
}

func (r *rig) listed(id string, want bool) {
	r.t.Helper()
	if _, got := r.rows[string(OpenListKey(id))]; got != want {
		r.t.Fatalf("%s on the open list: %t, want %t", id, got, want)
	}
}

// said is what is in the outbox, one line a message, oldest first.
func (r *rig) said() string {
	r.t.Helper()
	var lines []string
	err := rows(r.rows).scan(OutboxPrefix(), func(_, v []byte) error {
		var row record.Send
		if err := proto.Unmarshal(v, &row); err != nil {
			return err
		}
		lines = append(lines, row.Place.Room+"> "+row.Text)
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func (r *rig) saidExactly(want ...string) {
	r.t.Helper()
	if got := r.said(); got != strings.Join(want, "\n") {
		r.t.Fatalf("said:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

func (r *rig) copy() rows { return maps.Clone(r.rows) }

func (r *rig) saidContains(want string) {
	r.t.Helper()
	if got := r.said(); !strings.Contains(got, want) {
		r.t.Fatalf("said:\n%s\nwithout %q", got, want)
	}
}
