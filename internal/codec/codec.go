// Package codec is gRPC's codec for protobuf, with the generated methods of
// internal/wire where a message has them.
package codec

import (
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

// Marshal implements encoding.CodecV2.
func (c Codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(wire.Message)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	var whole mem.Buffer
	err := wire.Encode(m, func(b []byte) { whole = mem.Copy(b, mem.DefaultBufferPool()) })
	return mem.BufferSlice{whole}, err
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

// Size is the number of bytes that Marshal makes of a message.
func Size(m wire.Message) int { return wire.Size(m) }
