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
	large  *sync.Map // the sizes of those that are not small
}

func newDecoder() decoder { return decoder{newCodec(), new(sync.Map), new(sync.Map)} }

func (d decoder) Unmarshal(data mem.BufferSlice, v any) error {
	if size := data.Len(); size > SmallMessage {
		d.large.Store(v, size)
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

// size is that of the message that was just received, if it is not small.
func (d decoder) size(v any) int {
	size, _ := d.large.LoadAndDelete(v)
	n, _ := size.(int)
	return n
}

// service makes the unary methods of a service wait for their turn, and look.
func (d decoder) service(c *Core, desc grpc.ServiceDesc) *grpc.ServiceDesc {
	desc.Methods = slices.Clone(desc.Methods)
	for i, m := range desc.Methods {
		times := 1
		if m.MethodName == "Register" {
			times = 16 // a route of some 60 bytes is compiled
		}
		desc.Methods[i].Handler = func(srv any, ctx context.Context, dec func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
			end, refused := c.begin(ctx)
			if refused != nil {
				return nil, refusal(refused).Err()
			}
			defer end()
			turn := c.Turn(ctx, addrOf(ctx))
			defer turn.End()
			size := new(wireSize)
			return m.Handler(srv, context.WithValue(ctx, wireSizeKey{}, size), func(v any) error {
				if err := turn.Read(ctx); err != nil {
					return err
				}
				err := d.check(v, dec(v))
				size.set(d.size(v), err)
				if err == nil {
					err = turn.Received(ctx, size.bytes, times)
				}
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
type wireSize struct {
	small bool
	bytes int // 0 if it is at most SmallMessage
}

func (w *wireSize) set(bytes int, err error) {
	w.bytes, w.small = bytes, err == nil && bytes <= small
}

type wireSizeKey struct{}

// isSmall says that the request of a call was small when it came. It does not know
// of requests that came by HTTP.
func isSmall(ctx context.Context) bool {
	size, _ := ctx.Value(wireSizeKey{}).(*wireSize)
	return size != nil && size.small
}

// received is the size of the request of a call if it is above SmallMessage.
func received(ctx context.Context) int {
	size, _ := ctx.Value(wireSizeKey{}).(*wireSize)
	if size == nil {
		return 0
	}
	return size.bytes
}

// withSize is the context of a request that has just come by a stream: the stream
// itself knows the size of the last one only.
func withSize(ctx context.Context) context.Context {
	last := &wireSize{isSmall(ctx), received(ctx)}
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
	s.size.set(s.decoder.size(m), err)
	return err
}
