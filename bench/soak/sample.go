package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openchatops/oco/bench/subject"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// remembered is what the bot remembers of each event, in bytes, until there are
// four million twice.
const remembered = 48

// A sample is what the bot took at a moment.
type sample struct {
	At                      time.Duration
	Messages                int64
	Goroutines, Descriptors float64
	Heap, Resident          float64 // MiB, without what is remembered of events
	Disk, Tables            float64 // MiB; logs are on disk beside the tables, at most a few of 64 MiB
	Open                    int
}

// String is a line for people.
func (s sample) String() string {
	return fmt.Sprintf("%6.0f s %9d messages %4.0f goroutines %4.0f descriptors %6.1f MiB heap %6.1f MiB resident %7.1f MiB on disk %6.1f MiB of tables %5d in flight",
		s.At.Seconds(), s.Messages, s.Goroutines, s.Descriptors, s.Heap, s.Resident, s.Disk, s.Tables, s.Open)
}

func (r *trial) sample(ctx context.Context, at time.Duration, acc account) (sample, error) {
	values, err := r.Metrics(ctx)
	if err != nil {
		return sample{}, err
	}
	total := acc.Published + acc.Chatter
	disk, tables := subject.DiskUse(r.Data())
	memory := float64(total*remembered) / (1 << 20)
	return sample{
		At: at, Messages: total, Open: acc.Open,
		Goroutines: values["go_goroutines"], Descriptors: float64(subject.Descriptors(r.PID())),
		Heap: values["go_memstats_heap_alloc_bytes"]/(1<<20) - memory, Resident: subject.Memory(r.PID()) - memory,
		Disk: float64(disk) / (1 << 20), Tables: float64(tables) / (1 << 20),
	}, nil
}

// countRows counts the rows of a store by what their keys begin with.
func countRows(dir string) (map[string]int, error) {
	st, err := pebblestore.Open(dir, pebblestore.Options{})
	if err != nil {
		return nil, err
	}
	rows := map[string]int{}
	err = st.Scan(nil, nil, func(key, _ []byte) error {
		prefix, _, _ := strings.Cut(string(key), "/")
		rows[prefix]++
		return nil
	})
	return rows, errors.Join(err, st.Close())
}

func sorted(rows map[string]int) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		all = append(all, fmt.Sprintf("%s %d", name, rows[name]))
	}
	return all
}
