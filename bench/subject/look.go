package subject

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Memory is what a process has in memory, in MiB; 0 if it is gone.
func Memory(pid int) float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	words := strings.Fields(string(raw))
	if len(words) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(words[1], 10, 64)
	if err != nil {
		return 0
	}
	return float64(pages) * float64(os.Getpagesize()) / (1 << 20)
}

// Descriptors is how many files a process has open; 0 if it is gone.
func Descriptors(pid int) int {
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0
	}
	return len(all)
}

// DiskUse is what the files below a directory hold, in bytes: all, and the tables of
// the store among them. A file that goes away meanwhile counts nothing.
func DiskUse(dir string) (all, tables int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			all += info.Size()
			if filepath.Ext(entry.Name()) == ".sst" {
				tables += info.Size()
			}
		}
		return nil
	})
	return all, tables
}
