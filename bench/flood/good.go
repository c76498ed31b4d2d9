package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
)

// A latency is what a plugin that behaves saw of its calls, in milliseconds.
type latency struct {
	Calls, Failed int
	P50, P99      float64
	Error         string // of the first call that failed
}

// every is how often it calls.
const every = 10 * time.Millisecond

// patience is how long a call may take before it counts as not answered.
const patience = 20 * time.Second

// behave makes 100 calls a second. The latency of each counts from when it was
// due, so that whoever stops answering is not flattered.
func behave(ctx context.Context, conn *grpc.ClientConn, method string, length time.Duration) latency {
	var l latency
	var took []float64
	var mu sync.Mutex
	var all sync.WaitGroup
	tick := time.NewTicker(every)
	defer tick.Stop()
	for end := time.Now().Add(length); time.Now().Before(end); {
		due := <-tick.C
		all.Go(func() {
			err := once(ctx, conn, method)
			ms := float64(time.Since(due)) / float64(time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, ms)
			if err != nil {
				if l.Failed++; l.Error == "" {
					l.Error = err.Error()
				}
			}
		})
	}
	all.Wait()
	slices.Sort(took)
	if l.Calls = len(took); l.Calls > 0 {
		l.P50, l.P99 = took[l.Calls/2], took[l.Calls*99/100]
	}
	return l
}

func once(ctx context.Context, conn *grpc.ClientConn, method string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var in, out []byte
	return conn.Invoke(ctx, method, &in, &out, grpc.ForceCodec(raw{}))
}
