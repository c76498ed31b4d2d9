package supervise

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// sweepRounds bounds the hunt for processes that fork while they are hunted.
const sweepRounds = 10

// deathWait bounds the wait for the death of one killed process: one that is stuck in
// the kernel dies later.
const deathWait = time.Second

// stat is what /proc says about a process.
type stat struct{ pid, group, session int }

// sweep kills every process that matches, again until a round finds none, and returns
// how many it killed. It never kills the process that it runs in.
func sweep(matches func(stat) bool) (killed int, err error) {
	for range sweepRounds {
		n, err := sweepOnce(matches)
		killed += n
		if n == 0 || err != nil {
			return killed, err
		}
	}
	return killed, fmt.Errorf("processes appear faster than they can be killed (%d so far)", killed)
}

func sweepOnce(matches func(stat) bool) (killed int, err error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, fmt.Errorf("list processes: %w", err)
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		ok, err := killIf(pid, matches)
		if err != nil {
			return killed, fmt.Errorf("kill process %d: %w", pid, err)
		}
		if ok {
			killed++
		}
	}
	return killed, nil
}

// killIf kills the process if it matches. It holds the process by a descriptor while it
// looks, so that the one that is killed is the one that matched.
func killIf(pid int, matches func(stat) bool) (bool, error) {
	if s, alive := readStat(pid); !alive || !matches(s) {
		return false, nil
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false, ignoreGone(err)
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written
	if s, alive := readStat(pid); !alive || !matches(s) {
		return false, nil
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil {
		return false, ignoreGone(err)
	}
	return true, awaitDeath(fd, pid)
}

// awaitDeath waits until the killed process is dead, so that the next round does not
// count it again, and reaps it if it became a child of this process.
func awaitDeath(fd, pid int) error {
	_, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(deathWait.Milliseconds()))
	if err != nil && !errors.Is(err, unix.EINTR) {
		return err
	}
	if _, err := unix.Wait4(pid, nil, unix.WNOHANG, nil); err != nil && !errors.Is(err, unix.ECHILD) {
		return err
	}
	return nil
}

// readStat returns what is known about a process, and whether it is alive: a zombie is
// not.
func readStat(pid int) (s stat, alive bool) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, false // gone, or hidden from us and then not ours
	}
	// pid (name) state parent group session …, and the name may contain anything.
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(fields) < 4 || fields[0] == "Z" || fields[0] == "X" {
		return stat{}, false
	}
	group, err1 := strconv.Atoi(fields[2])
	session, err2 := strconv.Atoi(fields[3])
	return stat{pid, group, session}, errors.Join(err1, err2) == nil
}

// bears says whether the environment with which the process was started holds the
// variable; a variable that ends with a slash stands for all that begin so.
func (s stat) bears(variable string) bool {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(s.pid) + "/environ")
	if err != nil {
		return false // another user's, or gone
	}
	for pair := range bytes.SplitSeq(env, []byte{0}) {
		if string(pair) == variable || strings.HasSuffix(variable, "/") && bytes.HasPrefix(pair, []byte(variable)) {
			return true
		}
	}
	return false
}

// sweepMarked kills every process that bears a mark of the instance.
func sweepMarked(instance string) (int, error) {
	return sweep(func(s stat) bool { return s.bears(EnvLaunch + "=" + instance + "/") })
}
