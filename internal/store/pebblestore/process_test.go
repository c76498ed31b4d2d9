package pebblestore

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/openchatops/oco/internal/store"
)

// Children of the tests are this test program with childVar set to one of
// children; the directory is the first argument.
const childVar = "OCO_PEBBLESTORE_TEST_CHILD"

var children = map[string]func(dir string) error{
	"writer":       func(dir string) error { return writeForEver(dir, Options{}) },
	"writer-small": func(dir string) error { return writeForEver(dir, Options{memTableSize: 64 << 10}) },
	"fatal":        func(dir string) error { return writeForEver(dir, Options{FS: failing()}) },
	"fatal-returns": func(dir string) error {
		return writeForEver(dir, Options{FS: failing(), Fatal: func(string, ...any) {}})
	},
	"holder": hold,
}

func TestMain(m *testing.M) {
	if child, ok := children[os.Getenv(childVar)]; ok {
		if err := child(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(3)
		}
		return
	}
	os.Exit(m.Run())
}

func child(name, dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), childVar+"="+name)
	return cmd
}

// failing is the disk, on which the 30th sync of data fails and every one after.
func failing() vfs.FS {
	return errorfs.Wrap(vfs.Default, &fault{ops: map[errorfs.OpKind]bool{errorfs.OpFileSyncData: true}, at: 30, lasts: true})
}

// writeForEver writes rows and prints the number of each that is acknowledged.
func writeForEver(dir string, o Options) error {
	s, err := Open(dir, o)
	if err != nil {
		return err
	}
	from := 0
	if last, err := s.Get([]byte("last/0")); err == nil {
		if from, err = strconv.Atoi(string(last)); err != nil {
			return err
		}
		from++
	}
	for n := from; ; n++ {
		b := &store.Batch{Sync: true}
		b.Put(rowKey(0, n), rowValue(0, n))
		b.Put([]byte("last/0"), fmt.Append(nil, n))
		c, err := s.Apply(b)
		if err == nil {
			err = c.Wait()
		}
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func hold(dir string) error {
	if _, err := Open(dir, Options{}); err != nil {
		return err
	}
	fmt.Println(0)
	select {}
}

// TestKill kills a writer on the disk again and again, in the same directory.
func TestKill(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 2
	}
	for _, name := range []string{"writer", "writer-small"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for round := range rounds {
				last := killAfter(t, child(name, dir), 20+round*37)
				s := mustOpen(t, dir, Options{})
				if n := lost(t, s, map[int]int{0: last}, 1); n > 0 {
					t.Errorf("round %d: %d acknowledged rows are lost", round, n)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// killAfter kills the child when it has printed some lines and returns the last
// number that it printed.
func killAfter(t *testing.T, cmd *exec.Cmd, lines int) int {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last := -1
	scanner := bufio.NewScanner(out)
	for seen := 0; scanner.Scan(); seen++ {
		if last, err = strconv.Atoi(scanner.Text()); err != nil {
			t.Fatal(err)
		}
		if seen == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); last < lines || err == nil {
		t.Fatalf("the child ended after %d with %v", last, err)
	}
	return last
}

// TestProcessEnds checks that the process of a store that fails ends, whether
// Fatal is the default or one that wrongly returns.
func TestProcessEnds(t *testing.T) {
	for name, want := range map[string]struct {
		status int
		text   string
	}{
		"fatal":         {1, "injected error"},
		"fatal-returns": {2, "Options.Fatal returned"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cmd := child(name, dir)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			var exit *exec.ExitError
			if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != want.status {
				t.Errorf("the process ended with %v, want status %d", err, want.status)
			}
			if !strings.Contains(stderr.String(), want.text) {
				t.Errorf("it said %q, want %q", stderr.String(), want.text)
			}
			lines := strings.Fields(stdout.String())
			s := mustOpen(t, dir, Options{})
			if len(lines) == 0 || lost(t, s, map[int]int{0: len(lines) - 1}, 1) > 0 {
				t.Errorf("of %d acknowledged rows some are lost", len(lines))
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTwoProcesses opens a directory that another process has open, and is told
// which (OCO-STO-2).
func TestTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	cmd := child("holder", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := Open(dir, Options{})
		if holder := fmt.Sprintf("in use by another bot, process %d:", cmd.Process.Pid); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), holder) {
			t.Errorf("Open of a directory that another process holds: %v, want %q", err, holder)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if err := mustOpen(t, dir, Options{}).Close(); err != nil {
		t.Error(err)
	}
}
