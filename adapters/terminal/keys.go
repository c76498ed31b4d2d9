package terminal

import (
	"bytes"
	"io"
	"unicode"
	"unicode/utf8"
)

const (
	// lineEndMark and tabMark stand for a line end and a tabulator on the one line
	// that is edited.
	lineEndMark, tabMark = '⏎', '⇥'
	// keyTakeBack is Ctrl-C on its way through the line editor.
	keyTakeBack = '\ue000'
	keyEnd      = 0x04 // Ctrl-D
)

// known are the sequences of keys that the line editor understands, by those
// that terminals send. What is in neither column is dropped.
var known = map[string]string{
	"[A": "\x1b[A", "[B": "\x1b[B", "[C": "\x1b[C", "[D": "\x1b[D", "[H": "\x1b[H", "[F": "\x1b[F",
	"OA": "\x1b[A", "OB": "\x1b[B", "OC": "\x1b[C", "OD": "\x1b[D", "OH": "\x1b[H", "OF": "\x1b[F",
	"[1~": "\x1b[H", "[7~": "\x1b[H", "[4~": "\x1b[F", "[8~": "\x1b[F", "[3~": "\x1b[3~",
	"[1;5C": "\x1b[1;3C", "[1;5D": "\x1b[1;3D", "[1;3C": "\x1b[1;3C", "[1;3D": "\x1b[1;3D",
	"f": "\x1b[1;3C", "b": "\x1b[1;3D",
	pasteBegins: "\x1b" + pasteBegins,
}

const (
	pasteBegins, pasteEnds = "[200~", "[201~"
	// longestKey bounds a sequence that never ends.
	longestKey = 32
)

// keyReader stands between the terminal and the line editor and passes on only
// what the editor can take: known keys, and characters that can be shown. A
// pasted text becomes part of the line, with marks for its line ends.
type keyReader struct {
	in io.Reader
	// before is called before each read, which may block.
	before func()

	raw     []byte // read and not looked at
	ready   []byte // looked at and not passed on
	err     error
	pasting bool
	afterCR bool
	pasted  int  // bytes since the last Enter
	tooLong bool // more was pasted than a message holds
}

// Read implements [io.Reader].
func (k *keyReader) Read(p []byte) (int, error) {
	for len(k.ready) == 0 {
		if k.err != nil {
			return 0, k.err
		}
		k.before()
		if len(k.ready) > 0 { // the end was asked for
			break
		}
		var buffer [1024]byte
		n, err := k.in.Read(buffer[:])
		k.raw = append(k.raw, buffer[:n]...)
		k.err = err
		for len(k.raw) > 0 {
			n := k.take(k.raw)
			if n == 0 {
				break
			}
			k.raw = k.raw[n:]
		}
	}
	n := copy(p, k.ready)
	k.ready = k.ready[n:]
	return n, nil
}

// take looks at one key and returns its length; 0 if more of it is to come.
func (k *keyReader) take(raw []byte) int {
	if raw[0] == 0x1b {
		return k.sequence(raw)
	}
	if !utf8.FullRune(raw) {
		return 0
	}
	r, n := utf8.DecodeRune(raw)
	if r == utf8.RuneError {
		r = '?' // the editor would wait for the rest of it for ever
	}
	if k.pasting {
		k.paste(r)
		return n
	}
	switch {
	case r == 0x03:
		k.pass(string(keyTakeBack))
	case r == '\r' || r == '\n':
		k.pass("\r")
	case r == keyTakeBack || r >= 0x80 && unsafe(r):
	default:
		k.pass(string(r))
	}
	return n
}

// paste puts one character of a pasted text into the line.
func (k *keyReader) paste(r rune) {
	lineFeed := r == '\n' && k.afterCR
	k.afterCR = r == '\r'
	switch {
	case lineFeed:
		return
	case r == '\r' || r == '\n':
		r = lineEndMark
	case r == '\t':
		r = tabMark
	case unicode.IsControl(r) || unsafe(r) || r == keyTakeBack:
		return
	}
	if k.pasted += utf8.RuneLen(r); k.pasted > 2*maxLine {
		k.tooLong = true
		return
	}
	k.pass(string(r))
}

// sequence looks at a key that begins with ESC.
func (k *keyReader) sequence(raw []byte) int {
	end := 0
	switch {
	case k.pasting:
		return k.escapeInPaste(raw)
	case len(raw) < 2:
		return 0
	case raw[1] == '[':
		i := bytes.IndexFunc(raw[2:], func(r rune) bool { return r >= '@' && r <= '~' })
		if i < 0 && len(raw) < longestKey {
			return 0
		}
		end = 2 + i + 1
		if i < 0 {
			end = len(raw)
		}
	case raw[1] == 'O':
		if len(raw) < 3 {
			return 0
		}
		end = 3
	case raw[1] == 0x1b:
		return 1
	default:
		end = 2
	}
	key := string(raw[1:end])
	k.pasting = key == pasteBegins
	k.pass(known[key])
	return end
}

// escapeInPaste drops an ESC, unless it ends the paste.
func (k *keyReader) escapeInPaste(raw []byte) int {
	full := "\x1b" + pasteEnds
	switch {
	case bytes.HasPrefix(raw, []byte(full)):
		k.pasting, k.afterCR = false, false
		k.pass(full)
		return len(full)
	case len(raw) < len(full) && bytes.HasPrefix([]byte(full), raw):
		return 0
	}
	return 1
}

func (k *keyReader) pass(keys string) { k.ready = append(k.ready, keys...) }

// entered begins a new line and says whether the last one was cut.
func (k *keyReader) entered() (cut bool) {
	cut = k.tooLong
	k.pasted, k.tooLong = 0, false
	return cut
}
