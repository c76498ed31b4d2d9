package rpc

import "google.golang.org/grpc/encoding"

// RawCodec is the codec of the server, for a client that sends raw bytes.
func RawCodec() encoding.CodecV2 { return newCodec() }
