//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// killGroup makes the end of the command's context the end of everything that it
// started in its group.
func killGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
