package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"google.golang.org/grpc"

	"github.com/openchatops/oco/bench/chain/yardstick"
)

// The bare bot: it passes on what the adapter says to the handler that route names,
// and what handlers answer to the adapter.

const (
	bareService   = "openchatops.bench.yardstick.Bare"
	bareAdapter   = "Adapter"
	bareEcho      = "Echo"
	bareSubscribe = "Subscribe"
	bareAnswer    = "Answer"
)

type bareBot struct {
	ended <-chan struct{}

	mu       sync.Mutex
	handlers map[string]*bareHandler // by what they subscribed to

	sending sync.Mutex
	adapter grpc.ServerStream
}

// A bareHandler is the stream of a handler, once it is there.
type bareHandler struct {
	stream grpc.ServerStream
	here   chan struct{}
}

func (b *bareBot) handler(name string) *bareHandler {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.handlers[name]
	if h == nil {
		h = &bareHandler{here: make(chan struct{})}
		b.handlers[name] = h
	}
	return h
}

func (b *bareBot) adapt(_ any, s grpc.ServerStream) error {
	b.sending.Lock()
	b.adapter = s
	b.sending.Unlock()
	for {
		m := &yardstick.Envelope{}
		if err := s.RecvMsg(m); err != nil {
			return err
		}
		h := b.handler(m.GetRoute())
		<-h.here
		if err := h.stream.SendMsg(m); err != nil {
			return err
		}
	}
}

func (b *bareBot) echo(_ any, s grpc.ServerStream) error {
	if err := b.welcome(s); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- b.replies(s) }()
	select {
	case err := <-failed:
		return err
	case <-b.ended: // which ends the goroutine too
		return nil
	}
}

func (b *bareBot) replies(s grpc.ServerStream) error {
	for {
		m := &yardstick.Envelope{}
		if err := s.RecvMsg(m); err != nil {
			return err
		}
		if err := b.reply(m); err != nil {
			return err
		}
	}
}

func (b *bareBot) subscribe(_ any, s grpc.ServerStream) error {
	if err := b.welcome(s); err != nil {
		return err
	}
	<-b.ended
	return nil
}

// welcome takes the stream of a handler.
func (b *bareBot) welcome(s grpc.ServerStream) error {
	m := &yardstick.Envelope{}
	if err := s.RecvMsg(m); err != nil {
		return err
	}
	h := b.handler(m.GetRoute())
	h.stream = s
	close(h.here)
	_, err := fmt.Fprintln(os.Stdout, m.GetRoute())
	return err
}

func (b *bareBot) answer(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	m := &yardstick.Envelope{}
	if err := decode(m); err != nil {
		return nil, err
	}
	return &yardstick.Envelope{}, b.reply(m)
}

func (b *bareBot) reply(m *yardstick.Envelope) error {
	b.sending.Lock()
	defer b.sending.Unlock()
	return b.adapter.SendMsg(m)
}

// runBareBot is the life of the bare bot: it prints its address, and who subscribed, and
// serves until it is told to stop.
func runBareBot() error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b := &bareBot{ended: ctx.Done(), handlers: map[string]*bareHandler{}}
	s := grpc.NewServer()
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: bareService, HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: bareAnswer, Handler: b.answer}},
		Streams: []grpc.StreamDesc{
			{StreamName: bareAdapter, Handler: b.adapt, ServerStreams: true, ClientStreams: true},
			{StreamName: bareEcho, Handler: b.echo, ServerStreams: true, ClientStreams: true},
			{StreamName: bareSubscribe, Handler: b.subscribe, ServerStreams: true},
		},
	}, nil)
	context.AfterFunc(ctx, s.GracefulStop)
	if _, err := fmt.Fprintln(os.Stdout, l.Addr()); err != nil {
		return err
	}
	return s.Serve(l)
}

// barePath is the path of a call of the bare bot.
func barePath(name string) string { return "/" + bareService + "/" + name }
