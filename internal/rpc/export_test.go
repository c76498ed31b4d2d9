package rpc

import (
	"google.golang.org/grpc/encoding"

	"github.com/openchatops/oco/internal/engine"
)

// RawCodec is the codec of the server, for a client that sends raw bytes.
func RawCodec() encoding.CodecV2 { return newCodec() }

// Queued is how many frames wait in a sink.
func Queued(s engine.Sink) int {
	mine := s.(*sink)
	mine.mu.Lock()
	defer mine.mu.Unlock()
	return len(mine.queue)
}
