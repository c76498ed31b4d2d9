package terminal

import (
	"io"
	"strings"
)

// readText does what the keys say until a line is entered.
func (e *editor) readText() (string, error) {
	for {
		key, err := e.key()
		if err != nil {
			return "", err
		}
		line := e.now()
		switch key {
		case "\r":
			return e.end().text, nil
		case "\x1b" + pasteBegins:
			pasted, err := e.pasted()
			if err != nil {
				return "", err
			}
			e.edit(func(b *buffer) { b.insert(pasted) })
		case string(keyTakeBack), string(rune(keyEnd)):
			if line.text == "" {
				return "", io.EOF
			}
			e.edit(func(b *buffer) {
				if key == string(keyTakeBack) {
					b.set("")
				} else {
					b.cut(b.at, b.after())
				}
			})
		case "\t":
			e.tab(line)
		case "\x1b[A", "\x10": // up, Ctrl-P
			e.remember(+1)
		case "\x1b[B", "\x0e": // down, Ctrl-N
			e.remember(-1)
		case "\x0c": // Ctrl-L
			e.edit(func(*buffer) { e.clearScreen() })
		default:
			e.edit(func(b *buffer) { b.press(key) })
		}
	}
}

// key returns the next key: a character, a control or a sequence.
func (e *editor) key() (string, error) {
	r, _, err := e.in.ReadRune()
	if err != nil || r != '\x1b' {
		return string(r), err
	}
	// What keys passes on is whole.
	sequence := []byte{'\x1b'}
	for {
		b, err := e.in.ReadByte()
		if err != nil {
			return "", err
		}
		if sequence = append(sequence, b); len(sequence) > 2 && b >= '@' && b <= '~' {
			return string(sequence), nil
		}
	}
}

// pasted returns a pasted text.
func (e *editor) pasted() (string, error) {
	var text strings.Builder
	for {
		key, err := e.key()
		if err != nil || key == "\x1b"+pasteEnds {
			return text.String(), err
		}
		text.WriteString(key)
	}
}

// press does what a key means within the line.
func (b *buffer) press(key string) {
	switch key {
	case "\x1b[D", "\x02": // left, Ctrl-B
		b.at = b.before()
	case "\x1b[C", "\x06": // right, Ctrl-F
		b.at = b.after()
	case "\x1b[1;3D":
		b.at = b.wordBefore()
	case "\x1b[1;3C":
		b.at = b.wordAfter()
	case "\x1b[H", "\x01": // home, Ctrl-A
		b.at = 0
	case "\x1b[F", "\x05": // end, Ctrl-E
		b.at = len(b.text)
	case "\x7f", "\x08": // backspace, Ctrl-H
		b.cut(b.before(), b.at)
	case "\x1b[3~":
		b.cut(b.at, b.after())
	case "\x17": // Ctrl-W
		b.cut(b.wordBefore(), b.at)
	case "\x15": // Ctrl-U
		b.cut(0, b.at)
	case "\x0b": // Ctrl-K
		b.cut(b.at, len(b.text))
	case "\x14": // Ctrl-T
		b.transpose()
	default:
		if key >= " " {
			b.insert(key)
		}
	}
}

// clearScreen leaves only the line on the terminal. The caller holds mu.
func (e *editor) clearScreen() {
	_ = e.sink.write(clearScreen) // the sink keeps the error, and read returns it
	e.above = 0
}

// remember shows an older line that was typed, or a newer one, or what was being
// typed.
func (e *editor) remember(step int) {
	to := e.older + step
	if to < -1 || to >= e.history.Len() {
		return
	}
	if e.older == -1 {
		e.pending = e.now().text
	}
	e.older = to
	text := e.pending
	if to >= 0 {
		text = e.history.At(to)
	}
	e.edit(func(b *buffer) { b.set(text) })
}

// tab completes the word before the cursor or shows how it may go on.
func (e *editor) tab(line buffer) {
	found, word := e.complete.complete(line.text[:line.at])
	if len(found) == 0 {
		return
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
		_ = e.write(list + "\n") // the sink keeps the error, and read returns it
		return
	}
	start := line.text[:line.at-word] + longest
	e.edit(func(b *buffer) {
		b.text, b.at = start+strings.TrimPrefix(line.text[line.at:], " "), len(start)
	})
}
