package ptytest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a screen may take to show what is waited for. A test that
// passes never waits so long.
const patience = 30 * time.Second

// A Seat is a person before a terminal. Its methods are for the goroutine of
// the test.
type Seat struct {
	// Program is the end that the program gets as input, output and error.
	Program *os.File

	t       testing.TB
	person  *os.File
	changed chan struct{}

	mu     sync.Mutex
	screen *Screen
}

// Sit opens a terminal of 80 columns and 24 rows. It is closed with the test,
// before what the test cleans up that was there earlier. Where pseudo terminals
// cannot be opened the test is skipped, and in CI fails.
func Sit(t testing.TB) *Seat {
	t.Helper()
	person, program, err := Open()
	switch {
	case errors.Is(err, errors.ErrUnsupported) && os.Getenv("CI") != "true":
		t.Skip("no pseudo terminals here: they are opened on Linux only")
	case err != nil:
		t.Fatal(err)
	}
	s := &Seat{Program: program, t: t, person: person, screen: NewScreen(80, 24), changed: make(chan struct{}, 1)}
	s.Resize(80, 24)
	read := make(chan struct{})
	go func() {
		defer close(read)
		s.read()
	}()
	t.Cleanup(func() {
		s.HangUp()
		<-read
	})
	return s
}

// read takes the output in. The end of a terminal is an error of the system.
func (s *Seat) read() {
	p := make([]byte, 4096)
	for {
		n, err := s.person.Read(p)
		s.mu.Lock()
		s.screen.Write(p[:n]) //nolint:errcheck // it returns none
		s.mu.Unlock()
		select {
		case s.changed <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// HangUp closes the terminal, as who closes its window does.
func (s *Seat) HangUp() {
	for _, f := range []*os.File{s.Program, s.person} {
		if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			s.t.Error(err)
		}
	}
}

// Resize makes the window so large.
func (s *Seat) Resize(width, height int) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.screen.Resize(width, height)
	if err := resize(s.person, width, height); err != nil {
		s.t.Fatal(err)
	}
}

// Type presses keys.
func (s *Seat) Type(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.person, keys); err != nil {
		s.t.Fatal(err)
	}
}

// Await waits until the screen, without colours, ends with text; the cursor is
// █.
func (s *Seat) Await(text string) {
	s.t.Helper()
	s.until(fmt.Sprintf("ends with %q", text), func() bool {
		return strings.HasSuffix(strings.TrimSuffix(s.screen.Text(), "\n"), text)
	})
}

// AwaitPart waits until text is on the screen, or was.
func (s *Seat) AwaitPart(text string) {
	s.t.Helper()
	s.AwaitTimes(text, 1)
}

// AwaitTimes waits until text is on the screen, or was, so many times.
func (s *Seat) AwaitTimes(text string, times int) {
	s.t.Helper()
	s.until(fmt.Sprintf("shows %q %d times", text, times), func() bool {
		return strings.Count(s.screen.Text(), text) >= times
	})
}

// AwaitMode waits until a mode of the terminal, such as "?2004", is on or off.
func (s *Seat) AwaitMode(name string, on bool) {
	s.t.Helper()
	s.until(fmt.Sprintf("has the mode %s: %v", name, on), func() bool { return s.screen.Mode(name) == on })
}

func (s *Seat) until(what string, holds func() bool) {
	s.t.Helper()
	enough := time.After(patience)
	for {
		s.mu.Lock()
		done, text := holds(), s.screen.Text()
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-s.changed:
		case <-enough:
			s.t.Fatalf("the screen never %s; it shows\n%s", what, text)
		}
	}
}

// Styled returns the screen with colours; see [Screen.Styled].
func (s *Seat) Styled() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.Styled()
}

// Text returns the screen without colours.
func (s *Seat) Text() string { return plain(s.Styled()) }

// Strange returns what the screen did not understand.
func (s *Seat) Strange() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.Strange()
}
