package pebblestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/openchatops/oco/internal/store"
)

// What was deleted and what was replaced is in no table any more after a Compact.
func TestCompactLetsGo(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	put := func(of string, value string) {
		b := store.Batch{Sync: true}
		for i := range 500 {
			b.Put(fmt.Appendf(nil, "%s/%d", of, i), fmt.Appendf(nil, "%s %d", value, i))
		}
		c, err := s.Apply(&b)
		if err == nil {
			err = c.Wait()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put("e", "secret")
	put("o", "secret")
	if err := s.Compact(t.Context(), []byte("e/")); err != nil {
		t.Fatal(err)
	}
	if !inTables(t, dir, "secret") {
		t.Fatal("the test finds nothing")
	}
	put("e", "bare")
	b := store.Batch{Sync: true}
	b.DeletePrefix([]byte("o/"))
	if _, err := s.Apply(&b); err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"e/", "o/"} {
		if err := s.Compact(t.Context(), []byte(prefix)); err != nil {
			t.Fatal(err)
		}
	}
	if v, err := s.Get([]byte("e/7")); err != nil || string(v) != "bare 7" {
		t.Errorf("%q %v", v, err)
	}
	for _, prefix := range []string{"", "\xff"} {
		if err := s.Compact(t.Context(), []byte(prefix)); !errors.Is(err, store.ErrKey) {
			t.Errorf("%q: %v", prefix, err)
		}
	}
	if err := s.Close(); err != nil { // which waits until tables that are not used are deleted
		t.Fatal(err)
	}
	if inTables(t, dir, "secret") {
		t.Error("it is still there")
	}
}

// inTables says whether a table of the store holds a text.
func inTables(t *testing.T, dir, text string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".sst" {
			return err
		}
		data, err := os.ReadFile(path)
		found = found || bytes.Contains(data, []byte(text))
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return found
}

// A Compact that cannot be done says so.
func TestCompactThatCannotBeDone(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	b := &store.Batch{Sync: true}
	b.Put([]byte("e/1"), []byte("x"))
	applyAndWait(t, s, b)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Compact(cancelled, []byte("e/")); !errors.Is(err, context.Canceled) {
		t.Errorf("when nobody waits for it: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context(), []byte("e/")); !errors.Is(err, store.ErrClosed) {
		t.Errorf("on a closed store: %v", err)
	}
}
