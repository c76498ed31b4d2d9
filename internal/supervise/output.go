package supervise

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// maxLine is the number of bytes of an output line that are logged.
const maxLine = 4096

// output copies what a process prints to the log, line by line, with the name of its
// plugin, and remembers what it said last. Reading is as fast as logging, so a process
// that floods waits for the log.
type output struct {
	log     *slog.Logger
	name    string   // of the process
	plugins []string // those in it

	mu     sync.Mutex
	last   map[string]string // by stream
	crash  string            // how the runtime of the program began its last words
	logged map[string]*slog.Logger
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
	p := read(line, cut)
	if p.text == "" {
		return
	}
	if cut {
		p.text += " [cut]"
	}
	o.remember(stream, p)
	attrs := append([]slog.Attr{slog.String("stream", stream)}, p.attrs...)
	o.of(p.plugin).LogAttrs(context.Background(), p.level, p.text, attrs...)
}

// of is the log of a plugin in the process: one that the process does not hold is
// the process's own.
func (o *output) of(plugin string) *slog.Logger {
	if !slices.Contains(o.plugins, plugin) {
		plugin = o.name
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.logged == nil {
		o.logged = map[string]*slog.Logger{}
	}
	if o.logged[plugin] == nil {
		o.logged[plugin] = o.log.With("plugin", plugin)
	}
	return o.logged[plugin]
}

// aside is a line that says nothing by itself: one of a stack, the end of an object, or
// the version that Node prints behind an error.
var aside = regexp.MustCompile(`^(?:\s|[\])}]+[,;]?$|Node\.js v[0-9.]+$)`)

func (o *output) remember(stream string, p printed) {
	text := p.text
	for _, a := range p.attrs {
		if a.Key == "error" || a.Key == "err" {
			text += ": " + a.Value.String()
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last == nil {
		o.last = map[string]string{}
	}
	if o.last[stream] == "" || !aside.MatchString(text) {
		o.last[stream] = text
	}
	for _, begin := range []string{"panic: ", "fatal error: ", "runtime: "} {
		if stream == "stderr" && strings.HasPrefix(text, begin) && (o.crash == "" || begin != "runtime: ") {
			o.crash = text // what follows are stacks
		}
	}
}

// lastLine is what the process said last: by its standard error if it said something
// there, and of a crash of Go its reason rather than the end of its stacks.
func (o *output) lastLine() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	last := o.last["stdout"]
	if text := o.last["stderr"]; text != "" {
		last = text
	}
	if o.crash != "" {
		last = o.crash
	}
	if len(last) > 200 {
		return strings.ToValidUTF8(last[:200], "") + "…"
	}
	return last
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
