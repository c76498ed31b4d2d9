package bot

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/engine"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// unpack puts a packed directory into one of the test.
func unpack(t *testing.T, packed string) string {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Open(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	plain, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(plain); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		text, err := io.ReadAll(r)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(h.Name)), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestOldDirectories opens the store of a bot of each format that there was, as that
// left it when it was killed, with tables and a log: eight commands that ended well
// and one that waited for a handler that was paused. A change that cannot read it
// needs a new format version, and a way to read this one (OCO-STO-3).
func TestOldDirectories(t *testing.T) {
	st, err := pebblestore.Open(unpack(t, "testdata/format-1.tar.gz"), pebblestore.Options{Fatal: t.Fatalf})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	ended := 0
	err = st.Scan(delivery.EndedPrefix(), nil, func(key, value []byte) error {
		var row record.Delivery
		if err := proto.Unmarshal(value, &row); err != nil {
			return err
		}
		if ended++; chat.Outcome(row.Outcome) != chat.Done || row.Route != "once" || row.Plugin != "worker" || row.Event == "" || row.Place.GetRoom() == "" || len(row.ProtoReflect().GetUnknown()) > 0 {
			t.Errorf("%s: %v", key, &row)
		}
		var ev record.Event
		raw, err := st.Get(delivery.EventKey(row.Event))
		if err == nil {
			err = proto.Unmarshal(raw, &ev)
		}
		return err
	})
	if err != nil || ended != 8 {
		t.Errorf("%d deliveries that ended, %v", ended, err)
	}
	registry, err := plugin.LoadRegistry(st, registryOptions(config.Default()))
	if err != nil {
		t.Fatal(err)
	}
	if p := registry.Pauses(); len(p) != 1 || p[0].Plugin != "worker" || !p[0].Paused {
		t.Errorf("pauses: %+v", p)
	}
	put := func(context.Context, []delivery.Write) error { return nil }
	if _, err := plugin.LoadKeys(st, put, time.Now); err != nil {
		t.Error(err)
	}
	if _, err := plugin.LoadClaims(st, time.Now); err != nil {
		t.Error(err)
	}
	open := 0
	err = st.Scan(delivery.OpenPrefix(), nil, func(key, value []byte) error {
		open++
		row, err := delivery.MergeDelivery(value, nil)
		if err == nil && (row.Route != "once" || row.Lease != "") {
			t.Errorf("%s: %v", key, row)
		}
		return err
	})
	if err != nil || open != 1 {
		t.Errorf("%d open deliveries, %v", open, err)
	}
	// It goes on with it, or finds that it has waited for too long.
	e, err := engine.Open(st, engine.Options{Fatal: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	e.Stop()
}
