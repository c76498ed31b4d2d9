package record_test

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/wire/wiretest"
)

// Rows that the generated methods write are what protobuf writes: an older or a
// newer bot reads them.
func TestRecordsOnTheWire(t *testing.T) {
	messages := record.File_record_proto.Messages()
	for i := range messages.Len() {
		name := messages.Get(i).FullName()
		t.Run(string(name.Name()), func(t *testing.T) { wiretest.Same(t, find(t, name)) })
	}
}

func find(t *testing.T, name protoreflect.FullName) wiretest.Message {
	typ, err := protoregistry.GlobalTypes.FindMessageByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return typ.New().Interface().(wiretest.Message)
}
