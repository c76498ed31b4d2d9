package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// memoryOf is what a process has in memory, in bytes.
func memoryOf(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	words := strings.Fields(string(raw))
	if len(words) < 2 {
		return 0, fmt.Errorf("the memory of process %d: %q makes no sense", pid, raw)
	}
	pages, err := strconv.ParseUint(words[1], 10, 64)
	return float64(pages) * float64(os.Getpagesize()), err
}

// syncTime is the median of one sync of an overwritten block in dir.
func syncTime(dir string) (median time.Duration, err error) {
	const block, times = 4096, 21
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	data := make([]byte, block)
	if _, err := f.Write(data); err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	took := make([]time.Duration, times)
	for i := range took {
		data[0] = byte(i)
		if _, err := f.WriteAt(data, 0); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := syncData(f); err != nil {
			return 0, err
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return took[times/2], nil
}

// load is the load average of the last minute, or -1 where there is none.
func load() float64 {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return -1
	}
	first, _, _ := strings.Cut(string(b), " ")
	v, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return -1
	}
	return v
}
