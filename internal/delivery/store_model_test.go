package delivery

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
)

// A reading is rows for those who read the store.
type reading struct{ rows }

func (r reading) Get(key []byte) ([]byte, error) {
	if value, ok := r.rows[string(key)]; ok {
		return value, nil
	}
	return nil, store.ErrNotFound
}

func (r reading) Scan(prefix, after []byte, visit func(key, value []byte) error) error {
	err := r.scan(prefix, func(key, value []byte) error {
		if after != nil && bytes.Compare(key, after) <= 0 {
			return nil
		}
		return visit(key, value)
	})
	if err == store.ErrStop {
		return nil
	}
	return err
}

// A modelled namespace is what the store should hold.
type modelled struct {
	revision uint64
	entries  map[string]Entry
	quota    int64
}

func (m *modelled) live(now time.Time) map[string]Entry {
	out := maps.Clone(m.entries)
	maps.DeleteFunc(out, func(_ string, e Entry) bool { return !e.Expires.IsZero() && !e.Expires.After(now) })
	return out
}

// transact is the transaction as the specification says it, on maps.
func (m *modelled) transact(t Transaction, now time.Time) (conflicts []string, refused chat.Reason) {
	live := m.live(now)
	for _, g := range t.Guards {
		if live[g.Key].Revision != g.Revision {
			conflicts = append(conflicts, g.Key)
		}
	}
	if len(conflicts) > 0 || len(t.Writes) == 0 {
		return conflicts, ""
	}
	for _, w := range t.Writes {
		old, found := live[w.Key]
		e := Entry{Key: w.Key, Revision: m.revision + 1, Created: m.revision + 1}
		if found {
			e.Created = old.Created
		}
		switch w.Op {
		case DeleteEntry:
			delete(live, w.Key)
			continue
		case PutEntry:
			e.Value = w.Value
			if w.TTL > 0 {
				e.Expires = now.Add(w.TTL)
			}
		case AddEntry:
			n, err := int64(0), error(nil)
			if found {
				n, err = strconv.ParseInt(string(old.Value), 10, 64)
			}
			sum := n + w.Delta
			if err != nil || (w.Delta > 0) != (sum > n) && w.Delta != 0 {
				return nil, chat.FieldInvalid
			}
			e.Value, e.Expires = []byte(strconv.FormatInt(sum, 10)), old.Expires
		}
		live[w.Key] = e
	}
	// What is over and was not touched still counts until it is swept.
	next := maps.Clone(m.entries)
	for _, w := range t.Writes {
		if e, ok := live[w.Key]; ok {
			next[w.Key] = e
		} else {
			delete(next, w.Key)
		}
	}
	if size := sizeOf(next); size > m.quota && size > sizeOf(m.entries) {
		return nil, chat.QuotaExceeded
	}
	m.entries = next
	m.revision++
	return nil, ""
}

func sizeOf(entries map[string]Entry) (n int64) {
	for key, e := range entries {
		n += int64(len(key) + len(e.Value))
	}
	return n
}

// The store agrees with a map (OCO-STO-8, OCO-STO-9, OCO-STO-10, OCO-STO-11,
// OCO-STO-14, OCO-STO-15, OCO-STO-16, OCO-STO-19).
func TestStoreAgreesWithAMap(t *testing.T) {
	const quota = 6000
	keys := []string{"a", "b", "b/", "b/1", "é"}
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(t, func(o *Options) { o.StoreBytes = quota })
		model := &modelled{entries: map[string]Entry{}, quota: quota}
		other := r.do(Transact{Transaction: Transaction{Namespace: "other", Writes: []EntryWrite{{Op: PutEntry, Key: "a", Value: []byte("1")}}}}).(Transacted)
		write := rapid.Custom(func(rt *rapid.T) EntryWrite {
			w := EntryWrite{Key: rapid.SampledFrom(keys).Draw(rt, "key")}
			switch w.Op = EntryOp(rapid.IntRange(1, 3).Draw(rt, "op")); w.Op {
			case PutEntry:
				w.Value = []byte(rapid.SampledFrom([]string{
					"", "7", "x", strconv.Itoa(math.MaxInt64), strings.Repeat("v", inline), strings.Repeat("v", inline+1), strings.Repeat("9", 3*inline),
				}).Draw(rt, "value"))
				w.TTL = rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Second, time.Minute}).Draw(rt, "ttl")
			case AddEntry:
				w.Delta = rapid.SampledFrom([]int64{0, 1, -3, math.MaxInt64, math.MinInt64}).Draw(rt, "delta")
			}
			return w
		})
		rt.Repeat(map[string]func(*rapid.T){
			"transact": func(rt *rapid.T) {
				tx := Transaction{Namespace: "ns", Writes: rapid.SliceOfN(write, 0, 4).Draw(rt, "writes")}
				live := model.live(r.now)
				for _, key := range rapid.SliceOfN(rapid.SampledFrom(keys), 0, 2).Draw(rt, "guards") {
					g := Guard{key, live[key].Revision}
					if rapid.IntRange(0, 3).Draw(rt, "wrong") == 0 {
						g.Revision = rapid.Uint64Range(0, model.revision+1).Draw(rt, "revision")
					}
					tx.Guards = append(tx.Guards, g)
				}
				conflicts, refused := model.transact(tx, r.now)
				reply := r.asked[r.submit(Transact{Transaction: tx})]
				if refused != "" {
					if reply.Err == nil || reply.Err.Reason != refused {
						rt.Fatalf("%v, want %s", reply, refused)
					}
					return
				}
				got, _ := reply.Value.(Transacted)
				var found []string
				for _, e := range got.Conflicts {
					found = append(found, e.Key)
				}
				if reply.Err != nil || got.Committed != (conflicts == nil) || !slices.Equal(found, conflicts) || got.Revision != model.revision {
					rt.Fatalf("got %+v, %v; want conflicts %q at %d", got, reply.Err, conflicts, model.revision)
				}
				if got.Committed && len(got.Results) != len(tx.Writes) {
					rt.Fatalf("%d results of %d writes", len(got.Results), len(tx.Writes))
				}
			},
			"time": func(rt *rapid.T) {
				r.now = r.now.Add(rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, time.Hour}).Draw(rt, "passes"))
			},
			"sweep": func(rt *rapid.T) {
				due, err := DueRows(reading{r.rows}, r.now, nil, rapid.IntRange(1, 5).Draw(rt, "most"))
				if err != nil {
					rt.Fatal(err)
				}
				r.do(Sweep{due})
				for _, d := range due {
					_, row, _ := splitDue(d)
					_, key, _ := splitEntry(row)
					delete(model.entries, key)
				}
				if len(due) > 0 {
					model.revision++
				}
			},
			"restart": func(*rapid.T) { r.restart(time.Millisecond) },
			"": func(rt *rapid.T) {
				compareStore(rt, r, model)
				if revision, _ := ReadRevision(reading{r.rows}, "other"); revision != other.Revision {
					rt.Fatal("another namespace was touched")
				}
			},
		})
	})
}

// compareStore holds what readers see, and the rows that they do not, to the
// model.
func compareStore(t *rapid.T, r *rig, model *modelled) {
	live := model.live(r.now)
	var listed []string
	err := ScanEntries(reading{r.rows}, "ns", "", "", r.now, func(e Entry, size int, value func() ([]byte, error)) error {
		if e.Revision == 0 {
			return nil
		}
		listed = append(listed, e.Key)
		v, err := value()
		if len(v) != size || !bytes.Equal(v, live[e.Key].Value) {
			t.Fatalf("%q is listed as %d bytes %.10q", e.Key, size, v)
		}
		return err
	})
	if want := slices.Sorted(maps.Keys(live)); err != nil || !slices.Equal(listed, want) {
		t.Fatalf("listed %q, want %q: %v", listed, want, err)
	}
	for key, want := range live {
		got, found, err := ReadEntry(reading{r.rows}, "ns", key, r.now)
		if err != nil || !found || !bytes.Equal(got.Value, want.Value) || got.Revision != want.Revision || got.Created != want.Created || !got.Expires.Equal(want.Expires) {
			t.Fatalf("%q is %+v, want %+v: %v", key, got, want, err)
		}
	}
	if revision, err := ReadRevision(reading{r.rows}, "ns"); err != nil || revision != model.revision {
		t.Fatalf("revision %d, want %d: %v", revision, model.revision, err)
	}
	var space record.Namespace
	if err := proto.Unmarshal(r.rows["n/ns"], &space); err != nil || space.Bytes != sizeOf(model.entries) || space.Keys != int64(len(model.entries)) {
		t.Fatalf("accounted %v, there are %d keys of %d bytes", &space, len(model.entries), sizeOf(model.entries))
	}
	want := map[string]bool{}
	for key, e := range model.entries {
		if len(e.Value) > inline {
			want["b/ns/"+key] = true
		}
		if !e.Expires.IsZero() {
			want[string(dueKey(ms(e.Expires), entryKey("ns", key)))] = true
		}
	}
	for row := range r.rows {
		if (strings.HasPrefix(row, "b/") || strings.HasPrefix(row, "z/")) && !want[row] {
			t.Fatalf("the row %q is left", row)
		}
		delete(want, row)
	}
	if len(want) > 0 {
		t.Fatalf("rows are missing: %s", fmt.Sprint(slices.Sorted(maps.Keys(want))))
	}
}
