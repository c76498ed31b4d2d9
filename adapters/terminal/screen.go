package terminal

import (
	"io"
	"strings"
	"sync"

	"github.com/openchatops/oco"
)

// repeatMark stands before what was perhaps said before.
const repeatMark = "(perhaps said before) "

// screen prints, one text at a time. Safe for concurrent use.
type screen struct {
	streams

	mu sync.Mutex
	// prompted: the prompt is the last thing on the terminal.
	prompted bool
	lost     error // why nothing can be written any more
}

func newScreen(s streams) *screen { return &screen{streams: s} }

// say prints a message where its reason belongs.
func (s *screen) say(m oco.Outgoing) error {
	text := printable(m.Text)
	if m.PossibleRepeat {
		text = repeatMark + text
	}
	switch {
	case !s.interactive && (m.Reason == oco.ReasonNotice || m.Reason == oco.ReasonBot):
		return s.print(s.err, text)
	case m.Reason == oco.ReasonNotice:
		return s.mark(text)
	}
	return s.print(s.out, text)
}

// complain tells who wrote a line what is wrong with it.
func (s *screen) complain(text string) error {
	if s.interactive {
		return s.mark(printable(text))
	}
	return s.print(s.err, "oco: "+printable(text))
}

// mark prints lines that are about a line, not an answer to it.
func (s *screen) mark(text string) error {
	return s.print(s.talk, "! "+strings.ReplaceAll(text, "\n", "\n! "))
}

// print writes lines of their own, and the prompt again if it stood there.
func (s *screen) print(w io.Writer, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	text = strings.TrimRight(text, "\n") + "\n"
	if s.prompted && w == s.talk {
		text = "\n" + text + s.prompt
	}
	return s.write(w, text)
}

// ask shows the prompt.
func (s *screen) ask() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prompted = true
	return s.write(s.talk, s.prompt)
}

// answered says that the person ended the line of the prompt.
func (s *screen) answered() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prompted = false
}

// broken returns why nothing can be written any more, or nil.
func (s *screen) broken() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

// write writes a whole text. If only a part of it went out, nobody knows what
// was read. The caller holds mu.
func (s *screen) write(w io.Writer, text string) error {
	n, err := io.WriteString(w, text)
	if err == nil {
		return nil
	}
	s.lost = err
	if n > 0 {
		return oco.MaybeSent(err)
	}
	return err
}
