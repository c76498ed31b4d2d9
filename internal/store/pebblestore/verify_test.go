package pebblestore

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unpack puts a specimen on the disk.
func (n *specimen) unpack(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range n.files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Every row is read, and what is damaged is named although no row is asked for
// (OCO-STO-20).
func TestVerify(t *testing.T) {
	n := newSpecimen(t)
	dir := n.unpack(t)
	before := files(t, dir)
	c, err := Verify(t.Context(), dir)
	if err != nil || c.Rows != uint64(len(n.rows)) || !c.Whole || c.Bytes == 0 {
		t.Errorf("%+v, %v, want %d rows", c, err, len(n.rows))
	}
	if after := files(t, dir); len(after) != len(before) {
		t.Errorf("it left %d files of %d", len(after), len(before))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c, err := Verify(ctx, dir); err != nil || c.Whole || c.Rows != 0 {
		t.Errorf("without time: %+v, %v", c, err)
	}
	for _, part := range []string{".sst", logSuffix, manifestOf} {
		name := n.find(t, part)
		data := bytes.Clone(n.files[name])
		data[30] ^= 4
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		var damage *DamageError
		if _, err := Verify(t.Context(), dir); !errors.As(err, &damage) || damage.File != name {
			t.Errorf("a flipped bit in %s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), n.files[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A store of which a file is missing is damaged, and is not taken for one that there
// is not yet (OCO-STO-20).
func TestWhatIsMissingIsNoNewStore(t *testing.T) {
	n := newSpecimen(t)
	for _, begins := range []string{manifestOf, "marker.manifest"} {
		for name, open := range map[string]func(dir string) error{
			"Verify": func(dir string) error { _, err := Verify(t.Context(), dir); return err },
			"Open": func(dir string) error {
				s, err := Open(dir, Options{})
				if err == nil {
					err = errors.Join(errors.New("it opened"), s.Close())
				}
				return err
			},
		} {
			dir := n.unpack(t)
			names, err := filepath.Glob(filepath.Join(dir, begins+"*"))
			if err != nil || len(names) == 0 {
				t.Fatalf("no file begins with %s: %v", begins, err)
			}
			for _, name := range names {
				if err := os.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
			err = open(dir)
			if !errors.Is(err, ErrDamaged) || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "restore a backup") {
				t.Errorf("%s without %s: %v", name, begins, err)
			}
		}
	}
	if _, err := Verify(t.Context(), t.TempDir()); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrDamaged) {
		t.Errorf("an empty directory: %v", err)
	}
	if _, err := Verify(t.Context(), filepath.Join(n.unpack(t), formatFile)); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file: %v", err)
	}
}
