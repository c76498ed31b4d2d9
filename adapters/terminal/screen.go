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
	places *places

	mu sync.Mutex
	// prompted: the prompt is the last thing on the terminal.
	prompted bool
	lost     error   // why nothing can be written any more
	editor   *editor // nil: no line is edited
}

func newScreen(s streams, p *places) *screen { return &screen{streams: s, places: p} }

// say prints a message where its reason belongs.
func (s *screen) say(m oco.Outgoing, room oco.Room) error {
	text := printable(m.Text)
	if m.PossibleRepeat {
		text = repeatMark + text
	}
	label := ""
	if s.interactive {
		label = s.places.label(room)
	}
	switch {
	case !s.interactive && (m.Reason == oco.ReasonNotice || m.Reason == oco.ReasonBot):
		return s.print(s.err, text)
	case m.Reason == oco.ReasonNotice:
		return s.mark(label, text)
	case s.colour && s.out == s.talk:
		text = render(text)
	}
	return s.print(s.out, s.labelled(label, text))
}

// note prints what somebody did, apart from what is said.
func (s *screen) note(room oco.Room, text string) error {
	text = "* " + strings.ReplaceAll(printable(text), "\n", " ")
	if !s.interactive {
		return s.print(s.err, text)
	}
	label := s.places.label(room)
	if s.colour && s.out == s.talk {
		text = paint(styleDim, text)
	}
	return s.print(s.talk, s.labelled(label, text))
}

// labelled puts where something was said before each of its lines.
func (s *screen) labelled(label, text string) string {
	if label == "" {
		return text
	}
	label += ":"
	if s.colour && s.out == s.talk {
		label = paint(styleWhere, label)
	}
	return label + " " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+label+" ")
}

// complain tells who wrote a line what is wrong with it.
func (s *screen) complain(text string) error {
	if s.interactive {
		return s.mark("", printable(text))
	}
	return s.print(s.err, "oco: "+printable(text))
}

// tell is complain for what does not matter enough to end. If it cannot be
// printed, nothing can, and whoever prints next gets to know.
func (s *screen) tell(text string) { _ = s.complain(text) }

// mark prints lines that are about a line, not an answer to it.
func (s *screen) mark(label, text string) error {
	text = "! " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n! ")
	if s.colour {
		text = paintLines(styleNotice, text)
	}
	return s.print(s.talk, s.labelled(label, text))
}

// print writes lines of their own, and the prompt again if it stood there.
func (s *screen) print(w io.Writer, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	text = strings.TrimRight(text, "\n") + "\n"
	switch {
	case s.editor != nil && w == s.talk:
		return s.editor.write(text)
	case s.prompted && w == s.talk:
		text = "\n" + text + s.prompt()
	}
	return s.write(w, text)
}

// edits says that a line is edited from now on, or none.
func (s *screen) edits(e *editor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.editor = e
}

// ask shows the prompt.
func (s *screen) ask() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prompted = true
	return s.write(s.talk, s.prompt())
}

func (s *screen) prompt() string {
	who, where := s.places.prompt()
	return who + " " + where + "> "
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
