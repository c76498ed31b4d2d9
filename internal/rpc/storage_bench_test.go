package rpc_test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/engine"
	"github.com/openchatops/oco/internal/rpc"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// BenchmarkStorage measures what is durable a second, by one caller and by 64,
// beside Pebble alone, on the disk of the temporary directory. A put is one of
// 100 bytes; a transaction has a guard, a put of 100 bytes and a counter.
//
//	go test ./internal/rpc -run '^$' -bench Storage -benchtime 1s -count 5
func BenchmarkStorage(b *testing.B) {
	value := bytes.Repeat([]byte{'v'}, 100)
	db, err := pebble.Open(b.TempDir(), &pebble.Options{Logger: quiet{b}})
	if err != nil {
		b.Fatal(err)
	}
	st, err := pebblestore.Open(b.TempDir(), pebblestore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	e, err := engine.Open(st, engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		e.Stop()
		for _, close := range []func() error{st.Close, db.Close} {
			if err := close(); err != nil {
				b.Error(err)
			}
		}
	}()
	w := newWorld(b, func(o *rpc.Options) { o.Engine, o.Store = e, st })
	ctx, s := w.as(chat.RoleOperator), w.core.Storage()
	const keys = 100
	key := func(n int64) string { return fmt.Sprintf("key/%05d", n%keys) }
	for n := range int64(keys) { // so that all that is read is there
		if err := db.Set([]byte(key(n)), value, pebble.NoSync); err != nil {
			b.Fatal(err)
		}
	}
	for _, kind := range []struct {
		name string
		call func(n int64) error
	}{
		{"pebble put", func(n int64) error { return db.Set([]byte(key(n)), value, pebble.Sync) }},
		{"put", func(n int64) error {
			_, err := s.Transact(ctx, putting("bench", key(n), value))
			return err
		}},
		{"transact", func(n int64) error { return benchTransact(ctx, s, key(n), value) }},
		{"pebble get", func(n int64) error {
			_, closer, err := db.Get([]byte(key(n)))
			if err == nil {
				err = closer.Close()
			}
			return err
		}},
		{"get", func(n int64) error {
			_, err := s.Get(ctx, &ocov1.GetRequest{Namespace: "bench", Keys: []string{key(n)}})
			return err
		}},
	} {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, callers), func(b *testing.B) { callFrom(b, callers, kind.call) })
		}
	}
}

func benchTransact(ctx context.Context, s rpc.Storage, key string, value []byte) error {
	res, err := s.Transact(ctx, &ocov1.TransactRequest{Transaction: &ocov1.Transaction{
		Namespace: "bench", Guards: []*ocov1.Guard{{Key: "absent"}},
		Writes: []*ocov1.Write{
			{Kind: &ocov1.Write_Put{Put: &ocov1.Put{Key: key, Value: value}}}, {Kind: &ocov1.Write_Add{Add: &ocov1.Add{Key: "counter", Delta: 1}}},
		},
	}})
	if err == nil && !res.Committed {
		err = fmt.Errorf("it was not committed")
	}
	return err
}

// callFrom spreads b.N calls over callers and reports how many a second there
// are.
func callFrom(b *testing.B, callers int, call func(n int64) error) {
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range callers {
		all.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := call(n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "calls/s")
}

// quiet drops what Pebble says beside errors.
type quiet struct{ b *testing.B }

func (quiet) Infof(string, ...any)           {}
func (q quiet) Errorf(f string, args ...any) { q.b.Errorf(f, args...) }
func (q quiet) Fatalf(f string, args ...any) { q.b.Fatalf(f, args...) }
