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
	large  *sync.Map // those whose size must be looked at
}

func newDecoder() decoder { return decoder{newCodec(), new(sync.Map), new(sync.Map)} }

func (d decoder) Unmarshal(data mem.BufferSlice, v any) error {
	if data.Len() > small {
		d.large.Store(v, nil)
	}
	if err := d.codec.Unmarshal(data, v); err != nil {
		d.broken.Store(v, nil)
	}
	return nil
}

// errUndecodable says that a message was received and could not be decoded.
var errUndecodable = refusal(chat.Refuse(chat.FieldInvalid, "the message cannot be decoded: it is not of the schema, or a text in it is not UTF-8")).Err()

// check tells of the message that was just received.
func (d decoder) check(v any, err error) error {
	if _, broken := d.broken.LoadAndDelete(v); broken {
		return errUndecodable
	}
	return err
}

// service makes the unary methods of a service look.
func (d decoder) service(desc grpc.ServiceDesc) *grpc.ServiceDesc {
	desc.Methods = slices.Clone(desc.Methods)
	for i, m := range desc.Methods {
		desc.Methods[i].Handler = func(srv any, ctx context.Context, dec func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
			size := new(wireSize)
			return m.Handler(srv, context.WithValue(ctx, wireSizeKey{}, size), func(v any) error {
				err := d.check(v, dec(v))
				_, large := d.large.LoadAndDelete(v)
				size.small = err == nil && !large
				return err
			}, interceptor)
		}
	}
	return &desc
}

// small is the size of an encoded message up to which it is surely no larger than
// MaxBatch however it is written.
const small = MaxBatch / 2

// wireSize is what is known of the size of a request as it came.
type wireSize struct{ small bool }

type wireSizeKey struct{}

// isSmall says that the request of a call was small when it came. It does not know
// of requests that came by HTTP.
func isSmall(ctx context.Context) bool {
	size, _ := ctx.Value(wireSizeKey{}).(*wireSize)
	return size != nil && size.small
}

// withSize is the context of a request that has just come by a stream: the stream
// itself knows the size of the last one only.
func withSize(ctx context.Context) context.Context {
	last := &wireSize{isSmall(ctx)}
	return context.WithValue(ctx, wireSizeKey{}, last)
}

// stream makes a stream look.
func (d decoder) stream(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	size := new(wireSize)
	return next(srv, decodingStream{ss, d, context.WithValue(ss.Context(), wireSizeKey{}, size), size})
}

type decodingStream struct {
	grpc.ServerStream
	decoder decoder
	ctx     context.Context
	size    *wireSize // of the last message that was received
}

func (s decodingStream) Context() context.Context { return s.ctx }

func (s decodingStream) RecvMsg(m any) error {
	err := s.decoder.check(m, s.ServerStream.RecvMsg(m))
	_, large := s.decoder.large.LoadAndDelete(m)
	s.size.small = err == nil && !large
	return err
}
