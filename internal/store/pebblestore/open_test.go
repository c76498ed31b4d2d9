package pebblestore

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/openchatops/oco/internal/store"
)

func TestOpenCreatesPrivateDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing", "data")
	if err := mustOpen(t, dir, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the new directory has mode %v, %v; want 0700", info.Mode(), err)
	}
}

// TestNewDirectorySurvivesCrash cuts the power right after the first Open.
func TestNewDirectorySurvivesCrash(t *testing.T) {
	disk := vfs.NewCrashableMem()
	s := mustOpen(t, "deep/down/data", Options{FS: disk})
	left := disk.CrashClone(vfs.CrashCloneCfg{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := left.Stat("deep/down/data/FORMAT"); err != nil {
		t.Errorf("the power cut took the directory away: %v", err)
	}
}

// wantOpenError checks that Open fails with an error that matches want and that
// tells a person the words.
func wantOpenError(t *testing.T, dir string, o Options, want error, words ...string) {
	t.Helper()
	s, err := Open(dir, o)
	if err == nil {
		t.Fatalf("Open(%s) succeeds, %v", dir, s.Close())
	}
	if want != nil && !errors.Is(err, want) {
		t.Errorf("Open(%s) = %v, want %v", dir, err, want)
	}
	for _, w := range append(words, dir) {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("Open(%s) = %q, which does not say %q", dir, err, w)
		}
	}
}

func TestOpenTwice(t *testing.T) {
	for _, o := range []Options{{}, {FS: vfs.NewMem()}} {
		dir := t.TempDir()
		s := mustOpen(t, dir, o)
		words := []string{"in use by another bot"}
		if o.FS == nil { // in memory nobody knows who it is
			words = append(words, "process "+strconv.Itoa(os.Getpid()))
		}
		wantOpenError(t, dir, o, ErrInUse, words...)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := mustOpen(t, dir, o).Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenNotWritable(t *testing.T) {
	for _, reason := range []error{fs.ErrPermission, syscall.EROFS} {
		denied := &os.PathError{Op: "open", Path: "data/x", Err: reason}
		for _, kind := range []errorfs.OpKind{errorfs.OpMkdirAll, errorfs.OpLock, errorfs.OpCreate} {
			o := Options{FS: errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
				if op.Kind == kind {
					return denied
				}
				return nil
			}))}
			wantOpenError(t, "data", o, ErrNotWritable, "not writable", "change its owner")
		}
	}
}

func TestOpenOnFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantOpenError(t, file, Options{}, syscall.ENOTDIR, "not a directory")
	wantOpenError(t, filepath.Join(file, "data"), Options{}, syscall.ENOTDIR, "not a directory")
}

// listing is what is in a directory: the names, the times and the contents.
func listing(t *testing.T, dir fs.FS) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == "LOCK" {
			return err
		}
		content, err := fs.ReadFile(dir, name)
		fmt.Fprintf(&all, "%s %x\n", name, sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// A directory of another format is refused and left as it is (OCO-STO-3, OCO-STO-5).
func TestOpenFormats(t *testing.T) {
	for name, c := range map[string]struct {
		format string
		want   error
		words  []string
	}{
		"newer":    {"openchatops-store 2\n", ErrNewerFormat, []string{"format 2", "up to 1", "install the newer version"}},
		"empty":    {"", ErrDamaged, []string{"FORMAT", "restore a backup"}},
		"zeros":    {"\x00\x00\x00\x00", ErrDamaged, nil},
		"zero":     {"openchatops-store 0\n", ErrDamaged, nil},
		"foreign":  {"something else 1\n", ErrDamaged, nil},
		"no title": {"1\n", ErrDamaged, nil},
		"below":    {"openchatops-store -1\n", ErrDamaged, nil},
		"title":    {"openchatops-store\n", ErrDamaged, nil},
		"likeness": {"openchatops-shop 1\n", ErrDamaged, nil},
		"more":     {"openchatops-store 1x\n", ErrDamaged, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := mustOpen(t, dir, Options{}).Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, formatFile), []byte(c.format), 0o600); err != nil {
				t.Fatal(err)
			}
			before := os.DirFS(dir)
			was := listing(t, before)
			wantOpenError(t, dir, Options{}, c.want, c.words...)
			if is := listing(t, before); is != was {
				t.Errorf("the directory was\n%sand is\n%s", was, is)
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		dir := t.TempDir()
		if err := mustOpen(t, dir, Options{}).Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(dir, formatFile)); err != nil {
			t.Fatal(err)
		}
		wantOpenError(t, dir, Options{}, ErrDamaged, "no FORMAT", "choose another directory")
	})
}

// TestFailedOpenReleasesTheLock opens a directory again after a refusal.
func TestFailedOpenReleasesTheLock(t *testing.T) {
	mem := vfs.NewMem()
	broken := Options{Fatal: t.Fatalf, FS: errorfs.Wrap(mem, &fault{
		ops: map[errorfs.OpKind]bool{errorfs.OpCreate: true}, at: 1, lasts: true,
	})}
	wantOpenError(t, "data", broken, errorfs.ErrInjected)
	if err := mustOpen(t, "data", Options{FS: mem}).Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenMemory(t *testing.T) {
	var stores []store.Store
	for range 2 {
		s, err := OpenMemory(Options{Fatal: t.Fatalf})
		if err != nil {
			t.Fatal(err)
		}
		stores = append(stores, s)
	}
	b := &store.Batch{Sync: true}
	b.Put([]byte("a"), nil)
	applyAndWait(t, stores[0].(*Store), b)
	if _, err := stores[1].Get([]byte("a")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("two stores in memory share a key: %v", err)
	}
	for _, s := range stores {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
