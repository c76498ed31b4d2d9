package delivery

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/store"
)

// A rows is a store in memory.
type rows map[string][]byte

func (r rows) apply(b *store.Batch) {
	for w := range b.Writes {
		switch w.Op {
		case store.OpPut:
			r[string(w.Key)] = slices.Clone(w.Value)
		case store.OpDelete:
			delete(r, string(w.Key))
		case store.OpDeletePrefix:
			maps.DeleteFunc(r, func(k string, _ []byte) bool { return strings.HasPrefix(k, string(w.Key)) })
		}
	}
}

func (r rows) scan(prefix []byte, visit func(key, value []byte) error) error {
	var keys []string
	for k := range r {
		if strings.HasPrefix(k, string(prefix)) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		if err := visit([]byte(k), r[k]); err != nil {
			return err
		}
	}
	return nil
}

// A commit is a session that was applied and is not yet durable: its effects
// wait.
type commit struct {
	batch   *store.Batch
	effects []Effect
	at      time.Time
}

// A sim drives a machine through a schedule that a seed draws, as the engine
// would, over a store that may lose what is not durable.
type sim struct {
	starts  int // of machines
	t       *testing.T
	seed    uint64
	rng     *rand.Rand
	opt     Options
	m       *Machine
	now     time.Time
	applied rows // what the machine's facts see
	durable rows // what a crash leaves
	queue   []commit
	session *Session
	steps   int
	tokens  Token
	waits   map[Token]func(Reply) // who waits for an answer
	slow    map[Token]bool        // these may wait for a send
	world   *world
	trace   []string
}

func (x *sim) failf(format string, args ...any) {
	x.t.Helper()
	from := max(len(x.trace)-40, 0)
	x.t.Fatalf("%s\nseed %d, step %d: %s\nreplay: go test ./internal/delivery -run TestSimulator -seed %d",
		strings.Join(x.trace[from:], "\n"), x.seed, x.steps, fmt.Sprintf(format, args...), x.seed)
}

func (x *sim) note(format string, args ...any) {
	if *verbose {
		line := fmt.Sprintf("%s ", x.now.Sub(simStart)) + fmt.Sprintf(format, args...)
		x.trace = append(x.trace, line[:min(len(line), 600)])
	}
}

var simStart = time.Unix(1_800_000_000, 0).UTC()

func (x *sim) chance(percent int) bool { return x.rng.IntN(100) < percent }

func pick[T any](x *sim, of []T) T { return of[x.rng.IntN(len(of))] }

// do gives the machine an input and tells answer what it says.
func (x *sim) do(in Input, answer func(Reply)) {
	if *verbose {
		x.note("do %T %s", in, inBrief(in))
	}
	facts := Facts{}
	if x.session != nil && len(x.m.Facts(in, facts)) > 0 {
		x.end()
	}
	if x.session == nil {
		x.session = x.m.Begin(x.now, &store.Batch{})
	}
	for keys := x.m.Facts(in, facts); len(keys) > 0; keys = x.m.Facts(in, facts) {
		for _, k := range keys {
			facts[string(k)] = x.applied[string(k)]
		}
	}
	x.tokens++
	if answer == nil {
		answer = func(Reply) {}
	}
	x.waits[x.tokens] = answer
	x.slow[x.tokens] = slow(in)
	x.session.Step(x.tokens, in, facts)
	x.steps++
	x.machineAgrees()
	if !x.chance(40) { // else the next input comes in the same session
		x.end()
	}
}

func slow(in Input) bool {
	switch in := in.(type) {
	case Complete:
		return in.Wait
	case Say:
		return in.Wait
	case Tick, Abandon:
		return true
	}
	return false
}

// end closes the session and queues its commit.
func (x *sim) end() {
	if x.session == nil {
		return
	}
	change := x.session.End()
	x.session = nil
	if len(x.queue) == 0 && change.Batch.Len() == 0 {
		x.world.framed = x.now
		x.release(change.Effects)
	} else {
		x.applied.apply(change.Batch)
		x.queue = append(x.queue, commit{change.Batch, change.Effects, x.now})
	}
	x.check(change)
	if x.chance(50) {
		x.sync(len(x.queue))
	}
}

// sync makes the first n commits durable and lets their effects out.
func (x *sim) sync(n int) {
	out := slices.Clone(x.queue[:n])
	for _, c := range out {
		x.durable.apply(c.batch)
	}
	x.queue = slices.Clone(x.queue[n:])
	for _, c := range out {
		x.world.framed = c.at
		x.release(c.effects)
	}
}

func (x *sim) release(effects []Effect) {
	for _, e := range effects {
		if r, ok := e.(Reply); ok {
			answer := x.waits[r.Token]
			if answer == nil {
				x.failf("a second answer, or one that nobody asked for: %+v", r)
			}
			delete(x.waits, r.Token)
			answer(r)
			continue
		}
		x.world.frame(e)
	}
}

// crash loses what is not durable, of which a prefix may have reached the disk
// all the same, and starts a new machine.
func (x *sim) crash() {
	x.session = nil
	kept := x.rng.IntN(len(x.queue) + 1)
	for _, c := range x.queue[:kept] {
		x.durable.apply(c.batch)
	}
	x.note("crash: %d of %d commits reach the disk", kept, len(x.queue))
	x.queue = nil
	x.applied = maps.Clone(x.durable)
	clear(x.waits)
	died := x.now
	x.now = x.now.Add(time.Duration(x.rng.IntN(20_000)) * time.Millisecond)
	x.world.crashed()
	x.start(died)
}

func (x *sim) start(lastAlive time.Time) {
	x.m = New(x.opt, x.now, rand.New(rand.NewPCG(x.rng.Uint64(), 0)))
	x.starts++ // as the engine, which adds a millisecond for each epoch
	x.m.DrawAfter(lastAlive.Add(time.Duration(x.starts) * time.Millisecond))
	s := x.m.Begin(x.now, &store.Batch{})
	if err := s.Recover(x.applied.scan, lastAlive); err != nil {
		x.failf("recover: %v", err)
	}
	x.session = s
	x.machineAgrees()
	x.end()
	x.wholeStore()
}

// inBrief prints an input without what fills the screen.
func inBrief(in Input) string {
	a, ok := in.(Admit)
	if !ok {
		return fmt.Sprintf("%+v", in)
	}
	s := fmt.Sprintf("%s epoch %d, completions %+v:", a.Account, a.Epoch, a.Completions)
	for _, e := range a.Events {
		s += fmt.Sprintf(" %s[word %+v, sends %d", e.ID, e.Word, len(e.Sends))
		for _, n := range e.Deliveries {
			s += fmt.Sprintf(" %s:%s:%s@%+v", n.ID, n.Route.Name, n.User, n.Place)
		}
		s += "]"
	}
	return s
}
