package exec

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// kept is how much is kept of the begin of what a program prints, and as much of its
// end: more than is ever said, for terminals are told much that is not shown.
const kept = 128 << 10

// output keeps what a program prints. The middle of what is too much is dropped, so it
// bounds memory and never makes a program wait.
type output struct {
	mu    sync.Mutex
	head  []byte
	tail  []byte // what came behind the head, of which the last counts
	bytes int64  // in all
	lines int    // that have ended
}

// Write takes what was printed. It never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes += int64(len(p))
	o.lines += lineCount(p)
	n := min(len(p), kept-len(o.head))
	o.head = append(o.head, p[:n]...)
	o.tail = append(o.tail, p[n:]...)
	if len(o.tail) > 2*kept {
		o.tail = append(o.tail[:0], o.tail[len(o.tail)-kept:]...)
	}
	return len(p), nil
}

// size is how much was printed.
func (o *output) size() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes
}

// text is what was printed, cut in its middle to so many bytes and lines.
func (o *output) text(maxBytes, maxLines int) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	whole := append(slices.Clone(o.head), o.tail...)
	if int64(len(whole)) == o.bytes {
		return fit(trimmed(clean(whole)), nil, 0, maxBytes, maxLines)
	}
	head, tail := clean(o.head), clean(o.tail)
	// The last line of the one and the first of the other are not whole.
	if len(head) > 1 {
		head = head[:len(head)-1]
	}
	if len(tail) > 1 {
		tail = tail[1:]
	}
	return fit(head, trimmed(tail), max(o.lines+1-len(head)-len(tail), 1), maxBytes, maxLines)
}

// last are the last lines of what was printed, of so many bytes at most.
func (o *output) last(maxBytes, maxLines int) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	whole := append(slices.Clone(o.head), o.tail...)
	lines := trimmed(clean(whole[max(len(whole)-kept, 0):]))
	return strings.Join(end(lines, maxBytes, maxLines), "\n")
}

// trimmed are lines without empty ones at the end.
func trimmed(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// fit makes one text of the lines of a begin and, behind so many that are missing, of
// an end. What does not fit is left out in the middle, and the text says so.
func fit(head, tail []string, missing, maxBytes, maxLines int) string {
	if missing == 0 && len(head) <= maxLines && size(head) <= maxBytes {
		return strings.Join(head, "\n")
	}
	const mark = 64 // bytes for the line that says it
	first := begin(head, (maxBytes-mark)/2, maxLines/2)
	left := len(head) - len(first)
	if missing == 0 {
		tail = head[len(first):]
		left = 0
	}
	last := end(tail, maxBytes-mark-size(first), maxLines-len(first))
	left += missing + len(tail) - len(last)
	if left == 0 {
		return strings.Join(slices.Concat(first, last), "\n") // one line was cut
	}
	said := fmt.Sprintf("[… %d lines left out …]", left)
	if left == 1 {
		said = "[… 1 line left out …]"
	}
	return strings.Join(slices.Concat(first, []string{said}, last), "\n")
}

// begin are the first of the lines, of so many bytes at most; of one that is too long
// its begin.
func begin(lines []string, maxBytes, maxLines int) []string {
	n, left := 0, maxBytes
	for n < len(lines) && n < maxLines && len(lines[n])+1 <= left {
		left -= len(lines[n]) + 1
		n++
	}
	if n == 0 && len(lines) > 0 && maxLines > 0 && maxBytes > len(dots)+1 {
		return []string{strings.ToValidUTF8(lines[0][:maxBytes-len(dots)-1], "") + dots}
	}
	return slices.Clone(lines[:n])
}

// end are the last of the lines, of so many bytes at most; of one that is too long its
// end.
func end(lines []string, maxBytes, maxLines int) []string {
	n, left := len(lines), maxBytes
	for n > 0 && len(lines)-n < maxLines && len(lines[n-1])+1 <= left {
		left -= len(lines[n-1]) + 1
		n--
	}
	if n == len(lines) && n > 0 && maxLines > 0 && maxBytes > len(dots)+1 {
		long := lines[n-1]
		return []string{dots + strings.ToValidUTF8(long[len(long)-(maxBytes-len(dots)-1):], "")}
	}
	return slices.Clone(lines[n:])
}

const dots = "…"

func size(lines []string) int {
	n := 0
	for _, line := range lines {
		n += len(line) + 1
	}
	return n
}
