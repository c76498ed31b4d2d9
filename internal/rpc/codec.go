package rpc

import (
	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// Frames is an encoded SubscribeResponse.
type Frames []byte

// attachedFrames is the same as an AttachResponse.
type attachedFrames Frames

// codec is gRPC's codec for protobuf, but that it lets pass what is encoded.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(grpcproto.Name)} }

func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	switch raw := v.(type) {
	case Frames:
		return mem.BufferSlice{mem.SliceBuffer(raw)}, nil
	case attachedFrames:
		head := protowire.AppendTag(make([]byte, 0, 8), responseFrames, protowire.BytesType)
		return mem.BufferSlice{mem.SliceBuffer(protowire.AppendVarint(head, uint64(len(raw)))), mem.SliceBuffer(raw)}, nil
	}
	return c.CodecV2.Marshal(v)
}
