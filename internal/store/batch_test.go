package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func contents(b *Batch) []string {
	var got []string
	for w := range b.Writes {
		got = append(got, fmt.Sprintf("write %d %s=%s", w.Op, w.Key, w.Value))
	}
	for c := range b.Conditions {
		got = append(got, fmt.Sprintf("require %s=%s absent %t", c.Key, c.Value, c.Absent))
	}
	return got
}

func TestBatchKeepsOrderAndCounts(t *testing.T) {
	b := &Batch{Sync: true}
	b.Put([]byte("a"), []byte("123"))
	if b.Len() != 1 || b.Size() != 4 {
		t.Errorf("after the first write Len = %d, Size = %d; want 1, 4", b.Len(), b.Size())
	}
	b.Require([]byte("condition"), []byte("x"))
	b.Delete([]byte("bc"))
	b.Require([]byte("gone"), nil)
	b.DeletePrefix([]byte("p/"))
	b.Put([]byte("d"), []byte("45"))
	b.Require([]byte("empty"), []byte{})
	want := []string{
		"write 1 a=123", "write 2 bc=", "write 3 p/=", "write 1 d=45",
		"require condition=x absent false", "require gone= absent true", "require empty= absent false",
	}
	if got := contents(b); !slices.Equal(got, want) {
		t.Errorf("the batch holds %q, want %q", got, want)
	}
	if b.Len() != 4 || b.Size() != 4+2+2+3 {
		t.Errorf("Len = %d, Size = %d; want 4, 11", b.Len(), b.Size())
	}
	b.Reset()
	if b.Len() != 0 || b.Size() != 0 || b.Sync || b.Err() != nil || len(contents(b)) != 0 {
		t.Errorf("after Reset the batch is %+v", b)
	}
}

func TestBatchStopsIterating(t *testing.T) {
	b := &Batch{}
	for range 3 {
		b.Put([]byte("a"), nil)
		b.Require([]byte("a"), nil)
	}
	n := 0
	for range b.Writes {
		n++
		break
	}
	for range b.Conditions {
		n++
		break
	}
	if n != 2 {
		t.Errorf("two loops that break at once ran %d times", n)
	}
}

// TestBatchCopies grows a batch and overwrites every slice that it was given,
// and appends to those that it gives back.
func TestBatchCopies(t *testing.T) {
	b := &Batch{}
	key, value := make([]byte, 8), make([]byte, 8)
	for n := range 100 {
		copy(key, fmt.Sprintf("key %4d", n))
		copy(value, fmt.Sprintf("val %4d", n))
		b.Put(key, value)
		b.Require(key, value)
	}
	n := 0
	for w := range b.Writes {
		if string(w.Key) != fmt.Sprintf("key %4d", n) || string(w.Value) != fmt.Sprintf("val %4d", n) {
			t.Fatalf("write %d is %q = %q", n, w.Key, w.Value)
		}
		_ = append(w.Key, "overrun!"...)
		_ = append(w.Value, "overrun!"...)
		n++
	}
}

// TestBatchSorts compares with a stable sort of what was added, and with the batch
// itself where it removes a prefix.
func TestBatchSorts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("abz")), 0, 3, -1)
		keys := rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune("abz")), 1, 2, -1), 0, 60).Draw(r, "keys")
		b := &Batch{}
		for _, key := range keys {
			switch kind := rapid.IntRange(0, 99).Draw(r, "kind"); {
			case kind == 0:
				b.DeletePrefix([]byte(key))
			case kind < 20:
				b.Delete([]byte(key))
			default:
				b.Put([]byte(key), []byte(text.Draw(r, "value")))
			}
		}
		var want []string
		prefixes := false
		writes := slices.Collect(b.Writes)
		for _, w := range writes {
			prefixes = prefixes || w.Op == OpDeletePrefix
		}
		if !prefixes {
			slices.SortStableFunc(writes, func(x, y Write) int { return bytes.Compare(x.Key, y.Key) })
		}
		for _, w := range writes {
			want = append(want, fmt.Sprintf("write %d %s=%s", w.Op, w.Key, w.Value))
		}
		b.Sort()
		if got := contents(b); !slices.Equal(got, want) {
			r.Errorf("sorted it holds %q, want %q", got, want)
		}
	})
}

func TestBatchReset(t *testing.T) {
	b := &Batch{}
	b.Put(nil, nil)
	if !errors.Is(b.Err(), ErrKey) {
		t.Errorf("Err = %v, want ErrKey", b.Err())
	}
	b.Put([]byte("fine"), nil)
	if !errors.Is(b.Err(), ErrKey) {
		t.Error("a good key hides the bad one before it")
	}
	b.Reset()
	if b.Err() != nil {
		t.Errorf("Err after Reset = %v", b.Err())
	}
}

func TestCheckKey(t *testing.T) {
	for length, ok := range map[int]bool{0: false, 1: true, MaxKeySize: true, MaxKeySize + 1: false} {
		err := CheckKey(make([]byte, length))
		if (err == nil) != ok || !ok && !errors.Is(err, ErrKey) {
			t.Errorf("CheckKey of %d bytes = %v", length, err)
		}
		if length > MaxKeySize && !strings.Contains(err.Error(), "2049 bytes, at most 2048") {
			t.Errorf("the error does not say the limit: %v", err)
		}
	}
}

func TestPrefixEnd(t *testing.T) {
	for prefix, want := range map[string]string{
		"": "", "\xff": "", "\xff\xff": "",
		"a": "b", "a\xff": "b", "a\xff\xff": "b", "\x00": "\x01", "a\xfe": "a\xff", "\xff\x00": "\xff\x01",
	} {
		got := PrefixEnd([]byte(prefix))
		if string(got) != want || want == "" && got != nil {
			t.Errorf("PrefixEnd(%q) = %q, want %q", prefix, got, want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		bytesOf := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0xfe, 0xff}), 0, 4)
		prefix, key := bytesOf.Draw(r, "prefix"), bytesOf.Draw(r, "key")
		before := append([]byte(nil), prefix...)
		end := PrefixEnd(prefix)
		inRange := bytes.Compare(key, prefix) >= 0 && (end == nil || bytes.Compare(key, end) < 0)
		if inRange != bytes.HasPrefix(key, prefix) {
			r.Errorf("PrefixEnd(%q) = %q is wrong for the key %q", prefix, end, key)
		}
		if !bytes.Equal(prefix, before) {
			r.Errorf("PrefixEnd changed its argument")
		}
	})
}
