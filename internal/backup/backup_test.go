package backup

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/openchatops/oco/internal/store"
)

// table is a store in memory.
type table map[string]string

func (t table) Get([]byte) ([]byte, error) { return nil, store.ErrNotFound }

func (t table) Scan(_, _ []byte, visit func(key, value []byte) error) error {
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if err := visit([]byte(key), []byte(t[key])); err != nil {
			return err
		}
	}
	return nil
}

var header = Header{Bot: "v1", Time: time.Date(2026, 11, 30, 12, 4, 0, 0, time.UTC)}

func some() table {
	t := table{"empty": "", "large": strings.Repeat("x", 3*blockRows)}
	for i := range 2000 {
		t[fmt.Sprintf("row/%04d", i)] = strings.Repeat("v", i%97)
	}
	return t
}

func write(t *testing.T, rows table) []byte {
	t.Helper()
	var file bytes.Buffer
	sum, err := Write(&file, rows, header)
	if err != nil || sum.Rows != uint64(len(rows)) || sum.Bytes != int64(file.Len()) {
		t.Fatalf("%+v, %v: the file has %d bytes", sum, err, file.Len())
	}
	return file.Bytes()
}

func read(file []byte) (table, Header, error) {
	rows := table{}
	h, _, err := Read(bytes.NewReader(file), func(key, value []byte) error {
		rows[string(key)] = string(value)
		return nil
	})
	return rows, h, err
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for name, rows := range map[string]table{"some": some(), "none": {}} {
		got, h, err := read(write(t, rows))
		if err != nil || !maps.Equal(got, rows) || !h.Time.Equal(header.Time) || h.Bot != header.Bot {
			t.Errorf("%s: %d rows of %d, %+v, %v", name, len(got), len(rows), h, err)
		}
	}
}

// A file that is cut at any place, or has a byte more, is known (OCO-STO-23).
func TestEveryCut(t *testing.T) {
	file := write(t, table{"a": "1", "b": "2"})
	for length := range file {
		if _, _, err := read(file[:length]); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) {
			t.Errorf("cut at %d of %d: %v", length, len(file), err)
		}
	}
	if _, _, err := read(append(bytes.Clone(file), 0)); !errors.Is(err, ErrDamaged) {
		t.Errorf("a byte more: %v", err)
	}
}

// So is one of which a bit has flipped.
func TestEveryBit(t *testing.T) {
	file := write(t, table{"a": "1", "b": "2"})
	for bit := range 8 * len(file) {
		changed := bytes.Clone(file)
		changed[bit/8] ^= 1 << (bit % 8)
		if _, _, err := read(changed); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) && !errors.Is(err, ErrNewer) {
			t.Errorf("bit %d of byte %d of %d: %v", bit%8, bit/8, len(file), err)
		}
	}
}

// block makes a block by hand, with the checksum that fits.
func block(kind byte, content []byte) []byte {
	var b bytes.Buffer
	w := &writer{w: &b, sum: discard{}}
	if err := w.block(kind, content); err != nil {
		panic(err)
	}
	return b.Bytes()
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Sum(b []byte) []byte         { return b }
func (discard) Reset()                      {}
func (discard) Size() int                   { return 0 }
func (discard) BlockSize() int              { return 1 }

// What has sound checksums and makes no sense is refused, too.
func TestForgedFiles(t *testing.T) {
	const line = "openchatops-backup 1\n"
	head := string(block(blockHeader, []byte("{}")))
	huge := string(binary.BigEndian.AppendUint32([]byte{blockOfRows}, maxBlock+1)) + "0000"
	for name, c := range map[string]struct {
		file string
		want error
		says string
	}{
		"empty":       {"", ErrForeign, "does not begin with"},
		"foreign":     {"PK\x03\x04", ErrForeign, "does not begin with"},
		"no version":  {"openchatops-backup\n", ErrForeign, ""},
		"version 0":   {"openchatops-backup 0\n", ErrForeign, ""},
		"newer":       {"openchatops-backup 2\n", ErrNewer, "restore it with the version that wrote it"},
		"no header":   {line + string(block(blockOfRows, nil)), ErrDamaged, "header"},
		"bad header":  {line + string(block(blockHeader, []byte("x"))), ErrDamaged, "header"},
		"kind":        {line + head + string(block('?', nil)), ErrDamaged, "'?' is not known"},
		"half a row":  {line + head + string(block(blockOfRows, []byte{1, 'a'})), ErrDamaged, "a row"},
		"long row":    {line + head + string(block(blockOfRows, []byte{9, 'a'})), ErrDamaged, "a row"},
		"no key":      {line + head + string(block(blockOfRows, []byte{0, 0})), ErrDamaged, "order"},
		"order":       {line + head + string(block(blockOfRows, []byte{1, 'b', 0, 1, 'a', 0})), ErrDamaged, "order"},
		"twice":       {line + head + string(block(blockOfRows, []byte{1, 'b', 0, 1, 'b', 0})), ErrDamaged, "order"},
		"bad trailer": {line + head + string(block(blockTrailer, make([]byte, 40))), ErrDamaged, "trailer"},
		"huge":        {line + head + huge, ErrDamaged, "too large"},
	} {
		if _, _, err := read([]byte(c.file)); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// limited takes so many bytes and then fails.
type limited struct{ left int }

var errFull = errors.New("the disk is full")

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestErrorsOfOthersArePassedOn(t *testing.T) {
	rows := some()
	file := write(t, rows)
	for left := 0; left < len(file); left += 1 + len(file)/57 {
		if _, err := Write(&limited{left}, rows, header); !errors.Is(err, errFull) {
			t.Errorf("a disk that takes %d bytes: %v", left, err)
		}
		broken := iotest.TimeoutReader(iotest.DataErrReader(bytes.NewReader(file[:left])))
		if _, _, err := Read(broken, func(_, _ []byte) error { return nil }); err == nil {
			t.Errorf("a reader that fails at %d: no error", left)
		}
	}
	if _, _, err := Read(iotest.ErrReader(errFull), nil); !errors.Is(err, errFull) {
		t.Errorf("a reader that fails: %v", err)
	}
	if _, _, err := Read(bytes.NewReader(file), func(_, _ []byte) error { return errFull }); !errors.Is(err, errFull) {
		t.Errorf("a visitor that fails: %v", err)
	}
	if _, err := Write(&limited{1 << 30}, failing{}, header); !errors.Is(err, errFull) {
		t.Errorf("a store that fails: %v", err)
	}
}

type failing struct{ table }

func (failing) Scan(_, _ []byte, _ func(key, value []byte) error) error { return errFull }

var update = flag.Bool("update", false, "write the golden file anew")

// A backup of this version is written and read as it ever was; another format has
// another version.
func TestTheFormatStays(t *testing.T) {
	const golden = "testdata/version-1.backup"
	rows := table{"a": "1", "b/key": "value", "c": ""}
	file := write(t, rows)
	if *update {
		if err := os.WriteFile(golden, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(old, file) {
		t.Errorf("it writes\n%q, and wrote\n%q", file, old)
	}
	if got, h, err := read(old); err != nil || !maps.Equal(got, rows) || !h.Time.Equal(header.Time) {
		t.Errorf("%v, %+v, %v", got, h, err)
	}
}
