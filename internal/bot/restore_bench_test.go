package bot

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/backup"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// BenchmarkBackup copies a store of a million rows of 300 bytes into a file and
// restores it. The time of one operation is that of both; each is a metric.
//
//	go test ./internal/bot -run '^$' -bench Backup -benchtime 1x
func BenchmarkBackup(b *testing.B) {
	const rows = 1_000_000
	st, err := pebblestore.Open(filepath.Join(b.TempDir(), "store"), pebblestore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var batch store.Batch
	for n := range rows {
		batch.Put(fmt.Appendf(nil, "row/%012d", n), bytes.Repeat([]byte{byte(n), byte(n >> 8)}, 142))
		if batch.Size() < 1<<20 && n < rows-1 {
			continue
		}
		if _, err := st.Apply(&batch); err != nil {
			b.Fatal(err)
		}
		batch.Reset()
	}
	var copying, restoring time.Duration
	b.ResetTimer()
	for range b.N {
		file, err := os.Create(filepath.Join(b.TempDir(), "oco.backup"))
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		view, err := st.Snapshot()
		if err != nil {
			b.Fatal(err)
		}
		sum, err := backup.Write(file, view, backup.Header{})
		if err != nil || sum.Rows != rows {
			b.Fatal(sum, err)
		}
		if err := view.Close(); err != nil {
			b.Fatal(err)
		}
		if err := file.Sync(); err != nil {
			b.Fatal(err)
		}
		copying += time.Since(began)
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			b.Fatal(err)
		}
		began = time.Now()
		if _, _, err := Restore(b.Context(), filepath.Join(b.TempDir(), "data"), file); err != nil {
			b.Fatal(err)
		}
		restoring += time.Since(began)
		if err := file.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(copying.Seconds()/float64(b.N), "s/backup")
	b.ReportMetric(restoring.Seconds()/float64(b.N), "s/restore")
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
}
