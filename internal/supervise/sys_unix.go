//go:build unix && !linux

package supervise

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// awaitExit returns at once: there is no portable way to wait without reaping.
func awaitExit(int) bool { return false }

// killAll ends what is left of the group of a process that was just reaped.
func killAll(pid int, _ string) error { return killGroup(pid) }

func terminateGroup(pid int) error { return ignoreGone(unix.Kill(-pid, unix.SIGTERM)) }

func killGroup(pid int) error { return ignoreGone(unix.Kill(-pid, unix.SIGKILL)) }

func ignoreGone(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}

func mayExecute(mode os.FileMode) bool { return mode&0o111 != 0 }

func sweepMarked(string) (int, error) { return 0, nil }
