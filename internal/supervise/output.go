package supervise

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// maxLine is the number of bytes of an output line that are logged.
const maxLine = 4096

// output copies what a process prints to the log, line by line, and remembers the last
// line. Reading is as fast as logging, so a process that floods waits for the log.
type output struct {
	log *slog.Logger

	mu   sync.Mutex
	last string
}

// copyLines reads until the end of the stream or an error, which ends it as well: the
// reading end is closed under it when the process is dead.
func (o *output) copyLines(stream string, r io.Reader) {
	lines := bufio.NewReaderSize(r, maxLine)
	cut := false // the rest of a long line is to be dropped
	for {
		line, err := lines.ReadSlice('\n')
		full := errors.Is(err, bufio.ErrBufferFull)
		if !cut && len(line) > 0 {
			o.line(stream, line, full)
		}
		cut = full
		if err != nil && !full {
			return
		}
	}
}

func (o *output) line(stream string, line []byte, cut bool) {
	text := neutral(line)
	if text == "" {
		return
	}
	if cut {
		text += " [cut]"
	}
	o.mu.Lock()
	o.last = text
	o.mu.Unlock()
	o.log.Info(text, "stream", stream)
}

func (o *output) lastLine() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.last) > 200 {
		return strings.ToValidUTF8(o.last[:200], "") + "…"
	}
	return o.last
}

// neutral makes a line of output harmless on a terminal and in a log: trailing space
// goes, tabs become spaces, and what does not print (control characters, characters
// that change the direction of text, bytes that are no UTF-8) is shown escaped.
func neutral(line []byte) string {
	line = []byte(strings.TrimRightFunc(string(line), unicode.IsSpace))
	var b strings.Builder
	b.Grow(len(line))
	for len(line) > 0 {
		r, size := utf8.DecodeRune(line)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(line[0])|0x100, 16)[1:])
		case r == '\t':
			b.WriteByte(' ')
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		line = line[size:]
	}
	return b.String()
}
