package terminal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"golang.org/x/term"

	"github.com/openchatops/oco"
)

const (
	// clearBelow clears the rest of the row of the cursor and all rows below.
	clearBelow  = "\x1b[J"
	clearScreen = "\x1b[2J\x1b[H"
	signText    = "working… "
)

// editor is the line that a person edits, at the bottom of what was said. What
// is written while they type goes above it.
type editor struct {
	streams
	places   *places
	complete *completer
	history  *history
	keys     *keyReader
	in       *bufio.Reader // of keys
	sink     *sink
	before   *term.State // how the terminal was

	// Of who reads.
	older   int    // which line of the history is shown; -1: none
	pending string // what was typed before one was

	mu            sync.Mutex
	line          buffer
	shown         bool // the line is on the terminal
	dirty         bool // and is another by now
	above         int  // rows of it above the cursor
	signed        bool
	width, height int
}

// sink is the terminal as the editor writes to it; it keeps the first error.
type sink struct {
	w io.Writer

	mu  sync.Mutex
	err error
}

func (s *sink) write(text string) error {
	_, err := io.WriteString(s.w, text)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	return err
}

func (s *sink) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// newEditor takes the terminal over, until close is called.
func newEditor(s streams, p *places, c *completer, h *history) (*editor, error) {
	before, err := term.MakeRaw(int(s.tty.Fd()))
	if err != nil {
		return nil, fmt.Errorf("take over the terminal: %w", err)
	}
	e := &editor{streams: s, places: p, complete: c, history: h, before: before, sink: &sink{w: s.talk}}
	e.keys = &keyReader{in: s.in, before: e.refresh}
	e.in = bufio.NewReader(e.keys)
	e.resize()
	// Pasted text is marked as such from now on. Whoever had the terminal before
	// may have left half a line.
	if err := e.sink.write("\x1b[?2004h\r" + clearBelow); err != nil {
		return nil, errors.Join(fmt.Errorf("write to the terminal: %w", err), term.Restore(int(s.tty.Fd()), before))
	}
	return e, nil
}

// close ends the line and gives the terminal back as it was.
func (e *editor) close() error {
	err := e.sink.write("\x1b[?2004l\r\n")
	return errors.Join(err, term.Restore(int(e.tty.Fd()), e.before))
}

// read waits for a line. Its marks are line ends and tabulators again.
func (e *editor) read() line {
	e.edit(func(b *buffer) {
		b.set("")
		e.shown = true
	})
	e.older = -1
	text, err := e.readText()
	cut := e.keys.entered()
	if err == nil {
		e.history.Add(text)
		err = e.sink.failed()
	}
	if err != nil {
		return line{end: err}
	}
	text = strings.NewReplacer(string(lineEndMark), "\n", string(tabMark), "\t").Replace(text)
	if cut || len(text) > maxLine {
		return line{tooLong: true}
	}
	return line{text: text}
}

// edit changes the line, which is drawn before the next key is waited for.
func (e *editor) edit(change func(*buffer)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(&e.line)
	e.dirty = true
}

// now returns the line as it is.
func (e *editor) now() buffer {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.line
}

// refresh draws the line if it is another by now, but not for each piece of what
// is being pasted.
func (e *editor) refresh() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if (e.resize() || e.dirty) && e.shown && !e.keys.pasting {
		_ = e.sink.write(e.wipe() + e.draw()) // the sink keeps the error, and read returns it
	}
}

// write writes lines above the edited one, which then tells of no work.
func (e *editor) write(text string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.resize()
	e.signed = false
	out := e.wipe() + strings.ReplaceAll(text, "\n", "\r\n")
	if e.shown {
		out += e.draw()
	}
	if err := e.sink.write(out); err != nil {
		return oco.MaybeSent(err)
	}
	return nil
}

// tick follows the window and the work that goes on.
func (e *editor) tick(working bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	changed := e.resize()
	if e.signed != working {
		e.signed, changed = working, true
	}
	if !changed || !e.shown {
		return nil
	}
	return e.sink.write(e.wipe() + e.draw())
}

// idle takes the sign of work back.
func (e *editor) idle() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dirty = e.dirty || e.signed
	e.signed = false
}

// end shows the line whole and leaves it behind.
func (e *editor) end() buffer {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.line.at = len(e.line.text)
	_ = e.sink.write(e.wipe() + e.draw() + "\r\n") // the sink keeps the error, and read returns it
	done := e.line
	e.line, e.shown, e.above = buffer{}, false, 0
	return done
}

// wipe takes the line off the terminal. The caller holds mu, also of the
// following.
func (e *editor) wipe() string {
	if !e.shown {
		return ""
	}
	up := ""
	if e.above > 0 {
		up = fmt.Sprintf("\x1b[%dA", e.above)
	}
	e.above = 0
	return "\r" + up + clearBelow
}

// draw shows the line from where the cursor is.
func (e *editor) draw() string {
	sign := ""
	if e.signed {
		sign = signText
	}
	who, where := e.places.prompt()
	painted := ""
	if e.colour {
		painted = paint(styleDim, sign) + paint(styleWho, who) + " " + paint(styleWhere, where) + "> "
	}
	l := layOut(sign+who+" "+where+"> ", painted, e.line, e.width).window(e.height)
	out := strings.Join(l.rows, "\r\n") + "\r"
	if up := len(l.rows) - 1 - l.row; up > 0 {
		out += fmt.Sprintf("\x1b[%dA", up)
	}
	if l.col > 0 {
		out += fmt.Sprintf("\x1b[%dC", l.col)
	}
	e.above, e.dirty = l.row, false
	return out
}

// resize asks how large the window is now and says whether that is news. There
// is no signal for it: those go to the processes of the terminal's own session.
func (e *editor) resize() (changed bool) {
	width, height, err := term.GetSize(int(e.tty.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		width, height = 80, 24 // one that does not say
	}
	changed = width != e.width || height != e.height
	e.width, e.height = width, height
	return changed
}
