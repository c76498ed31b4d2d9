package main

import (
	"context"
	"encoding/binary"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco/bench/subject"
)

// The attacks with calls that are well formed.

// workers is how many calls each connection has under way.
const workers = 8

// A caller is what a worker of an attack makes its calls with.
type caller struct {
	conn   *grpc.ClientConn
	worker int // different for each
	order  order
	serial *atomic.Int64 // one for all workers
}

// dial opens a connection; key may be empty.
func dial(address, key string) (*grpc.ClientConn, error) {
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(math.MaxInt32)),
	}
	if key != "" {
		options = append(options, grpc.WithUnaryInterceptor(func(ctx context.Context, method string, req, res any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, o ...grpc.CallOption) error {
			return invoke(subject.WithKey(ctx, key), method, req, res, cc, o...)
		}), grpc.WithStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, o ...grpc.CallOption) (grpc.ClientStream, error) {
			return open(subject.WithKey(ctx, key), desc, cc, method, o...)
		}))
	}
	return grpc.NewClient("passthrough:///"+address, options...)
}

// calls lets every worker make calls one after the other. Its answers are counted
// by their codes.
func calls(call func(ctx context.Context, c caller) error) attack {
	return func(ctx context.Context, o order, t *tally) {
		var all sync.WaitGroup
		var serial atomic.Int64
		for n := range o.Connections {
			conn, err := dial(o.Address, o.Key)
			if err != nil {
				t.add(err.Error(), 1)
				return
			}
			defer conn.Close()
			for w := range workers {
				all.Go(func() {
					c := caller{conn: conn, worker: n*workers + w, order: o, serial: &serial}
					for ctx.Err() == nil {
						err := call(ctx, c)
						if ctx.Err() != nil {
							return
						}
						t.add("answered "+status.Code(err).String(), 1)
						if err != nil {
							pause(ctx, time.Millisecond)
						}
					}
				})
			}
		}
		all.Wait()
	}
}

// messages sends messages of a size that hold a field which no message has.
func messages(size int) attack {
	message := sync.OnceValue(func() []byte { return padding(size) })
	return calls(func(ctx context.Context, c caller) error {
		in, out := message(), []byte(nil)
		return c.conn.Invoke(ctx, c.order.method(check), &in, &out, grpc.ForceCodec(raw{}))
	})
}

// padding is a message of that size for any schema.
func padding(size int) []byte {
	const head = 8 // at most, of field and length
	m := binary.AppendUvarint(nil, 2047<<3|2)
	m = binary.AppendUvarint(m, uint64(size-head))
	return append(m, make([]byte, size-head)...)
}

// raw passes messages on as they are.
type raw struct{}

// Name implements encoding.Codec.
func (raw) Name() string { return "proto" }

// Marshal implements encoding.Codec.
func (raw) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }

// Unmarshal implements encoding.Codec.
func (raw) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append((*v.(*[]byte))[:0], data...)
	return nil
}
