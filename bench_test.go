package oco

import (
	"context"
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// BenchmarkCompletions measures a frame of deliveries from start to the
// verdicts, and how many completions one call carries.
func BenchmarkCompletions(b *testing.B) {
	for _, size := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			calls, done := 0, make(chan int, 1024)
			q := newCompleter(nil, 0, func(_ context.Context, in []*ocov1.Completion) ([]*ocov1.CompletionResult, error) {
				calls++
				out := make([]*ocov1.CompletionResult, len(in))
				for i := range out {
					out[i] = &ocov1.CompletionResult{Verdict: ocov1.Verdict_VERDICT_COMMITTED}
				}
				done <- len(in)
				return out, nil
			})
			ctx, cancel := context.WithCancel(b.Context())
			ended := make(chan struct{})
			go func() { defer close(ended); q.run(ctx) }()
			wire := &ocov1.Completion{DeliveryId: "d", LeaseId: "l", Kind: &ocov1.Completion_Done{Done: &ocov1.Done{}}}
			for b.Loop() {
				for range size {
					go q.add(proto.CloneOf(wire), nil)
				}
				for n := 0; n < size; n += <-done {
				}
			}
			b.ReportMetric(float64(size*b.N)/float64(calls), "completions/call")
			cancel()
			<-ended
		})
	}
}
