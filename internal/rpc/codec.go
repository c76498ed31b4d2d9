package rpc

import (
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	wirecodec "github.com/openchatops/oco/internal/codec"
)

// Frames is an encoded SubscribeResponse.
type Frames []byte

// attachedFrames is the same as an AttachResponse.
type attachedFrames Frames

// codec is gRPC's codec for protobuf, but that it lets pass what is encoded.
type codec struct{ wirecodec.Codec }

func newCodec() codec { return codec{wirecodec.New()} }

func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	switch raw := v.(type) {
	case Frames:
		return mem.BufferSlice{mem.SliceBuffer(raw)}, nil
	case attachedFrames:
		head := protowire.AppendTag(make([]byte, 0, 8), responseFrames, protowire.BytesType)
		return mem.BufferSlice{mem.SliceBuffer(protowire.AppendVarint(head, uint64(len(raw)))), mem.SliceBuffer(raw)}, nil
	}
	return c.Codec.Marshal(v)
}
