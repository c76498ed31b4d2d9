package terminal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func keeping(t *testing.T, path string) *history {
	t.Helper()
	h := &history{failed: func(err error) { t.Errorf("not kept: %v", err) }}
	if err := h.load(path); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestWhatIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "oco", "terminal-history")
	h := keeping(t, path)
	h.privacy = func(line string) privacy {
		switch {
		case strings.HasPrefix(line, "login "):
			return keepNowhere
		case strings.HasPrefix(line, "mistpyed "):
			return keepAWhile
		}
		return keepForever
	}
	for _, line := range []string{
		"ping", "ping", "", "  ", " said behind a space", "claim-abcd2345efgh6789ijkl", "oco: CLAIM-abcd2345efgh6789ijkl",
		"use oco_web_12ab_secret_crc", "login hunter2", "a⏎b", strings.Repeat("x", longestHistory+1), "reclaim disk", "mistpyed x", "ping",
	} {
		h.Add(line)
	}
	want := []string{"ping", "a⏎b", "reclaim disk", "ping"}
	if memory := []string{"ping", "a⏎b", "reclaim disk", "mistpyed x", "ping"}; !slices.Equal(h.lines, memory) || h.Len() != 5 || h.At(0) != "ping" || h.At(3) != "a⏎b" {
		t.Errorf("in memory: %q, want %q", h.lines, memory)
	}
	if again := keeping(t, path); !slices.Equal(again.lines, want) {
		t.Errorf("in the file: %q, want %q", again.lines, want)
	}
	for name, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, error %v, want %v", name, info.Mode(), err, mode)
		}
	}
}

func TestTheFileBecomesThePersonsOwnAndHarmless(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	if err := os.WriteFile(path, []byte("ok\n\x1b[2Jevil\nlast"), 0o644); err != nil {
		t.Fatal(err)
	}
	if h := keeping(t, path); !slices.Equal(h.lines, []string{"ok", `\x1b[2Jevil`, "last"}) {
		t.Errorf("lines %q", h.lines)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

func TestTheFileStaysSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	var all strings.Builder
	for i := range 2 * fullHistory / 100 {
		fmt.Fprintf(&all, "%0*d\n", 99, i)
	}
	if err := os.WriteFile(path, []byte(all.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	h := keeping(t, path)
	last := fmt.Sprintf("%0*d", 99, 2*fullHistory/100-1)
	if len(h.lines) != mostHistory || h.At(0) != last {
		t.Errorf("%d lines, the last %q", len(h.lines), h.At(0))
	}
	if info, err := os.Stat(path); err != nil || info.Size() != mostHistory*100 {
		t.Errorf("the file has %d bytes, error %v", info.Size(), err)
	}
	for i := range 2 * mostHistory {
		h.Add(fmt.Sprint(i))
	}
	if h.Len() != mostHistory {
		t.Errorf("%d lines in memory", h.Len())
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".terminal-history-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, error %v", left, err)
	}
}

func TestAHistoryThatCannotBeKept(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink("/etc/passwd", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, dir} {
		h := &history{}
		if err := h.load(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v", path, err)
		}
		if h.Add("in memory"); h.Len() != 1 {
			t.Error("the line is not in memory")
		}
	}
	told := 0
	h := &history{path: link, failed: func(error) { told++ }}
	h.Add("one")
	h.Add("two")
	if told != 1 || h.Len() != 2 {
		t.Errorf("told %d times, %d lines", told, h.Len())
	}
}

func TestWhereHistoryIs(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"/s/oco/terminal-history":              {"XDG_STATE_HOME": "/s", "HOME": "/h"},
		"/h/.local/state/oco/terminal-history": {"XDG_STATE_HOME": "not/absolute", "HOME": "/h"},
		"":                                     {"HOME": ""},
	} {
		got, err := historyPath(func(name string) string { return env[name] })
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%v: %q, error %v, want %q", env, got, err, want)
		}
	}
}
