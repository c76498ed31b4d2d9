// Package wiretest holds generated methods of messages to what
// google.golang.org/protobuf does with the same messages and bytes.
package wiretest

import (
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/openchatops/oco/internal/wire"
)

// Message is a message with both.
type Message interface {
	proto.Message
	wire.Message
}

// Same fails if generated methods and protobuf disagree about random messages of
// a type, or about bytes that are nearly such messages.
func Same(t *testing.T, example Message) {
	t.Helper()
	fresh := func() Message { return example.ProtoReflect().New().Interface().(Message) }
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 1))
		f := filler{Rand: r, broken: seed%5 == 0}
		m := fresh()
		f.fill(m.ProtoReflect(), 4)
		raw, err := proto.Marshal(m)
		mine, failed := wire.Append([]byte("before"), m)
		if (err == nil) != (failed == nil) {
			t.Fatalf("seed %d: protobuf: %v; generated: %v", seed, err, failed)
		}
		if err != nil {
			continue
		}
		back := fresh()
		if err := proto.Unmarshal(mine[len("before"):], back); err != nil || !proto.Equal(m, back) {
			t.Fatalf("seed %d: what the generated code wrote of %v reads %v, %v", seed, m, back, err)
		}
		decodeBoth(t, seed, fresh, raw)
		for range 20 {
			decodeBoth(t, seed, fresh, f.spoil(raw))
		}
	}
}

func decodeBoth(t *testing.T, seed uint64, fresh func() Message, raw []byte) {
	t.Helper()
	a, b := fresh(), fresh()
	err := proto.Unmarshal(raw, a)
	failed := wire.Decode(raw, b)
	if (err == nil) != (failed == nil) {
		t.Fatalf("seed %d: %x: protobuf: %v; generated: %v", seed, raw, err, failed)
	}
	if err == nil && !proto.Equal(a, b) {
		t.Fatalf("seed %d: %x: protobuf reads %v, the generated code %v", seed, raw, a, b)
	}
}

type filler struct {
	*rand.Rand
	broken bool // texts may be no UTF-8
}

// spoil changes the encoding of a message.
func (f filler) spoil(raw []byte) []byte {
	b := append([]byte(nil), raw...)
	for range 1 + f.IntN(2) {
		if len(b) == 0 {
			return []byte{byte(f.Uint32())}
		}
		at := f.IntN(len(b))
		switch f.IntN(5) {
		case 0:
			b[at] = byte(f.Uint32())
		case 1:
			b[at] ^= 1 << f.IntN(8)
		case 2:
			b = b[:at]
		case 3:
			b = append(b[:at], append([]byte{byte(f.Uint32())}, b[at:]...)...)
		case 4: // a field twice, or one of somebody else
			b = append(b, b[at:]...)
		}
	}
	return b
}

func (f filler) fill(m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		switch {
		case f.IntN(3) == 0 || fd.Message() != nil && depth == 0:
		case fd.IsMap():
			fill := m.Mutable(fd).Map()
			key := protoreflect.ValueOfString(f.text()).MapKey()
			value := fill.NewValue()
			if fd.MapValue().Message() != nil {
				f.fill(value.Message(), depth-1)
			} else {
				value = f.scalar(fd.MapValue())
			}
			fill.Set(key, value)
		case fd.IsList():
			list := m.Mutable(fd).List()
			for range f.IntN(4) {
				if fd.Message() != nil {
					f.fill(list.AppendMutable().Message(), depth-1)
				} else {
					list.Append(f.scalar(fd))
				}
			}
		case fd.Message() != nil:
			f.fill(m.Mutable(fd).Message(), depth-1)
		default:
			m.Set(fd, f.scalar(fd))
		}
	}
	if f.IntN(10) == 0 {
		m.SetUnknown(protowire.AppendString(protowire.AppendTag(nil, 9999, protowire.BytesType), "new"))
	}
}

func (f filler) text() string {
	texts := []string{"", "a", "Käse \u2028", string(make([]byte, 200))}
	if f.broken && f.IntN(20) == 0 {
		return "\xff"
	}
	return texts[f.IntN(len(texts))]
}

func (f filler) scalar(fd protoreflect.FieldDescriptor) protoreflect.Value {
	n := f.Uint64() >> f.IntN(64)
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(n%2 == 1)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(n))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(int64(n))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(n))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(n)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(int32(n)))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(n))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64([]float64{0, 1.5, -3}[n%3])
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(f.text()))
	}
	return protoreflect.ValueOfString(f.text())
}
