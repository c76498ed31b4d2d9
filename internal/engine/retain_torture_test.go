package engine

import (
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// A town is people who all speak to a bot at a steady rate, each in a room of their own.
type town struct {
	t     *testing.T
	e     *Engine
	ids   *delivery.IDs
	n     atomic.Uint64
	posts chan delivery.Lease
	mu    sync.Mutex
	took  []time.Duration
}

// Take posts what the adapter is asked to.
func (w *town) Take(frames []delivery.Effect) {
	for _, f := range frames {
		if op, ok := f.(delivery.Operate); ok {
			w.posts <- op.Lease
		}
	}
}

// Close is the end of the adapter's stream.
func (w *town) Close(*chat.Error) {}

// live lets so many people speak for a while, each once in every.
func (w *town) live(people int, every, long time.Duration) {
	ctx, cancel := context.WithCancel(w.t.Context())
	var posting, speaking sync.WaitGroup
	for range people {
		posting.Go(func() {
			for {
				select {
				case l := <-w.posts:
					must(w.t, w.e, delivery.Complete{From: irc, Completions: []delivery.Completion{{
						Lease: l, Kind: delivery.DoneKind, Operation: &delivery.OperationResult{State: chat.Sent, ServiceID: "s" + l.Delivery},
					}}})
				case <-ctx.Done():
					return
				}
			}
		})
	}
	end := time.Now().Add(long)
	for i := range people {
		speaking.Go(func() {
			tick := time.NewTicker(every)
			defer tick.Stop()
			for time.Now().Before(end) {
				<-tick.C
				w.speak(i)
			}
		})
	}
	speaking.Wait()
	time.Sleep(time.Second)
	cancel()
	posting.Wait()
}

// speak is one command with one reply.
func (w *town) speak(who int) {
	n := w.n.Add(1)
	id := w.ids.Draw(delivery.KindDelivery, time.Now(), rand.New(rand.NewPCG(n, 1)))
	in := command(id, chat.OrderNone)
	e := &in.Events[0]
	e.ID, e.Payload = fmt.Sprintf("event:1:%d", n*0x9E3779B97F4A7C15), make([]byte, 500)
	e.Dedup = [16]byte{}
	binary.BigEndian.PutUint64(e.Dedup[:], n)
	e.Deliveries[0].Place = chat.Place{Room: fmt.Sprintf("room:1:C%d", who)}
	reply := done(id)
	reply.Completions[0].Sends = []delivery.KeyedSend{{Key: "a", Text: "done, and well done"}}
	began := time.Now()
	must(w.t, w.e, in)
	must(w.t, w.e, reply)
	w.mu.Lock()
	w.took = append(w.took, time.Since(began))
	w.mu.Unlock()
}

// p99 is that of what was said since the last call, and how much was said.
func (w *town) p99() (time.Duration, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	took := w.took
	w.took = nil
	slices.Sort(took)
	return took[len(took)*99/100], len(took)
}

func size(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return nil // one that was deleted meanwhile has no size
	})
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// A bot that may keep few records stays small, however much is said to it, and those
// who speak do not notice. It takes five minutes.
func TestTortureRetention(t *testing.T) {
	if os.Getenv("OCO_TORTURE") == "" {
		t.Skip("OCO_TORTURE=1 runs it: five minutes of commands")
	}
	const people, every, window, pairs = 64, 40 * time.Millisecond, 25 * time.Second, 5
	dir := t.TempDir()
	st, err := pebblestore.Open(dir, pebblestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := open(t, st, Options{Delivery: delivery.Options{DedupLeast: 100_000, DedupKeep: time.Minute, NoticeGap: time.Nanosecond}})
	w := &town{t: t, e: e, ids: delivery.NewIDs(time.Now()), posts: make(chan delivery.Lease, 100_000)}
	come(t, e, far, 1000)
	must(t, e, delivery.Hello{Replica: irc, Role: chat.RoleAdapter})
	must(t, e, delivery.Activate{Account: "account:1", From: irc, Idempotent: true})
	must(t, e, delivery.Connect{Replica: irc, Sink: e.Add(w), Credit: 1000})
	w.live(people, every, 10*time.Second)
	w.p99()
	var with, without []time.Duration
	var records, disk []int64
	rate := 0
	for n := range 2 * pairs { // other work on the machine hits both alike
		removes, kept := n%2 == 1, delivery.Kept{}
		if removes {
			kept = delivery.Kept{Records: time.Hour, Most: 1000, Text: 0}
		}
		e.SetKept(kept)
		w.live(people, every, window)
		p99, said := w.p99()
		k := e.Kept()
		t.Logf("removes: %t, %d said, p99 %s, %d records, %d MiB, removed %v", removes, said, p99, k.Deliveries, size(t, dir)>>20, k.Removed)
		rate = max(rate, said/int(window/time.Second))
		if removes {
			with, records, disk = append(with, p99), append(records, int64(k.Deliveries)), append(disk, size(t, dir)>>20)
		} else {
			without = append(without, p99)
		}
	}
	// A record stays for a minute, whatever their number, and nothing goes in every other window.
	if most := int64(1000 + rate*(60+2*int(window/time.Second))); slices.Max(records) > most {
		t.Errorf("%d records are kept, at most %d", records, most)
	}
	if last := disk[pairs/2:]; slices.Max(last) > 2*slices.Min(last)+128 {
		t.Errorf("the store grows: %d MiB", disk)
	}
	slices.Sort(with)
	slices.Sort(without)
	t.Logf("median p99: without %s, with %s, %.2f times", without[pairs/2], with[pairs/2], float64(with[pairs/2])/float64(without[pairs/2]))
	began := time.Now()
	gone, err := e.Forget(t.Context(), delivery.Person{User: "alice"}, func([]byte) (string, error) { return "", nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("forgot %+v in %s, %d MiB", gone, time.Since(began), size(t, dir)>>20)
	e.Stop()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}
