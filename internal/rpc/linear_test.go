package rpc_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/cockroachdb/pebble/v2/vfs"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/engine"
	"github.com/openchatops/oco/internal/rpc"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// The cells of a namespace that histories are made of.
const cells = 3

type cell struct {
	value    int64
	revision uint64 // 0: absent
}

// A space is a namespace as the model has it.
type space struct {
	revision uint64
	cells    [cells]cell
}

// An op is what a client asked for: a read of all cells, or a transaction that
// may have a guard, and puts, adds or deletes.
type op struct {
	namespace string
	read      bool
	guard     int // cell; -1: none
	revision  uint64
	writes    []change
}

type change struct {
	cell int
	kind byte // p, a or d
	n    int64
}

// A seen is what a client was answered; unknown: a crash cut it off.
type seen struct {
	unknown   bool
	committed bool
	space     space // of a read; of a transaction only the revision
}

func (s space) step(o op) (space, bool) {
	if o.guard >= 0 && s.cells[o.guard].revision != o.revision {
		return s, false
	}
	s.revision++
	for _, w := range o.writes {
		c := &s.cells[w.cell]
		switch w.kind {
		case 'p':
			c.value = w.n
		case 'a':
			c.value += w.n
		case 'd':
			*c = cell{}
			continue
		}
		c.revision = s.revision
	}
	return s, true
}

// linear is the specification of a namespace, for the checker (OCO-STO-7).
var linear = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		parts := map[string][]porcupine.Operation{}
		for _, o := range history {
			parts[o.Input.(op).namespace] = append(parts[o.Input.(op).namespace], o)
		}
		var all [][]porcupine.Operation
		for _, p := range parts {
			all = append(all, p)
		}
		return all
	},
	Init: func() any { return space{} },
	Step: func(state, input, output any) (bool, any) {
		s, o, out := state.(space), input.(op), output.(seen)
		if o.read {
			return out.unknown || out.space == s, s
		}
		next, committed := s.step(o)
		return out.unknown || committed == out.committed && next.revision == out.space.revision, next
	},
}

// A history is what clients did, over several lives of the bot.
type history struct {
	mu    sync.Mutex
	clock int64
	ops   []porcupine.Operation
	dead  bool
}

// never is when an operation returns that a crash cut off.
const never = int64(1) << 60

// do notes an operation around call. It reports false if the bot is dead.
func (h *history) do(client int, o op, call func() (seen, error)) bool {
	h.mu.Lock()
	if h.dead {
		h.mu.Unlock()
		return false
	}
	h.clock++
	began := h.clock
	h.mu.Unlock()
	out, err := call()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock++
	done := porcupine.Operation{ClientId: client, Input: o, Call: began, Output: out, Return: h.clock}
	if h.dead || err != nil { // who heard it lived in a world that the cut took back
		if o.read {
			return false
		}
		done.Output, done.Return = seen{unknown: true}, never
	}
	h.ops = append(h.ops, done)
	return !h.dead && err == nil
}

// done is how many operations there are.
func (h *history) done() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.ops)
}

func cellName(i int) string { return "cell/" + strconv.Itoa(i) }

func (o op) call(ctx context.Context, s rpc.Storage) (seen, error) {
	if o.read {
		res, err := s.Get(ctx, &ocov1.GetRequest{Namespace: o.namespace, Keys: []string{cellName(0), cellName(1), cellName(2)}})
		out := seen{space: space{revision: res.GetRevision()}}
		for _, e := range res.GetEntries() {
			n, failed := strconv.ParseInt(string(e.Value), 10, 64)
			if failed != nil {
				return out, failed
			}
			out.space.cells[e.Key[len(e.Key)-1]-'0'] = cell{n, e.Revision}
		}
		return out, err
	}
	t := &ocov1.Transaction{Namespace: o.namespace}
	if o.guard >= 0 {
		t.Guards = []*ocov1.Guard{{Key: cellName(o.guard), Revision: o.revision}}
	}
	for _, w := range o.writes {
		write := &ocov1.Write{}
		switch key := cellName(w.cell); w.kind {
		case 'p':
			write.Kind = &ocov1.Write_Put{Put: &ocov1.Put{Key: key, Value: strconv.AppendInt(nil, w.n, 10)}}
		case 'a':
			write.Kind = &ocov1.Write_Add{Add: &ocov1.Add{Key: key, Delta: w.n}}
		case 'd':
			write.Kind = &ocov1.Write_DeleteKey{DeleteKey: key}
		}
		t.Writes = append(t.Writes, write)
	}
	res, err := s.Transact(ctx, &ocov1.TransactRequest{Transaction: t})
	return seen{committed: res.GetCommitted(), space: space{revision: res.GetRevision()}}, err
}

// client works until the bot is dead or it did enough.
func (h *history) client(ctx context.Context, n, most int, s rpc.Storage, rng *rand.Rand) {
	known := map[string]space{}
	for range most {
		o := op{namespace: fmt.Sprintf("ns%d", rng.IntN(4)), guard: -1, read: rng.IntN(2) == 0}
		if !o.read {
			if rng.IntN(2) == 0 {
				o.guard = rng.IntN(cells)
				o.revision = known[o.namespace].cells[o.guard].revision
			}
			for range 1 + rng.IntN(2) {
				o.writes = append(o.writes, change{rng.IntN(cells), "paad"[rng.IntN(4)], rng.Int64N(100)})
			}
		}
		alive := h.do(n, o, func() (seen, error) {
			out, err := o.call(ctx, s)
			if o.read && err == nil {
				known[o.namespace] = out.space
			}
			return out, err
		})
		if !alive {
			return
		}
	}
}

// live runs the bot on a file system until its power is cut, and returns what is
// left.
func (h *history) live(t *testing.T, fs *vfs.MemFS, clients, most int, rng *rand.Rand) *vfs.MemFS {
	st, err := pebblestore.Open("data", pebblestore.Options{FS: fs, Fatal: func(string, ...any) { runtime.Goexit() }})
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(st, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(o *rpc.Options) { o.Engine, o.Store = e, st })
	ctx := w.as(chat.RoleOperator)
	h.dead = false
	finished := make(chan struct{})
	began, target := h.done(), 20+rng.IntN(clients*most)
	seed := rng.Uint64()
	go func() {
		defer close(finished)
		var all sync.WaitGroup
		for n := range clients {
			own := rand.New(rand.NewPCG(seed, uint64(n)))
			all.Go(func() { h.client(ctx, n, most, w.core.Storage(), own) })
		}
		all.Wait()
	}()
	for over := false; !over && h.done() < began+target; runtime.Gosched() {
		select {
		case <-finished:
			over = true
		default:
		}
	}
	h.mu.Lock()
	h.dead = true
	left := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: []int{0, 50, 100}[rng.IntN(3)], RNG: rng})
	h.mu.Unlock()
	e.Stop()
	<-finished
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return left
}

// stale makes a read of a history return what an earlier one returned, although
// something was written between them.
func stale(ops []porcupine.Operation) ([]porcupine.Operation, bool) {
	for i := len(ops) - 1; i >= 0; i-- {
		late := ops[i]
		if !late.Input.(op).read {
			continue
		}
		for _, early := range ops[:i] {
			if o := early.Input.(op); !o.read || o.namespace != late.Input.(op).namespace || early.Output.(seen).space == late.Output.(seen).space {
				continue
			}
			wrote := func(w porcupine.Operation) bool {
				return !w.Input.(op).read && w.Input.(op).namespace == late.Input.(op).namespace && w.Output.(seen).committed && w.Call > early.Return && w.Return < late.Call
			}
			if slices.ContainsFunc(ops, wrote) {
				changed := slices.Clone(ops)
				changed[i].Output = early.Output
				return changed, true
			}
		}
	}
	return nil, false
}

// What clients see is linearizable, over power cuts too; and the checker finds a
// stale read (OCO-STO-7).
func TestCrashStorageIsLinearizable(t *testing.T) {
	seeds, lives, most := 2, 6, 150
	if os.Getenv("OCO_TORTURE") != "" {
		seeds, lives, most = 20, 10, 400
	}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		h, fs := &history{}, vfs.NewCrashableMem()
		first := 0 // operations of the first lives
		for life := range lives {
			if fs = h.live(t, fs, 6, most, rng); life == 2 {
				first = len(h.ops)
			}
		}
		began, unknown := time.Now(), 0
		for _, o := range h.ops {
			if o.Output.(seen).unknown {
				unknown++
			}
		}
		if got := porcupine.CheckOperationsTimeout(linear, h.ops, 2*time.Minute); got != porcupine.Ok {
			t.Fatalf("seed %d: %d operations are %s", seed, len(h.ops), got)
		}
		// To be sure that there is no order takes longer the more is unknown.
		changed, ok := stale(h.ops[:first])
		if !ok {
			t.Fatalf("seed %d: no read can be made stale in %d operations", seed, first)
		}
		if got := porcupine.CheckOperationsTimeout(linear, changed, 2*time.Minute); got != porcupine.Illegal {
			t.Fatalf("seed %d: a stale read is %s", seed, got)
		}
		t.Logf("seed %d: %d operations, %d of them cut off by %d power cuts, checked twice in %s", seed, len(h.ops), unknown, lives, time.Since(began).Round(time.Millisecond))
	}
}

// A gate is a store whose commits wait until it is opened.
type gate struct {
	store.Store
	open chan struct{}
}

type gatedCommit struct {
	store.Commit
	open chan struct{}
}

func (g *gate) Apply(b *store.Batch) (store.Commit, error) {
	c, err := g.Store.Apply(b)
	return gatedCommit{c, g.open}, err
}

func (c gatedCommit) Wait() error { <-c.open; return c.Commit.Wait() }

// A read does not show what is applied and not yet on disk: it waits for it
// (OCO-STO-7).
func TestAReadWaitsForWhatItShows(t *testing.T) {
	st, err := pebblestore.OpenMemory(pebblestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	g := &gate{Store: st, open: make(chan struct{})}
	close(g.open)
	e, err := engine.Open(g, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop()
	w := newWorld(t, func(o *rpc.Options) { o.Engine, o.Store = e, g })
	ctx, s := w.as(chat.RoleOperator), w.core.Storage()
	put := op{namespace: "ns", guard: -1, writes: []change{{0, 'p', 7}}}
	if _, err := put.call(ctx, s); err != nil {
		t.Fatal(err)
	}
	g.open = make(chan struct{})
	let := sync.OnceFunc(func() { close(g.open) })
	defer let()
	put.writes[0].n = 8
	written, read := make(chan error, 1), make(chan seen, 1)
	go func() { _, err := put.call(ctx, s); written <- err }()
	for applied := false; !applied; runtime.Gosched() { // not yet durable
		raw, err := st.Get([]byte("w/ns/" + cellName(0)))
		applied = err == nil && string(raw[:3]) == "\n\x018"
	}
	go func() {
		out, err := op{namespace: "ns", read: true}.call(ctx, s)
		if err != nil {
			t.Error(err)
		}
		read <- out
	}()
	for range 1000 {
		runtime.Gosched()
	}
	select {
	case out := <-read:
		t.Fatalf("it was shown before it was on disk: %+v", out)
	case <-written:
		t.Fatal("it was acknowledged before it was on disk")
	default:
	}
	let()
	if out := <-read; out.space.cells[0].value != 8 {
		t.Fatalf("read %+v", out)
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
}
