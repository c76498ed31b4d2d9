package pebblestore

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/openchatops/oco/internal/store"
)

// files gives the content of every file of a directory.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(text)
	}
	return all
}

// probe opens a store to look, and reads no row.
func probe(t *testing.T, dir string) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Verify(ctx, dir)
	return err
}

func TestProbeReadsAndChangesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	if err := probe(t, dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	s := mustOpen(t, dir, Options{})
	var batch store.Batch
	batch.Put([]byte("k"), []byte("v"))
	if _, err := s.Apply(&batch); err != nil {
		t.Fatal(err)
	}
	if err := probe(t, dir); !errors.Is(err, ErrInUse) {
		t.Errorf("while it is open: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	if err := probe(t, dir); err != nil {
		t.Errorf("a store that is fine: %v", err)
	}
	if after := files(t, dir); !maps.Equal(before, after) {
		t.Errorf("files changed: %d before, %d after", len(before), len(after))
	}
	if err := os.WriteFile(filepath.Join(dir, formatFile), []byte("something else\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := probe(t, dir); !errors.Is(err, ErrDamaged) {
		t.Errorf("a format that is none: %v", err)
	}
}

func TestProbeFindsDamage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	if err := mustOpen(t, dir, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	manifests, err := filepath.Glob(filepath.Join(dir, "MANIFEST-*"))
	if err != nil || len(manifests) == 0 {
		t.Fatal(manifests, err)
	}
	for _, m := range manifests {
		if err := os.Truncate(m, 3); err != nil {
			t.Fatal(err)
		}
	}
	if err := probe(t, dir); err == nil {
		t.Error("a damaged store is fine")
	}
}
