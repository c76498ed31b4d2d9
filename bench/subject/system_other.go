//go:build !linux

package subject

import (
	"errors"
	"syscall"
	"time"
)

func tied() *syscall.SysProcAttr { return nil }

// CPU is known on Linux only.
func CPU(int) (time.Duration, error) {
	return 0, errors.New("the CPU time of another process is measured on Linux only")
}
