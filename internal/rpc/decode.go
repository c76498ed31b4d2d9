package rpc

import (
	"context"
	"slices"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	"github.com/openchatops/oco/internal/chat"
)

// A decoder says what is wrong with a message that cannot be decoded, such as
// a text that is not UTF-8. grpc-go would answer INTERNAL before anybody could
// say better, so the codec notes such messages here instead of failing, and
// what stands around every method looks here before it goes on.
type decoder struct {
	codec
	broken *sync.Map // the messages that could not be decoded
}

func newDecoder() decoder { return decoder{newCodec(), new(sync.Map)} }

func (d decoder) Unmarshal(data mem.BufferSlice, v any) error {
	if err := d.codec.Unmarshal(data, v); err != nil {
		d.broken.Store(v, nil)
	}
	return nil
}

// check tells of the message that was just received.
func (d decoder) check(v any, err error) error {
	if _, broken := d.broken.LoadAndDelete(v); broken {
		return refusal(chat.Refuse(chat.FieldInvalid, "the message cannot be decoded: it is not of the schema, or a text in it is not UTF-8")).Err()
	}
	return err
}

// service makes the unary methods of a service look.
func (d decoder) service(desc grpc.ServiceDesc) *grpc.ServiceDesc {
	desc.Methods = slices.Clone(desc.Methods)
	for i, m := range desc.Methods {
		desc.Methods[i].Handler = func(srv any, ctx context.Context, dec func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
			return m.Handler(srv, ctx, func(v any) error { return d.check(v, dec(v)) }, interceptor)
		}
	}
	return &desc
}

// stream makes a stream look.
func (d decoder) stream(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return next(srv, decodingStream{ss, d})
}

type decodingStream struct {
	grpc.ServerStream
	decoder decoder
}

func (s decodingStream) RecvMsg(m any) error { return s.decoder.check(m, s.ServerStream.RecvMsg(m)) }
