package wire

import (
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// A Writer appends fields. A tag is a field's number and type as they stand on
// the wire.
type Writer struct {
	b   []byte
	err error
}

func (w *Writer) varint(v uint64) {
	if v < 0x80 {
		w.b = append(w.b, byte(v))
		return
	}
	w.b = protowire.AppendVarint(w.b, v)
}

// Varint writes a number.
func (w *Writer) Varint(tag, v uint64) {
	w.varint(tag)
	w.varint(v)
}

// Bool writes yes or no.
func (w *Writer) Bool(tag uint64, v bool) { w.Varint(tag, protowire.EncodeBool(v)) }

// Double writes a floating point number.
func (w *Writer) Double(tag uint64, v float64) {
	w.varint(tag)
	w.b = protowire.AppendFixed64(w.b, math.Float64bits(v))
}

// Text writes a text.
func (w *Writer) Text(tag uint64, s string) {
	if !utf8.ValidString(s) && w.err == nil {
		w.err = errText
	}
	w.varint(tag)
	w.varint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// Bytes writes bytes.
func (w *Writer) Bytes(tag uint64, b []byte) {
	w.varint(tag)
	w.varint(uint64(len(b)))
	w.b = append(w.b, b...)
}

// Item writes one of packed numbers.
func (w *Writer) Item(v uint64) { w.varint(v) }

// ItemDouble writes one of packed floating point numbers.
func (w *Writer) ItemDouble(v float64) { w.b = protowire.AppendFixed64(w.b, math.Float64bits(v)) }

// Open begins a message, or packed numbers. It returns what Close takes.
func (w *Writer) Open(tag uint64) (at int) {
	w.varint(tag)
	w.b = append(w.b, 0) // the length, if it has one byte
	return len(w.b)
}

// Close ends what Open began.
func (w *Writer) Close(at int) {
	size := len(w.b) - at
	if size < 0x80 {
		w.b[at-1] = byte(size)
		return
	}
	more := protowire.SizeVarint(uint64(size)) - 1
	w.b = append(w.b, "0123456789"[:more]...) // to be overwritten
	copy(w.b[at+more:], w.b[at:at+size])
	protowire.AppendVarint(w.b[:at-1], uint64(size))
}

// Raw writes fields that are encoded.
func (w *Writer) Raw(fields []byte) { w.b = append(w.b, fields...) }

// Other writes a message that has no generated methods.
func (w *Writer) Other(tag uint64, m proto.Message) {
	at := w.Open(tag)
	b, err := proto.MarshalOptions{}.MarshalAppend(w.b, m)
	if err != nil {
		if w.err == nil {
			w.err = err
		}
		return
	}
	w.b = b
	w.Close(at)
}

// Time writes a Timestamp.
func (w *Writer) Time(tag uint64, m *timestamppb.Timestamp) {
	w.pair(tag, m.GetSeconds(), m.GetNanos(), m.ProtoReflect().GetUnknown())
}

// Duration writes a Duration.
func (w *Writer) Duration(tag uint64, m *durationpb.Duration) {
	w.pair(tag, m.GetSeconds(), m.GetNanos(), m.ProtoReflect().GetUnknown())
}

func (w *Writer) pair(tag uint64, seconds int64, nanos int32, unknown []byte) {
	at := w.Open(tag)
	if seconds != 0 {
		w.Varint(1<<3|uint64(protowire.VarintType), uint64(seconds))
	}
	if nanos != 0 {
		w.Varint(2<<3|uint64(protowire.VarintType), uint64(nanos))
	}
	w.Raw(unknown)
	w.Close(at)
}
