// Package wire reads and writes the wire form of protobuf messages, for the code
// that tools/protoc-gen-wire generates.
//
// It does what google.golang.org/protobuf does, several times faster because it
// does not look at descriptors: texts must be UTF-8 both ways, unknown fields are
// kept, messages nest 10,000 deep at most. What that code does not cover, it
// leaves to google.golang.org/protobuf.
package wire

import (
	"errors"
	"sync"
)

// A Message has generated methods.
type Message interface {
	Reset()
	WriteWire(w *Writer)
	ReadWire(r *Reader)
}

var (
	errText   = errors.New("wire: a text is not UTF-8")
	errBroken = errors.New("wire: the bytes are not of the schema")
)

// Append appends the wire form of a message. Its error says that a text is not
// UTF-8.
func Append(b []byte, m Message) ([]byte, error) {
	w := writers.Get().(*Writer)
	w.b, w.err = b, nil
	m.WriteWire(w)
	b, err := w.b, w.err
	w.b = nil
	writers.Put(w)
	return b, err
}

// writers are used again: one that generated code was given is on the heap.
var writers = sync.Pool{New: func() any { return new(Writer) }}

// Decode makes m what b says. The message keeps nothing of b.
func Decode(b []byte, m Message) error {
	m.Reset()
	r := Reader{b: b, end: len(b), depth: maxDepth}
	m.ReadWire(&r)
	return r.err
}

// scratch is memory to encode in: how long a message gets is known at its end.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// mostScratch is the most that is kept of it at a time.
const mostScratch = 64 << 10

// Encode calls use with the wire form of a message, which holds during the call.
func Encode(m Message, use func([]byte)) error {
	pad := scratch.Get().(*[]byte)
	b, err := Append((*pad)[:0], m)
	if err == nil {
		use(b)
	}
	if cap(b) <= mostScratch {
		*pad = b
		scratch.Put(pad)
	}
	return err
}

// Marshal is the wire form of a message, in memory of its own.
func Marshal(m Message) (raw []byte, err error) {
	err = Encode(m, func(b []byte) { raw = append(make([]byte, 0, len(b)), b...) })
	return raw, err
}

// Size is how long the wire form of a message is, as far as its texts are UTF-8.
func Size(m Message) (n int) {
	_ = Encode(m, func(b []byte) { n = len(b) }) // who writes it learns of the error
	return n
}
