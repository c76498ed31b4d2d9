package yardstick

import (
	"testing"

	"google.golang.org/protobuf/proto"
)

func TestTheMessageHasItsSize(t *testing.T) {
	if n := proto.Size(Message(1)); n != 318 {
		t.Errorf("%d bytes, want 318", n)
	}
}
