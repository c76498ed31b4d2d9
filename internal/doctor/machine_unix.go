//go:build linux || darwin || freebsd

package doctor

import "golang.org/x/sys/unix"

func mostFiles() (uint64, error) {
	var limit unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
	return uint64(limit.Cur), err
}

func freeSpace(dir string) (uint64, error) {
	var s unix.Statfs_t
	err := unix.Statfs(dir, &s)
	return uint64(s.Bavail) * uint64(s.Bsize), err
}

func writable(dir string) error { return unix.Access(dir, unix.W_OK|unix.X_OK) }
