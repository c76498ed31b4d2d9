//go:build !linux

package subject

import (
	"errors"
	"syscall"
	"time"
)

// Tied does nothing here.
func Tied() *syscall.SysProcAttr { return nil }

// CPU is known on Linux only.
func CPU(int) (time.Duration, error) {
	return 0, errors.New("the CPU time of another process is measured on Linux only")
}
