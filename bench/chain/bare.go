package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/openchatops/oco/bench/chain/yardstick"
	"github.com/openchatops/oco/bench/loop"
)

// The bare chain: what three processes cost that only pass a message on.

const (
	bareService = "openchatops.bench.Bare"
	adapterSide = "Adapter"
	handlerSide = "Handler"
)

// bareBot passes on what one side sends to the other.
type bareBot struct {
	mu    sync.Mutex
	sides map[string]grpc.ServerStream
	both  chan struct{} // closed when both sides are here
}

func (b *bareBot) side(mine, other string) grpc.StreamHandler {
	return func(_ any, s grpc.ServerStream) error {
		b.mu.Lock()
		b.sides[mine] = s
		if len(b.sides) == 2 {
			close(b.both)
		}
		b.mu.Unlock()
		<-b.both
		b.mu.Lock()
		to := b.sides[other]
		b.mu.Unlock()
		return pass(s, to)
	}
}

type bareStream interface {
	SendMsg(m any) error
	RecvMsg(m any) error
}

// pass hands messages on until a stream ends, and says why it did.
func pass(from, to bareStream) error {
	for {
		m := &yardstick.Envelope{}
		if err := from.RecvMsg(m); err != nil {
			return err
		}
		if err := to.SendMsg(m); err != nil {
			return err
		}
	}
}

func bareSocket(dir string) string { return filepath.Join(dir, "bare.sock") }

// runBareBot is the life of the bare chain's middle.
func runBareBot(e environment) error {
	l, err := net.Listen("unix", bareSocket(e.dir))
	if err != nil {
		return err
	}
	b := &bareBot{sides: map[string]grpc.ServerStream{}, both: make(chan struct{})}
	s := grpc.NewServer()
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: bareService, HandlerType: (*any)(nil),
		Streams: []grpc.StreamDesc{
			{StreamName: adapterSide, Handler: b.side(adapterSide, handlerSide), ServerStreams: true, ClientStreams: true},
			{StreamName: handlerSide, Handler: b.side(handlerSide, adapterSide), ServerStreams: true, ClientStreams: true},
		},
	}, nil)
	go func() {
		err := obey(context.Background(), e.socket, "bot", duties{})
		s.Stop()
		if err != nil {
			fail(err)
		}
	}()
	return s.Serve(l)
}

func bareDial(e environment, side string) (grpc.ClientStream, error) {
	conn, err := grpc.NewClient("unix:"+bareSocket(e.dir), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	desc := &grpc.StreamDesc{StreamName: side, ServerStreams: true, ClientStreams: true}
	return conn.NewStream(context.Background(), desc, "/"+bareService+"/"+side, grpc.WaitForReady(true))
}

func runBareHandler(e environment) error {
	s, err := bareDial(e, handlerSide)
	if err != nil {
		return err
	}
	go func() { fail(fmt.Errorf("bare handler: %w", pass(s, s))) }()
	return obey(context.Background(), e.socket, "handler", duties{})
}

func runBareAdapter(e environment) error {
	s, err := bareDial(e, adapterSide)
	if err != nil {
		return err
	}
	a := &bareAdapter{s: s}
	return obey(context.Background(), e.socket, "adapter", duties{run: a.run})
}

type bareAdapter struct {
	s    grpc.ClientStream
	sent uint64 // messages so far
}

// farewell is the number of the message that ends a run of a stream.
const farewell = uint64(1) << 40

func (a *bareAdapter) run(w int, length time.Duration) (loop.Sample, error) {
	l := loop.New(a.sent, w, length)
	converse := a.stream
	if w == 1 { // nothing to do in between: one goroutine sends and waits
		converse = a.pingPong
	}
	failed := converse(l)
	a.sent = l.Next()
	if failed != nil {
		return loop.Sample{}, failed
	}
	return l.Finish()
}

func (a *bareAdapter) pingPong(l *loop.Loop) error {
	for {
		numbers := l.Take(1)
		if numbers == nil {
			return nil
		}
		if err := a.s.SendMsg(yardstick.Message(numbers[0])); err != nil {
			return err
		}
		number, err := a.receive()
		if err != nil {
			return err
		}
		l.Back(number)
	}
}

// stream sends and receives side by side.
func (a *bareAdapter) stream(l *loop.Loop) error {
	sent := make(chan error, 1)
	go func() {
		for {
			numbers := l.Take(1)
			if numbers == nil {
				sent <- a.s.SendMsg(yardstick.Message(farewell))
				return
			}
			if err := a.s.SendMsg(yardstick.Message(numbers[0])); err != nil {
				sent <- err
				return
			}
		}
	}()
	for {
		number, err := a.receive()
		if err != nil {
			return err
		}
		if number == farewell {
			return <-sent
		}
		l.Back(number)
	}
}

func (a *bareAdapter) receive() (uint64, error) {
	m := &yardstick.Envelope{}
	err := a.s.RecvMsg(m)
	return m.GetNumber(), err
}
