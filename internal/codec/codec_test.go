package codec_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/openchatops/oco/internal/codec"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/wire"
)

var _ wire.Message = (*record.Send)(nil)

// What came in two pieces is read, and what is read keeps nothing of the memory
// that it was in: gRPC uses that again.
func TestCodec(t *testing.T) {
	c := codec.New()
	for _, m := range []proto.Message{
		&record.Send{Id: "m1", Text: "hello"},
		&record.Send{Text: strings.Repeat("long ", 100_000)},
		wrapperspb.String("without generated methods"),
	} {
		written, err := c.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		raw := written.Materialize()
		half := len(raw) / 2
		back := m.ProtoReflect().New().Interface()
		if err := c.Unmarshal(mem.BufferSlice{mem.SliceBuffer(raw[:half]), mem.SliceBuffer(raw[half:])}, back); err != nil {
			t.Fatal(err)
		}
		clear(raw)
		if !proto.Equal(m, back) {
			t.Errorf("%.80v came back as %.80v", m, back)
		}
		written.Free()
	}
}

func TestCodecRefusesWhatIsNoText(t *testing.T) {
	c := codec.New()
	if _, err := c.Marshal(&record.Send{Text: "\xff"}); err == nil {
		t.Error("a text that is not UTF-8 was written")
	}
	if err := c.Unmarshal(mem.BufferSlice{mem.SliceBuffer("\x0a\x01\xff")}, &record.Send{}); err == nil {
		t.Error("a text that is not UTF-8 was read")
	}
}
