package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/openchatops/oco/bench/chain/yardstick"
	"github.com/openchatops/oco/bench/loop"
)

// openBare starts a bare bot and the bare echoes, which end with it.
func (p plan) openBare(w *way) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return err
	}
	defer out.Close()
	bot, err := start([]string{self, roleBot}, in, envPart+"=1")
	if err != nil {
		return err
	}
	w.bot = bot.pid
	w.before(bot.stop)
	if err := in.Close(); err != nil {
		return err
	}
	says := bufio.NewScanner(out)
	if !says.Scan() {
		return errors.Join(errors.New("the bare bot does not say where it listens"), says.Err())
	}
	address := says.Text()
	for name, made := range p.programs {
		h, err := start(p.profiled(append(slices.Clone(made.bare), address, w.name), w.name, name), nil, made.env...)
		if err != nil {
			return err
		}
		w.handlers[name] = h
		w.ends = append(w.ends, h.await) // it ends with the bot
		go func() {
			<-h.ended
			_ = out.Close() // ends the wait below
		}()
	}
	for range p.programs {
		if !says.Scan() {
			return errors.Join(errors.New("a bare echo has not subscribed"), w.terminate(), says.Err())
		}
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	w.before(conn.Close)
	s, err := conn.NewStream(context.Background(), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, barePath(bareAdapter), grpc.WaitForReady(true))
	if err != nil {
		return err
	}
	a := &bareEnd{stream: s}
	go a.read()
	w.measure = a.measure
	return nil
}

// A bareEnd is the driver's end of the bare chain.
type bareEnd struct {
	stream grpc.ClientStream
	sent   uint64
	loop   atomic.Pointer[loop.Loop]
}

// read takes what comes back until the connection is closed.
func (a *bareEnd) read() {
	for {
		m := &yardstick.Envelope{}
		if err := a.stream.RecvMsg(m); err != nil {
			if l := a.loop.Load(); l != nil {
				l.Spoil(err)
			}
			return
		}
		a.loop.Load().Back(m.GetNumber())
	}
}

func (a *bareEnd) measure(language string, w int, length time.Duration) (loop.Sample, error) {
	l := loop.New(a.sent, w, length)
	a.loop.Store(l)
	defer func() { a.sent = l.Next() }()
	for {
		numbers := l.Take(1)
		if numbers == nil {
			return l.Finish()
		}
		m := yardstick.Message(numbers[0])
		m.Route = language
		if err := a.stream.SendMsg(m); err != nil {
			return loop.Sample{}, err
		}
	}
}
