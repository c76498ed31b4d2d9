package subject

import (
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Tied lets a process die with who measures it, on Linux.
func Tied() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// CPU is the time that a process has been running so far, in user and system mode, all
// its threads, by its CPU clock: /proc counts in steps of 10 ms.
func CPU(pid int) (time.Duration, error) {
	clock := int32(^pid<<3 | 2) // what clock_getcpuclockid(3) makes of it
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		return 0, fmt.Errorf("the CPU clock of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}
