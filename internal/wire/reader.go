package wire

import (
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const maxDepth = protowire.DefaultRecursionLimit

// A Reader reads fields one after the other. After an error there are no more.
type Reader struct {
	b     []byte
	at    int
	end   int // of the message that is read
	tag   uint64
	depth int
	err   error
	seen  [16]string // texts that were read: the same ids stand in a message again and again
}

func (r *Reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.at = r.end
}

// Next goes to the next field and returns its number and type as they stand on
// the wire; 0 at the end.
func (r *Reader) Next() uint64 {
	if r.at >= r.end || r.err != nil {
		return 0
	}
	r.tag = r.Varint()
	if n := r.tag >> 3; n < uint64(protowire.MinValidNumber) || n > uint64(protowire.MaxValidNumber) {
		r.fail(errBroken)
		return 0
	}
	return r.tag
}

// Varint reads a number.
func (r *Reader) Varint() uint64 {
	if r.at < r.end && r.b[r.at] < 0x80 {
		r.at++
		return uint64(r.b[r.at-1])
	}
	v, n := protowire.ConsumeVarint(r.b[r.at:r.end])
	if n < 0 {
		r.fail(errBroken)
		return 0
	}
	r.at += n
	return v
}

// Double reads a floating point number.
func (r *Reader) Double() float64 {
	v, n := protowire.ConsumeFixed64(r.b[r.at:r.end])
	if n < 0 {
		r.fail(errBroken)
		return 0
	}
	r.at += n
	return math.Float64frombits(v)
}

// raw reads what has its length before it.
func (r *Reader) raw() []byte {
	n := r.Varint()
	if n > uint64(r.end-r.at) {
		r.fail(errBroken)
		return nil
	}
	from := r.at
	r.at += int(n)
	return r.b[from:r.at]
}

// Text reads a text.
func (r *Reader) Text() string {
	raw := r.raw()
	if len(raw) == 0 {
		return ""
	}
	place := &r.seen[(uint(len(raw))*7+uint(raw[0])+uint(raw[len(raw)-1])*3)%uint(len(r.seen))]
	if *place == string(raw) {
		return *place
	}
	if !utf8.Valid(raw) {
		r.fail(errText)
		return ""
	}
	*place = string(raw)
	return *place
}

// Bytes reads bytes.
func (r *Reader) Bytes() []byte { return append([]byte{}, r.raw()...) }

// Enter begins a message, or packed numbers, within the one that is read. It
// returns what Leave takes.
func (r *Reader) Enter() (outer int) {
	outer = r.end
	n := r.Varint()
	if r.depth--; n > uint64(r.end-r.at) || r.depth < 0 {
		r.fail(errBroken)
		return outer
	}
	r.end = r.at + int(n)
	return outer
}

// Leave ends what Enter began.
func (r *Reader) Leave(outer int) {
	r.at, r.end = r.end, outer
	r.depth++
}

// More says whether packed numbers go on.
func (r *Reader) More() bool { return r.at < r.end && r.err == nil }

// Unknown skips a field and appends it to those that are not known.
func (r *Reader) Unknown(to []byte) []byte {
	n := protowire.ConsumeFieldValue(protowire.Number(r.tag>>3), protowire.Type(r.tag&7), r.b[r.at:r.end])
	if n < 0 {
		r.fail(errBroken)
		return to
	}
	to = append(protowire.AppendVarint(to, r.tag), r.b[r.at:r.at+n]...)
	r.at += n
	return to
}

// Other reads a message that has no generated methods.
func (r *Reader) Other(m proto.Message) {
	raw := r.raw()
	if r.err != nil {
		return
	}
	if err := (proto.UnmarshalOptions{Merge: true, RecursionLimit: r.depth}).Unmarshal(raw, m); err != nil {
		r.fail(err)
	}
}

// Time reads into a Timestamp.
func (r *Reader) Time(m *timestamppb.Timestamp) {
	if seconds, nanos, ok := r.pair(m.Seconds, m.Nanos); ok {
		m.Seconds, m.Nanos = seconds, nanos
		return
	}
	r.Other(m)
}

// Duration reads into a Duration.
func (r *Reader) Duration(m *durationpb.Duration) {
	if seconds, nanos, ok := r.pair(m.Seconds, m.Nanos); ok {
		m.Seconds, m.Nanos = seconds, nanos
		return
	}
	r.Other(m)
}

// pair reads seconds and nanoseconds if there is nothing else, else it leaves the
// reader where it was.
func (r *Reader) pair(seconds int64, nanos int32) (int64, int32, bool) {
	sub := *r
	outer := sub.Enter()
	for tag := sub.Next(); tag != 0; tag = sub.Next() {
		switch tag {
		case 1<<3 | uint64(protowire.VarintType):
			seconds = int64(sub.Varint())
		case 2<<3 | uint64(protowire.VarintType):
			nanos = int32(sub.Varint())
		default:
			return 0, 0, false
		}
	}
	if sub.err != nil {
		return 0, 0, false
	}
	sub.Leave(outer)
	*r = sub
	return seconds, nanos, true
}
