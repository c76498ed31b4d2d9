package pebblestore

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/openchatops/oco/internal/store"
)

// What conditions are about is remembered, and no write of any kind leaves an old
// memory behind.
func TestConditionsSeeEveryWrite(t *testing.T) {
	s, err := OpenMemory(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	r := rand.New(rand.NewPCG(1, 2))
	rows := map[string][]byte{}
	key := func() []byte { return fmt.Appendf(nil, "%c/%d", 'a'+rune(r.IntN(3)), r.IntN(10)) }
	for step := range 5_000 {
		var b store.Batch
		held := true
		for range r.IntN(3) {
			k := key()
			want, ok := rows[string(k)]
			switch {
			case r.IntN(4) == 0:
				want = []byte("something else")
				held = false
			case !ok:
				want = nil
			}
			b.Require(k, want)
		}
		after := map[string][]byte{}
		for k, v := range rows {
			after[k] = v
		}
		for range r.IntN(3) {
			k := key()
			switch r.IntN(8) {
			case 0:
				b.Delete(k)
				delete(after, string(k))
			case 1:
				b.DeletePrefix(k[:2])
				for old := range after {
					if bytes.HasPrefix([]byte(old), k[:2]) {
						delete(after, old)
					}
				}
			default:
				v := bytes.Repeat([]byte{byte(step)}, r.IntN(2*knownSize))
				b.Put(k, v)
				after[string(k)] = v
			}
		}
		_, err := s.Apply(&b)
		if held != (err == nil) || err != nil && !errors.Is(err, store.ErrCondition) {
			t.Fatalf("step %d: %v, want held %v", step, err, held)
		}
		if held {
			rows = after
		}
		if len(s.known.rows) > knownRows {
			t.Fatalf("%d rows are remembered", len(s.known.rows))
		}
	}
	if len(s.known.rows) == 0 {
		t.Error("nothing is remembered")
	}
}

// Rows are remembered up to a size and a number, and a batch makes those be forgotten
// that it writes, and no other.
func TestWhatIsRemembered(t *testing.T) {
	has := func(k *known, key string) bool {
		_, ok := k.get([]byte(key))
		return ok
	}
	var k known
	k.forget(&store.Batch{}) // it remembers nothing
	k.keep([]byte("a/large"), make([]byte, knownSize+1))
	k.keep([]byte("a/full"), make([]byte, knownSize))
	k.keep([]byte("a/none"), nil)
	if value, ok := k.get([]byte("a/none")); has(&k, "a/large") || !has(&k, "a/full") || !ok || value != nil {
		t.Errorf("it remembers %v", k.rows)
	}
	for n := len(k.rows); n < knownRows; n++ {
		k.keep(fmt.Appendf(nil, "b/%02d", n), []byte("v"))
	}
	if len(k.rows) != knownRows || !has(&k, "a/full") {
		t.Errorf("%d rows are remembered, want %d", len(k.rows), knownRows)
	}
	var b store.Batch
	b.Put([]byte("a/none"), []byte("v"))
	b.Delete([]byte("b/02"))
	b.DeletePrefix([]byte("b/1"))
	b.Put([]byte("c/03"), []byte("v"))
	k.forget(&b)
	for key, want := range map[string]bool{"a/full": true, "a/none": false, "b/02": false, "b/03": true, "b/09": true, "b/10": false, "b/15": false} {
		if has(&k, key) != want {
			t.Errorf("%s is remembered: %t", key, !want)
		}
	}
	for n := range knownRows {
		k.keep(fmt.Appendf(nil, "d/%02d", n), []byte("v"))
	}
	if has(&k, "a/full") || !has(&k, fmt.Sprintf("d/%02d", knownRows-1)) || len(k.rows) > knownRows {
		t.Errorf("%d rows are remembered once there are too many", len(k.rows))
	}
}
