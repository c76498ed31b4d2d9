package pebblestore

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/openchatops/oco/internal/store"
)

// torture asks for the long form of what follows.
var torture = os.Getenv("OCO_TORTURE") != ""

// A specimen is a data directory as a bot leaves that is killed: its files, and
// what was acknowledged.
type specimen struct {
	files map[string][]byte
	rows  map[string]string
}

// newSpecimen writes to a directory on the disk until it has tables, a manifest of
// several records and a log of several blocks, and copies it while the store is open.
func newSpecimen(t *testing.T) *specimen {
	t.Helper()
	dir := t.TempDir()
	n := &specimen{files: map[string][]byte{}, rows: map[string]string{}}
	o := Options{memTableSize: 64 << 10, prezeroMin: 8 << 10, prezeroMax: 16 << 10}
	for range 2 {
		s := mustOpen(t, dir, o)
		for range 300 {
			i := len(n.rows)
			b := &store.Batch{Sync: true}
			b.Put(rowKey(0, i), rowValue(0, i))
			n.rows[string(rowKey(0, i))] = string(rowValue(0, i))
			applyAndWait(t, s, b)
		}
		if len(n.rows) < 600 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := s.db.Flush(); err != nil {
			t.Fatal(err)
		}
		for i := range 150 { // more than a block of the log
			b := &store.Batch{Sync: true}
			b.Put(rowKey(1, i), rowValue(1, i))
			n.rows[string(rowKey(1, i))] = string(rowValue(1, i))
			applyAndWait(t, s, b)
		}
		n.copy(t, dir)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func (n *specimen) copy(t *testing.T, dir string) {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, name.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // Pebble removes in the background what it needs no more
		}
		if err != nil {
			t.Fatal(err)
		}
		n.files[name.Name()] = data
	}
}

// names are those of the files that hold something.
func (n *specimen) names() []string {
	var names []string
	for name, data := range n.files {
		if len(data) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// find is the last file with this in its name.
func (n *specimen) find(t *testing.T, part string) string {
	t.Helper()
	found := ""
	for _, name := range n.names() {
		if strings.Contains(name, part) {
			found = name
		}
	}
	if found == "" {
		t.Fatalf("no file has %s in its name: %v", part, n.names())
	}
	return found
}

// disk is a disk with the directory, in which one file is another.
func (n *specimen) disk(t *testing.T, changed string, data []byte) *vfs.MemFS {
	t.Helper()
	disk := vfs.NewMem()
	if err := disk.MkdirAll("data", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, was := range n.files {
		if name == changed {
			if was = data; was == nil {
				continue
			}
		}
		f, err := disk.Create("data/"+name, vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(bytes.Clone(was)); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return disk
}

// A verdict is how a damaged directory was dealt with.
type verdict struct {
	opened bool
	// said is the error of Open, or what Fatal was told.
	said string
	err  error
	// rows is what was read if nothing was said.
	rows map[string]string
}

// openWhole opens a directory and reads everything.
func openWhole(disk vfs.FS) verdict {
	var opened atomic.Bool
	ended, said := make(chan verdict, 1), make(chan string, 1)
	go func() {
		s, err := Open("data", Options{FS: disk, memTableSize: 64 << 10, prezeroMax: -1, Fatal: func(format string, args ...any) {
			said <- fmt.Sprintf(format, args...)
			runtime.Goexit()
		}})
		if err != nil {
			ended <- verdict{err: err, said: err.Error()}
			return
		}
		opened.Store(true)
		v := verdict{opened: true, rows: map[string]string{}}
		v.err = s.Scan(nil, nil, func(key, value []byte) error {
			v.rows[string(key)] = string(value)
			return nil
		})
		if err := s.Close(); v.err == nil {
			v.err = err
		}
		ended <- v
	}()
	select {
	case v := <-ended:
		select {
		case v.said = <-said:
		default:
		}
		return v
	case text := <-said: // a bot has ended here: Close may wait for what is frozen
		return verdict{opened: opened.Load(), said: text, err: ErrFailed}
	}
}

// judge says what came of the damage of one file: detected, harmless or an error.
func (n *specimen) judge(v verdict, file string) (string, error) {
	switch {
	case v.said != "" && !strings.Contains(v.said, file) && !namesTable(v.said, file):
		return "", fmt.Errorf("what is said does not name %s: %s", file, v.said)
	case v.said != "" && !v.opened:
		return "refused", nil
	case v.said != "":
		return "stopped", nil
	case v.err != nil:
		return "", v.err
	case len(v.rows) != len(n.rows):
		return "", fmt.Errorf("%d rows of %d, and nothing is said", len(v.rows), len(n.rows))
	}
	for key, value := range n.rows {
		if v.rows[key] != value {
			return "", fmt.Errorf("%s is %q, and nothing is said", key, v.rows[key])
		}
	}
	return "harmless", nil
}

// namesTable says whether a table is named by its number, as Pebble does.
func namesTable(said, file string) bool {
	number, isTable := strings.CutSuffix(file, ".sst")
	return isTable && strings.Contains(said, number)
}

// TestBitFlips flips one bit in a random place of a random file of a directory: it
// is found and named, or every row reads as it was written (OCO-STO-20). What is found when it
// is read stops the store (OCO-STO-21).
func TestBitFlips(t *testing.T) {
	n := newSpecimen(t)
	flips := 200
	if torture {
		flips = 1000
	}
	names := n.names()
	rng := rand.New(rand.NewPCG(4, 4))
	count := map[string]map[string]int{}
	for seed := range flips {
		name := names[rng.IntN(len(names))]
		data := bytes.Clone(n.files[name])
		at, bit := rng.IntN(len(data)), rng.IntN(8)
		data[at] ^= 1 << bit
		came, err := n.judge(openWhole(n.disk(t, name, data)), name)
		if err != nil {
			t.Errorf("flip %d, bit %d of byte %d of %d of %s: %v", seed, bit, at, len(data), name, err)
			continue
		}
		kind := strings.TrimLeft(strings.TrimRight(name, "0123456789"), "0123456789")
		if count[kind] == nil {
			count[kind] = map[string]int{}
		}
		count[kind][came]++
	}
	t.Logf("%d flips: %v", flips, count)
	for _, kind := range []string{".log", ".sst", manifestOf} {
		if count[kind]["refused"]+count[kind]["stopped"] == 0 {
			t.Errorf("no damage of a file %s was found", kind)
		}
	}
}

// TestEveryBitBehindTheMark flips every bit of the manifest and of the last records
// of the log, which Pebble takes for their end.
func TestEveryBitBehindTheMark(t *testing.T) {
	n := newSpecimen(t)
	for _, part := range []string{manifestOf, logSuffix} {
		name := n.find(t, part)
		disk := n.disk(t, name, n.files[name])
		_, known, err := readMark(disk, "data")
		if err != nil {
			t.Fatal(err)
		}
		e, ok := known.of(name)
		if !ok || e.length == 0 || e.length > uint64(len(n.files[name])) {
			t.Fatalf("the mark knows %+v of %s", e, name)
		}
		proof := func(data []byte) error {
			f, err := disk.Create("data/"+name, vfs.WriteCategoryUnspecified)
			if err == nil {
				_, err = f.Write(bytes.Clone(data)) // it may be changed there
			}
			if err = errors.Join(err, f.Close()); err != nil {
				t.Fatal(err)
			}
			return newProof(disk, "data", known).prove("data/" + name)
		}
		if err := proof(n.files[name]); err != nil {
			t.Fatalf("undamaged: %v", err)
		}
		from := max(0, int(e.length)-1500)
		step := 7 // each of the eight bits in turn
		if torture {
			step = 1
		}
		for bit := 8 * from; bit < 8*int(e.length); bit += step {
			data := bytes.Clone(n.files[name])
			data[bit/8] ^= 1 << (bit % 8)
			var damage *DamageError
			if err := proof(data); !errors.As(err, &damage) {
				t.Fatalf("bit %d of %s: %v", bit, name, err)
			} else if damage.File != name || damage.Offset > int64(bit/8) || damage.Lost <= 0 {
				t.Fatalf("bit %d of %s: %+v", bit, name, damage)
			}
		}
	}
}

// TestEveryBitOfAClosedLog does the same with a log that is not the newest, of which
// no mark tells: it was closed, and Pebble takes a wrong number for the sign of that.
func TestEveryBitOfAClosedLog(t *testing.T) {
	disk := vfs.NewMem()
	s := mustOpen(t, "data", Options{FS: disk})
	for i := range 8 {
		b := &store.Batch{Sync: true}
		b.Put(rowKey(0, i), []byte("value"))
		applyAndWait(t, s, b)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	name, number := "", uint64(0)
	names, err := disk.List("data")
	for _, one := range names {
		if kind, n := fileKind(one); kind == logSuffix && n > number {
			name, number = one, n
		}
	}
	if err != nil || name == "" {
		t.Fatal(err, names)
	}
	data := readAll(t, disk, "data/"+name)
	write := func(name string, data []byte) {
		f, err := disk.Create("data/"+name, vfs.WriteCategoryUnspecified)
		if err == nil {
			_, err = f.Write(bytes.Clone(data)) // it may be changed there
		}
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	write("999998.log", nil)
	proof := newProof(disk, "data", durable{})
	if err := proof.prove("data/" + name); err != nil {
		t.Fatalf("undamaged: %v", err)
	}
	for bit := range 8 * len(data) {
		changed := bytes.Clone(data)
		changed[bit/8] ^= 1 << (bit % 8)
		write(name, changed)
		if err := proof.prove("data/" + name); !errors.Is(err, ErrDamaged) {
			t.Fatalf("bit %d of %d: %v", bit, 8*len(data), err)
		}
	}
}
