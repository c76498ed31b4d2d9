package bot

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/backup"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

var made = backup.Header{Bot: "v1", Time: time.Date(2026, 11, 30, 12, 4, 0, 0, time.UTC)}

func apply(t *testing.T, st store.Store, b *store.Batch) {
	t.Helper()
	c, err := st.Apply(b)
	if err == nil {
		err = c.Wait()
	}
	if err != nil {
		t.Error(err)
	}
}

// content is what a store holds.
func content(t *testing.T, st store.Reader) map[string]string {
	t.Helper()
	rows := map[string]string{}
	if err := st.Scan(nil, nil, func(key, value []byte) error { rows[string(key)] = string(value); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}

// restored is what the store of a data directory holds, but for the mark of the
// backup, which must be there.
func restored(t *testing.T, data string) map[string]string {
	t.Helper()
	st, err := pebblestore.Open(filepath.Join(data, "store"), pebblestore.Options{Fatal: t.Fatalf})
	if err != nil {
		t.Fatal(err)
	}
	rows := content(t, st)
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	mark := string(delivery.RestoredKey())
	if rows[mark] != string(delivery.RestoredAt(made.Time)) {
		t.Errorf("the mark of the backup is %q", rows[mark])
	}
	delete(rows, mark)
	return rows
}

// sound is a backup with some rows.
func sound(t *testing.T) (file []byte, rows map[string]string) {
	t.Helper()
	st, err := pebblestore.OpenMemory(pebblestore.Options{Fatal: t.Fatalf})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 40 {
		b := &store.Batch{}
		b.Put(fmt.Appendf(nil, "row/%d", n), bytes.Repeat([]byte{byte(n)}, 100<<10)) // more than one batch
		apply(t, st, b)
	}
	var out bytes.Buffer
	if _, err := backup.Write(&out, st, made); err != nil {
		t.Fatal(err)
	}
	rows = content(t, st)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), rows
}

func TestRestore(t *testing.T) {
	file, rows := sound(t)
	base := t.TempDir()
	empty := filepath.Join(base, "empty")
	if err := os.Mkdir(empty, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{empty, filepath.Join(base, "not", "there")} {
		h, sum, err := Restore(t.Context(), data, bytes.NewReader(file))
		if err != nil || sum.Rows != uint64(len(rows)) || !h.Time.Equal(made.Time) {
			t.Fatalf("%+v, %+v, %v", h, sum, err)
		}
		if got := restored(t, data); !maps.Equal(got, rows) {
			t.Errorf("%d rows of %d, or others", len(got), len(rows))
		}
	}
}

// What is no whole backup leaves nothing behind (OCO-STO-23).
func TestRestoreOfWhatIsDamaged(t *testing.T) {
	file, _ := sound(t)
	changed := bytes.Clone(file)
	changed[len(changed)/2] ^= 8
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"cut":     {file[:len(file)-1], backup.ErrDamaged},
		"half":    {file[:len(file)/2], backup.ErrDamaged},
		"changed": {changed, backup.ErrDamaged},
		"newer":   {[]byte("openchatops-backup 2\n"), backup.ErrNewer},
		"foreign": {[]byte("hello"), backup.ErrForeign},
	} {
		data := t.TempDir()
		if _, _, err := Restore(t.Context(), data, bytes.NewReader(c.file)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if names, err := os.ReadDir(data); err != nil || len(names) > 0 {
			t.Errorf("%s: %v are left, %v", name, names, err)
		}
	}
}

// Nothing is restored over anything (OCO-STO-24), and where a restore did not end no
// bot starts with nothing.
func TestRestoreOverSomething(t *testing.T) {
	file, _ := sound(t)
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "oco.log"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Restore(t.Context(), data, bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("into a directory that is in use: %v", err)
	}
	data = t.TempDir()
	if err := os.Mkdir(filepath.Join(data, "store.part"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, _, again := Restore(t.Context(), data, bytes.NewReader(file))
	c := config.Default()
	c.Data = data
	_, start := openStore(c, false, slog.New(slog.DiscardHandler), t.Fatalf)
	for what, err := range map[string]error{"a second restore": again, "a start": start} {
		if err == nil || !strings.Contains(err.Error(), "did not end: remove "+filepath.Join(data, "store.part")) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, _, err := Restore(t.Context(), filepath.Join(data, "store.part", "x", "\x00"), nil); err == nil {
		t.Error("a directory that cannot be")
	}
}

// A backup of a store under load is of one moment: two counters in each of its
// transactions add up, and what was acknowledged when it began is in it (OCO-STO-22).
func TestBackupsUnderLoad(t *testing.T) {
	st, err := pebblestore.Open(filepath.Join(t.TempDir(), "store"), pebblestore.Options{Fatal: t.Fatalf})
	if err != nil {
		t.Fatal(err)
	}
	const total = 1 << 30
	stop := make(chan struct{})
	var load sync.WaitGroup
	var mu sync.Mutex
	acknowledged := map[int]uint64{}
	for w := range 4 {
		load.Go(func() {
			for n := uint64(1); ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				b := &store.Batch{Sync: n%8 == 0}
				b.Put(fmt.Appendf(nil, "up/%d", w), binary.BigEndian.AppendUint64(nil, n))
				b.Put(fmt.Appendf(nil, "zdown/%d", w), binary.BigEndian.AppendUint64(nil, total-n))
				b.Put(fmt.Appendf(nil, "row/%d/%08d", w, n), bytes.Repeat([]byte("x"), 300))
				if n > 2000 {
					b.Delete(fmt.Appendf(nil, "row/%d/%08d", w, n-2000))
				}
				apply(t, st, b)
				mu.Lock()
				acknowledged[w] = n
				mu.Unlock()
			}
		})
	}
	backups := 3
	if os.Getenv("OCO_TORTURE") != "" {
		backups = 100
	}
	rows := 0
	for range backups {
		mu.Lock()
		least := maps.Clone(acknowledged)
		mu.Unlock()
		view, err := st.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if _, err := backup.Write(&file, view, made); err != nil {
			t.Fatal(err)
		}
		if err := view.Close(); err != nil {
			t.Fatal(err)
		}
		data := filepath.Join(t.TempDir(), "data")
		if _, _, err := Restore(t.Context(), data, &file); err != nil {
			t.Fatal(err)
		}
		got := restored(t, data)
		rows += len(got)
		number := func(key string) uint64 {
			if v := got[key]; len(v) == 8 {
				return binary.BigEndian.Uint64([]byte(v))
			}
			return 0
		}
		for w := range 4 {
			up, down := number(fmt.Sprintf("up/%d", w)), number(fmt.Sprintf("zdown/%d", w))
			if up < least[w] || up > 0 && up+down != total {
				t.Errorf("writer %d: %d and %d, and %d were acknowledged", w, up, down, least[w])
			}
			if n := min(up, 2000); uint64(strings.Count(strings.Join(keys(got), "\n"), fmt.Sprintf("row/%d/", w))) != n {
				t.Errorf("writer %d: not the %d rows of its last transactions", w, n)
			}
		}
	}
	close(stop)
	load.Wait()
	t.Logf("%d backups with %d rows", backups, rows)
	if rows == 0 {
		t.Error("nothing was in any of them")
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

func keys(rows map[string]string) (all []string) {
	for key := range rows {
		all = append(all, key)
	}
	return all
}
