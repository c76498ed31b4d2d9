package oco

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/crew"
)

// BenchmarkDispatch takes a frame of 20 deliveries from its decoding to the
// verdicts: leases, callbacks with a reply each, completions.
func BenchmarkDispatch(b *testing.B) {
	const batch = 20
	done := make(chan int, batch)
	ctx, stop := context.WithCancelCause(b.Context())
	r := &replica{log: slog.New(slog.DiscardHandler), life: ctx, end: stop, leases: newLeases(), limit: batch, crew: crew.New(ctx, keptIdle)}
	r.out = newCompleter(r.log, 0, func(_ context.Context, in []*ocov1.Completion) ([]*ocov1.CompletionResult, error) {
		done <- len(in)
		return make([]*ocov1.CompletionResult, len(in)), nil
	})
	h := handlerWith(func(_ context.Context, m *Message) error { m.Reply("done"); return nil })
	r.part = &handlerPart{h: h, r: r, routes: map[string]offered{"do": {route: h.routes[0]}}}
	ended := make(chan struct{})
	go func() { defer close(ended); r.out.run(ctx) }()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		for i := range batch {
			r.start(said(fmt.Sprint(n, ".", i), "do", "do it"))
		}
		for left := batch; left > 0; left -= <-done {
		}
		if !r.out.drained(ctx) {
			b.Fatal("not every completion has its verdict")
		}
	}
	stop(nil)
	<-ended
}
