package main

import (
	"context"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/bench/loop"
)

// The adapter and the handler of the real chain, as authors write them.

const (
	adapterName = "bench"
	handlerName = "echo"
)

func newEcho(routes int) *oco.Handler {
	h := oco.NewHandler(handlerName)
	h.MaxInFlight(loop.MaxInFlight)
	h.Command("echo {text...}", "Say it again.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply(msg.Arg("text"))
		return nil
	})
	register(h, routes)
	return h
}

func runAdapter(e environment) error {
	a := &loop.Adapter{}
	a.Serve = func(ctx context.Context) error {
		return obey(ctx, e.socket, "adapter", duties{run: func(w int, length time.Duration) (loop.Sample, error) {
			return a.Measure(handlerName, w, length)
		}})
	}
	oco.Main(oco.NewAdapter(adapterName, "bench", a))
	return nil
}

func runHandler(e environment) error {
	go func() {
		if err := obey(context.Background(), e.socket, "handler", duties{}); err != nil {
			fail(err)
		}
	}()
	oco.Main(newEcho(routesOf(e.variant)))
	return nil
}
