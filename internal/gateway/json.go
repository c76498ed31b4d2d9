package gateway

import (
	"cmp"
	"context"
	"errors"
	"io"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectproto"
	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/strictjson"
)

// strict reads requests in JSON. People write them by hand, so what it does not know
// it refuses: a route whose "allow" is misspelt would be open to everybody.
type strict struct{ *connectproto.JSONCodec }

func newStrict() strict { return strict{connectproto.NewJSONCodec()} }

// UnmarshalRead implements connect.Codec.
func (s strict) UnmarshalRead(ctx context.Context, src io.Reader, msg any) error {
	m, ok := msg.(proto.Message)
	if !ok {
		return s.JSONCodec.UnmarshalRead(ctx, src, msg)
	}
	raw, err := io.ReadAll(src)
	if err != nil {
		return err
	}
	err = strictjson.Unmarshal(raw, m)
	if wrong, ok := errors.AsType[*strictjson.Problem](err); ok {
		at := cmp.Or(wrong.At, "the body")
		return chat.Refuse(chat.FieldInvalid, "%s: %s", at, wrong.Text).With("field", at)
	}
	return err
}

var _ connect.Codec = strict{}
