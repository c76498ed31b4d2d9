//go:build unix

package terminal

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestFilesByNumber(t *testing.T) {
	var numbers []string
	var reads []*os.File
	for range 3 {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		// A descriptor of its own, which files owns from now on.
		fd, err := syscall.Dup(int(w.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		reads = append(reads, r)
		numbers = append(numbers, fmt.Sprint(fd))
	}
	list := strings.Join(numbers, ",")
	t.Setenv(envFDs, list)
	t.Setenv(envName, "hal")
	s, err := inherited()
	if err != nil {
		t.Fatal(err)
	}
	if s.interactive || s.tty != nil || s.colour || s.talk != s.err {
		t.Errorf("pipes are no terminal: %+v", s)
	}
	if _, err := s.out.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 1)
	if _, err := reads[1].Read(got); err != nil || got[0] != 'x' {
		t.Errorf("read %q, error %v", got, err)
	}
}

func TestFilesOfTheProcess(t *testing.T) {
	got, err := files("")
	if err != nil || got != [3]*os.File{os.Stdin, os.Stdout, os.Stderr} {
		t.Errorf("files %v, error %v", got, err)
	}
}

func TestBadLists(t *testing.T) {
	for _, list := range []string{"3", "3,4", "3,4,5,6", "a,b,c", "-1,4,5", "3,,5", "99999999999,4,5", "1000,1001,1002", ","} {
		_, err := files(list)
		if err == nil || !strings.Contains(err.Error(), envFDs) {
			t.Errorf("%q: error %v", list, err)
		}
	}
	t.Setenv(envFDs, "x")
	if _, err := inherited(); err == nil {
		t.Error("a list that is no list was taken")
	}
}

func TestPromptName(t *testing.T) {
	t.Setenv(envName, "")
	if got := promptName(); got != "oco" {
		t.Errorf("the prompt is %q", got)
	}
	if got := loginName(); got == "" {
		t.Error("nobody is at the terminal")
	}
}
