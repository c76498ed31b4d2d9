package terminal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
)

// maxLine is the longest text of one message in bytes (OCO-SIZ-4).
const maxLine = 64 << 10

// errTooLong marks a line that cannot be a message.
var errTooLong = errors.New("it is longer than 64 KiB; split it")

// line is one line of the input, or the error that ended it.
type line struct {
	number int
	text   string
	// tooLong: there is no text.
	tooLong bool
	// end is [io.EOF] or what went wrong; then there is no line.
	end error
}

// readLines reads lines one ahead of who takes them, until the input or ctx
// ends. A read that blocks is not interrupted when ctx ends: it ends with the
// input or the process.
func readLines(ctx context.Context, in io.Reader) <-chan line {
	lines := make(chan line)
	go func() {
		r := lineReader{in: bufio.NewReader(in)}
		for {
			l := r.next()
			select {
			case lines <- l:
			case <-ctx.Done():
				return
			}
			if l.end != nil {
				return
			}
		}
	}()
	return lines
}

// lineReader splits input into lines and holds no more than one of at most
// maxLine bytes.
type lineReader struct {
	in     *bufio.Reader
	number int
	end    error
}

// next returns the next line that is not empty.
func (r *lineReader) next() line {
	for r.end == nil {
		text, tooLong := r.read()
		if tooLong || strings.TrimSpace(text) != "" {
			return line{number: r.number, text: text, tooLong: tooLong}
		}
	}
	return line{end: r.end}
}

// read returns one line without its end, with what is not UTF-8 replaced. The
// last one may be empty, and is if the input broke.
func (r *lineReader) read() (text string, tooLong bool) {
	r.number++
	var kept []byte
	for {
		part, err := r.in.ReadSlice('\n')
		// The two bytes may be the end of the line, which does not count.
		if len(kept)+len(part) > maxLine+2 {
			tooLong, kept = true, nil
		}
		if !tooLong {
			kept = append(kept, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		r.end = err
		break
	}
	if r.end != nil && r.end != io.EOF {
		return "", false // cut off: nobody knows how it went on
	}
	kept = bytes.TrimSuffix(bytes.TrimSuffix(kept, []byte("\n")), []byte("\r"))
	text = strings.ToValidUTF8(string(kept), "\uFFFD")
	if len(text) > maxLine {
		return "", true
	}
	return text, tooLong
}
