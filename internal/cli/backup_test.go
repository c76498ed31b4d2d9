package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/backup"
	"github.com/openchatops/oco/internal/store"
)

// one is a store with one row.
type one struct{}

func (one) Get([]byte) ([]byte, error) { return nil, store.ErrNotFound }
func (one) Scan(_, _ []byte, visit func(key, value []byte) error) error {
	return visit([]byte("key"), bytes.Repeat([]byte("v"), 3000))
}

// backed is a bot whose backup comes in several parts.
func backed(t *testing.T) (f *fakeBot, file []byte) {
	t.Helper()
	var out bytes.Buffer
	if _, err := backup.Write(&out, one{}, backup.Header{Bot: "v1", Time: now.Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	f = startFake(t)
	f.parts(out.Bytes())
	return f, out.Bytes()
}

func (f *fakeBot) parts(file []byte) {
	f.answers["Backup"] = nil
	for len(file) > 0 {
		n := min(len(file), 1000)
		f.answers["Backup"] = append(f.answers["Backup"], &ocov1.BackupResponse{Part: file[:n]})
		file = file[n:]
	}
}

func TestBackup(t *testing.T) {
	f, want := backed(t)
	dir := t.TempDir()
	b := &Backup{Target: Target{Data: f.data}, File: filepath.Join(dir, "oco.backup")}
	put(t, b.File+".part", "left over")
	if got := run(t, b, "", nil); got.failed != nil || got.out != b.File+": 1 rows, 3.1 KiB, of 2026-11-24 11:00:00\n" || got.err != "" {
		t.Errorf("%+v", got)
	}
	got, err := os.ReadFile(b.File)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file has %d bytes of %d, %v", len(got), len(want), err)
	}
	if info, err := os.Stat(b.File); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if got := run(t, b, "", nil); got.failed == nil || !strings.Contains(got.failed.Error(), "is there already: name another file, or write over it by --force") {
		t.Errorf("over a file: %+v", got)
	}
	put(t, b.File, "old")
	b.Force = true
	if got := run(t, b, "", nil); got.failed != nil {
		t.Errorf("by force: %+v", got)
	}
	if got, err := os.ReadFile(b.File); err != nil || !bytes.Equal(got, want) {
		t.Errorf("by force: %d bytes, %v", len(got), err)
	}
	b.File = "-"
	if got := run(t, b, "", nil); got.failed != nil || got.out != string(want) || got.err != "-: 1 rows, 3.1 KiB, of 2026-11-24 11:00:00\n" {
		t.Errorf("to standard output: %+v", got)
	}
}

// A terminal gets no backup: nobody reads it, and it may take it for orders.
func TestNoBackupForATerminal(t *testing.T) {
	f, _ := backed(t)
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("there is no terminal to be had: %v", err)
	}
	defer func() {
		if err := terminal.Close(); err != nil {
			t.Error(err)
		}
	}()
	b := &Backup{Target: Target{Data: f.data}, File: "-"}
	err = b.Run(t.Context(), &Env{Stdout: terminal, Stderr: &bytes.Buffer{}, Getenv: func(string) string { return "" }, Now: time.Now, Zone: time.UTC})
	var usage Usage
	if !errors.As(err, &usage) || !strings.Contains(err.Error(), "no text for a terminal") {
		t.Errorf("%v", err)
	}
}

// What is not whole gets no name, and what was there stays.
func TestBackupFails(t *testing.T) {
	f, file := backed(t)
	changed := bytes.Clone(file)
	changed[2000] ^= 1
	for name, c := range map[string]struct {
		answer func()
		want   string
	}{
		"cut":     {func() { f.parts(file[:len(file)-1]) }, "what the bot sent is no backup: it is damaged or not whole"},
		"changed": {func() { f.parts(changed) }, "it is damaged or not whole"},
		"refused": {func() {
			f.answers["Backup"] = []any{refusal(codes.ResourceExhausted, "QUOTA_EXCEEDED", "2 backups are being made already: wait for them")}
		}, "2 backups are being made already"},
		"stopped": {func() {
			f.answers["Backup"] = append(f.answers["Backup"][:1], status.Error(codes.Unavailable, "the bot stops"))
		}, "no bot runs on"},
	} {
		f.parts(file)
		c.answer()
		b := &Backup{Target: Target{Data: f.data}, File: filepath.Join(t.TempDir(), "oco.backup"), Force: true}
		put(t, b.File, "old")
		if got := run(t, b, "", nil); got.failed == nil || !strings.Contains(got.failed.Error(), c.want) {
			t.Errorf("%s: %v", name, got.failed)
		}
		if left, err := os.ReadFile(b.File); err != nil || string(left) != "old" {
			t.Errorf("%s: the file is %q, %v", name, left, err)
		}
		if _, err := os.Stat(b.File + ".part"); err == nil {
			t.Errorf("%s: the half one is still there", name)
		}
	}
	b := &Backup{Target: Target{Data: f.data}, File: filepath.Join(t.TempDir(), "no", "such", "directory")}
	if got := run(t, b, "", nil); got.failed == nil || !strings.Contains(got.failed.Error(), "cannot be written") {
		t.Errorf("%+v", got)
	}
}

// An interrupted backup leaves nothing.
func TestBackupIsInterrupted(t *testing.T) {
	f, _ := backed(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := &Backup{Target: Target{Data: f.data}, File: filepath.Join(t.TempDir(), "oco.backup")}
	err := b.Run(ctx, &Env{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Getenv: func(string) string { return "" }, Now: time.Now, Zone: time.UTC})
	if err == nil || err.Error() != "interrupted" {
		t.Errorf("%v", err)
	}
	if names, err := os.ReadDir(filepath.Dir(b.File)); err != nil || len(names) > 0 {
		t.Errorf("%v are left, %v", names, err)
	}
}
