// Package loop keeps messages in flight and measures how long each takes.
package loop

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Patience is how long a message may take before the run counts as failed.
const Patience = 20 * time.Second

// A Sample is one measurement of an adapter.
type Sample struct {
	N       int           // round trips
	Elapsed time.Duration // until the last came back
	P50     time.Duration
	P99     time.Duration
}

// A Loop keeps a number of messages in flight for a time. Numbers go on from
// loop to loop, so that a message of an earlier one is recognised.
type Loop struct {
	start time.Time
	end   time.Time
	free  chan time.Time // for each message that may be sent, since when

	mu     sync.Mutex
	next   uint64
	flying map[uint64]time.Time
	took   []time.Duration
	wrong  error
	broken chan struct{} // closed when wrong is set
}

// New begins a loop with the number of its first message. Its time runs from now.
func New(first uint64, inFlight int, length time.Duration) *Loop {
	l := &Loop{start: time.Now(), free: make(chan time.Time, inFlight), next: first, flying: map[uint64]time.Time{}, broken: make(chan struct{})}
	l.end = l.start.Add(length)
	for range inFlight {
		l.free <- l.start
	}
	return l
}

// Take waits until a message may be sent and returns the numbers of those that
// may be sent now, most at most. A message counts from when it might have been
// sent. It returns none when the time is over or something went wrong.
func (l *Loop) Take(most int) []uint64 {
	var since time.Time
	select {
	case since = <-l.free:
	case <-l.broken:
		return nil
	}
	if time.Now().After(l.end) {
		l.free <- since
		return nil
	}
	var numbers []uint64
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		numbers = append(numbers, l.next)
		l.flying[l.next] = since
		l.next++
		if len(numbers) == most {
			return numbers
		}
		select {
		case since = <-l.free:
		default:
			return numbers
		}
	}
}

// Back takes a message that came back.
func (l *Loop) Back(number uint64) {
	now := time.Now()
	l.mu.Lock()
	sent, ok := l.flying[number]
	if !ok {
		l.mu.Unlock()
		l.Spoil(fmt.Errorf("message %d came back a second time or was never sent", number))
		return
	}
	delete(l.flying, number)
	l.took = append(l.took, now.Sub(sent))
	l.mu.Unlock()
	l.free <- now
}

// Spoil makes the run fail.
func (l *Loop) Spoil(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wrong == nil {
		l.wrong = err
		close(l.broken)
	}
}

// Finish waits for what is in flight and tells what was measured. It is called
// when Take returned none.
func (l *Loop) Finish() (Sample, error) {
	late := time.NewTimer(Patience)
	defer late.Stop()
	for range cap(l.free) {
		select {
		case <-l.free:
		case <-l.broken:
			return Sample{}, l.wrong
		case <-late.C:
			l.mu.Lock()
			defer l.mu.Unlock()
			return Sample{}, fmt.Errorf("%d of %d messages did not come back in %v", len(l.flying), len(l.flying)+len(l.took), Patience)
		}
	}
	elapsed := time.Since(l.start)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wrong != nil {
		return Sample{}, l.wrong
	}
	if len(l.took) == 0 {
		return Sample{}, fmt.Errorf("no message was sent in %v", l.end.Sub(l.start))
	}
	slices.Sort(l.took)
	at := func(q float64) time.Duration { return l.took[int(q*float64(len(l.took)-1))] }
	return Sample{N: len(l.took), Elapsed: elapsed, P50: at(.5), P99: at(.99)}, nil
}

// Next is the number of the first message of the loop after this one, which has
// finished.
func (l *Loop) Next() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}

// Numbers reads how many messages are in flight, from a flag with commas between.
func Numbers(list string) ([]int, error) {
	var ns []int
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > MaxInFlight {
			return nil, fmt.Errorf("-w %s: %q is not a number from 1 to %d", list, word, MaxInFlight)
		}
		ns = append(ns, n)
	}
	return ns, nil
}
