package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// syncData brings the content of a file to the disk, as the store does with its log.
func syncData(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }

// inMemory says whether a directory is on a file system that no sync reaches.
func inMemory(dir string) (bool, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return false, fmt.Errorf("the file system of %s: %w", dir, err)
	}
	return s.Type == unix.TMPFS_MAGIC || s.Type == unix.RAMFS_MAGIC, nil
}
