package terminal

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/openchatops/oco"
)

const (
	// typedAtMost is where [term.Terminal] stops taking typed characters.
	typedAtMost = 4096
	// clearBelow clears what an edited line of several rows leaves behind.
	clearBelow = "\x1b[J"
	signText   = "working… "
)

// editor is the line that a person edits, at the bottom of what was said. What
// is written while they type goes above it.
type editor struct {
	streams
	places   *places
	complete *completer
	keys     *keyReader
	line     *term.Terminal
	sink     *sink
	before   *term.State // how the terminal was

	mu            sync.Mutex
	signed        bool
	width, height int
}

// sink is the terminal as the editor writes to it; it keeps the first error,
// which [term.Terminal] does not always return.
type sink struct {
	io.Reader
	w io.Writer

	mu  sync.Mutex
	err error
}

// Write implements [io.Writer].
func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.err = err
	}
	return n, err
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
	e := &editor{streams: s, places: p, complete: c, before: before}
	e.keys = &keyReader{in: s.in, before: e.resize}
	e.sink = &sink{Reader: e.keys, w: s.talk}
	e.line = term.NewTerminal(e.sink, "")
	e.line.History = h
	e.line.AutoCompleteCallback = e.key
	e.resize()
	e.sign(false)
	e.line.SetBracketedPasteMode(true)
	// Whoever had the terminal before may have left half a line.
	if _, err := io.WriteString(e.sink, "\r"+clearBelow); err != nil {
		return nil, errors.Join(fmt.Errorf("write to the terminal: %w", err), term.Restore(int(s.tty.Fd()), before))
	}
	return e, nil
}

// close ends the line and gives the terminal back as it was.
func (e *editor) close() error {
	e.line.SetBracketedPasteMode(false)
	_, err := io.WriteString(e.sink, "\r\n")
	return errors.Join(err, term.Restore(int(e.tty.Fd()), e.before))
}

// read waits for a line. Its marks are line ends and tabulators again.
func (e *editor) read() line {
	text, err := e.line.ReadLine()
	cut := e.keys.entered()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	if err == nil {
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

// write writes lines above the edited one, which then tells of no work.
func (e *editor) write(text string) error {
	e.resize()
	e.sign(false)
	if _, err := io.WriteString(e.line, clearBelow+text); err != nil {
		return oco.MaybeSent(err)
	}
	if err := e.sink.failed(); err != nil {
		return oco.MaybeSent(err)
	}
	return nil
}

// tick follows the window and the work that goes on.
func (e *editor) tick(working bool) error {
	e.resize()
	if !e.sign(working) {
		return nil
	}
	_, err := io.WriteString(e.line, clearBelow)
	return err
}

// sign sets the prompt, with or without a sign of work, and says whether that
// is another than before.
func (e *editor) sign(working bool) (changed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	changed = e.signed != working
	e.signed = working
	sign := ""
	if working {
		sign = signText
	}
	who, where := e.places.prompt()
	prompt := sign + who + " " + where + "> "
	painted := paint(styleDim, sign) + paint(styleWho, who) + " " + paint(styleWhere, where) + "> "
	// A prompt that is broken over rows must have no codes in it: the editor
	// would count them.
	if e.colour && utf8.RuneCountInString(painted) < e.width {
		prompt = painted
	}
	e.line.SetPrompt(prompt)
	return changed
}

// resize asks how large the window is now. There is no signal for it: those go
// to the processes of the terminal's own session.
func (e *editor) resize() {
	width, height, err := term.GetSize(int(e.tty.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		width, height = 80, 24 // one that does not say
	}
	e.mu.Lock()
	same := width == e.width && height == e.height
	e.width, e.height = width, height
	e.mu.Unlock()
	if same {
		return
	}
	// The only error is that of writing, which the sink keeps.
	_ = e.line.SetSize(width, height)
}

// key does what the editor does not know. It is called for each key that is no
// command of the editor's own.
func (e *editor) key(text string, at int, key rune) (string, int, bool) {
	switch {
	case key == keyTakeBack && text == "":
		e.keys.ready = append(e.keys.ready, keyEnd)
		return "", 0, true
	case key == keyTakeBack:
		return "", 0, true
	case key == '\t':
		return e.tab(text, at)
	case key >= ' ' && utf8.RuneCountInString(text) == typedAtMost:
		// The editor would drop it without a word.
		return text[:at] + string(key) + text[at:], at + utf8.RuneLen(key), true
	}
	return "", 0, false
}

// tab completes the word before the cursor or shows how it may go on.
func (e *editor) tab(text string, at int) (string, int, bool) {
	found, word := e.complete.complete(text[:at])
	if len(found) == 0 {
		return "", 0, false
	}
	longest := common(found)
	if len(found) == 1 {
		longest += " "
	}
	if len(longest) <= word {
		list := strings.Join(found, "  ")
		if e.colour {
			list = paint(styleDim, list)
		}
		if err := e.write(list + "\n"); err != nil {
			return "", 0, false // the sink keeps it, and read returns it
		}
		return "", 0, false
	}
	start := text[:at-word] + longest
	return start + strings.TrimPrefix(text[at:], " "), len(start), true
}
