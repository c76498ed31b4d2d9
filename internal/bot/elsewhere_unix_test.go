//go:build unix

package bot

import (
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// aSocket leaves a socket, as a process does that is killed.
func aSocket(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// A bot that was killed leaves its directories of sockets. The next one on the same
// data removes them, and nothing that only stands in their place.
func TestSocketsElsewhereAreRemovedAtTheNextStart(t *testing.T) {
	temp, err := os.MkdirTemp("", "t") // short: a socket's path is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(temp); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("TMPDIR", temp)
	data := t.TempDir()
	killed, err := openDirectory(data, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for range 6 {
		path, err := killed.makeElsewhere()
		if err != nil {
			t.Fatal(err)
		}
		aSocket(t, filepath.Join(path, "x.sock"))
		all = append(all, path)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	opened, gone, linked, filled, shared, plain := all[0], all[1], all[2], all[3], all[4], all[5]
	must(os.Chmod(opened, 0o711))
	must(os.RemoveAll(gone))
	must(os.Rename(linked, filepath.Join(temp, "target")))
	must(os.Symlink(filepath.Join(temp, "target"), linked))
	must(os.WriteFile(filepath.Join(filled, "letter"), nil, 0o600))
	must(os.Chmod(shared, 0o755))
	var log strings.Builder
	next, err := openDirectory(data, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil || !strings.Contains(log.String(), "letter is in "+filled) {
		t.Errorf("%v, the log: %s", err, log.String())
	}
	for path, stays := range map[string]bool{
		opened: false, plain: false, linked: true, filepath.Join(temp, "target", "x.sock"): true,
		filepath.Join(filled, "x.sock"): true, filepath.Join(shared, "x.sock"): true,
	} {
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) == stays {
			t.Errorf("%s stays: %v, %v", path, !stays, err)
		}
	}
	must(next.close())
}

// What is opened for a handler of another user is remembered, and forgotten with it.
func TestSocketsOfOtherUsersAreRemembered(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	d, err := openDirectory(data, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l, endpoint, err := d.listenAs("x", me.Username)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // the directory is removed anyway
	dir := filepath.Dir(strings.TrimPrefix(endpoint, "unix://"))
	text, err := os.ReadFile(filepath.Join(data, remembered))
	if err != nil || !slices.Equal(strings.Fields(string(text)), []string{dir}) {
		t.Errorf("%q is remembered of %s, %v", text, dir, err)
	}
	if err := d.close(); err != nil {
		t.Error(err)
	}
	for _, path := range []string{dir, filepath.Join(data, remembered)} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s stays: %v", path, err)
		}
	}
}
