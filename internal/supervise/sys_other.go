//go:build !unix

package supervise

import (
	"errors"
	"os"
	"syscall"
)

func attributes() *syscall.SysProcAttr { return nil }

func awaitExit(int) bool { return false }

func killAll(int, string) error { return nil }

// terminateGroup kills: there is no signal that asks.
func terminateGroup(pid int) error { return killGroup(pid) }

func killGroup(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return nil // it is gone
	}
	if err := process.Kill(); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

func mayExecute(os.FileMode) bool { return true }

func sweepMarked(string) (int, error) { return 0, nil }

func keepDescriptors() {}
