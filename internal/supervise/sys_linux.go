package supervise

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes gives a process its own session, so that the terminal's signals reach the
// bot alone, and lets it die with the thread that forked it.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}

// awaitExit waits until the process is dead but not yet reaped: its id and its group
// stay taken. It returns false if it cannot wait so.
func awaitExit(pid int) bool {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err == nil
		}
	}
}

// killAll ends what a dead process left behind: its group, its session, and what bears
// its mark or one below it, which is what its errands bear.
func killAll(pid int, mark string) error {
	// At once: one by one, what forks without end could stay ahead. The last try counts.
	_ = killGroup(pid)
	_, err := sweep(func(s stat) bool {
		return s.group == pid || s.session == pid || s.bears(EnvLaunch+"="+mark) || s.bears(EnvLaunch+"="+mark+"/")
	})
	return errors.Join(killGroup(pid), err)
}

func terminateGroup(pid int) error { return ignoreGone(unix.Kill(-pid, unix.SIGTERM)) }

func killGroup(pid int) error { return ignoreGone(unix.Kill(-pid, unix.SIGKILL)) }

func ignoreGone(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}

func mayExecute(mode os.FileMode) bool { return mode&0o111 != 0 }
