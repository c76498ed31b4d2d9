package rpc

import (
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/wire"
	"github.com/openchatops/oco/internal/wire/wiretest"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// What the generated methods read and write of the messages that come and go for
// every message of a chat is what protobuf reads and writes.
func TestMessagesOnTheWire(t *testing.T) {
	for _, m := range []wiretest.Message{
		&ocov1.AttachRequest{}, &ocov1.AttachResponse{}, &ocov1.PublishEventsRequest{}, &ocov1.PublishEventsResponse{},
		&ocov1.CompleteRequest{}, &ocov1.CompleteResponse{}, &ocov1.SubscribeResponse{}, &ocov1.Event{}, &ocov1.Match{},
	} {
		t.Run(string(m.ProtoReflect().Descriptor().Name()), func(t *testing.T) { wiretest.Same(t, m) })
	}
}

// A message within a message within a message: as deep as protobuf, no deeper.
func TestNestedTooDeep(t *testing.T) {
	raw := []byte{}
	for range protowire.DefaultRecursionLimit {
		list := protowire.AppendBytes(protowire.AppendTag(nil, 13, protowire.BytesType), protowire.AppendBytes([]byte{1<<3 | 2}, raw))
		raw = list
	}
	if err := wire.Decode(raw, &ocov1.Argument{}); err == nil {
		t.Error("a message that nests too deep was read")
	}
	if err := proto.Unmarshal(raw, &ocov1.Argument{}); err == nil {
		t.Error("protobuf reads it")
	}
}
