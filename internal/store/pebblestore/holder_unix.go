//go:build unix

package pebblestore

import (
	"io"
	"os"
	"syscall"
)

// lockHolder is the process that has a file locked, 0 if the system does not
// say. It must not be called for a file that this process has locked, which
// would give that lock away.
func lockHolder(file string) int {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return 0
	}
	defer f.Close()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock); err != nil || lock.Type == syscall.F_UNLCK {
		return 0
	}
	return int(lock.Pid)
}
