// Package codec is gRPC's codec for protobuf, with the generated methods of
// internal/wire where a message has them.
package codec

import (
	"sync"

	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"

	"github.com/openchatops/oco/internal/wire"
)

// Codec implements encoding.CodecV2. It writes and reads what gRPC's own codec
// for protobuf does.
type Codec struct{ encoding.CodecV2 }

// New makes a Codec.
func New() Codec { return Codec{encoding.GetCodecV2(grpcproto.Name)} }

// scratch is memory to encode in: how long a message gets is known at its end.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// mostScratch is the most that is kept of it at a time.
const mostScratch = 64 << 10

// Marshal implements encoding.CodecV2.
func (c Codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(wire.Message)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	pad := scratch.Get().(*[]byte)
	encoded, err := wire.Append((*pad)[:0], m)
	if err != nil {
		return nil, err
	}
	whole := mem.Copy(encoded, mem.DefaultBufferPool())
	if cap(encoded) <= mostScratch {
		*pad = encoded
		scratch.Put(pad)
	}
	return mem.BufferSlice{whole}, nil
}

// Unmarshal implements encoding.CodecV2.
func (c Codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(wire.Message)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	whole := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer whole.Free()
	return wire.Decode(whole.ReadOnlyData(), m)
}
