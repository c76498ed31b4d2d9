package supervise

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// resources are the limits of the kernel. RLIMIT_DATA rather than RLIMIT_AS: runtimes
// reserve far more addresses than they use.
var resources = map[string]int{
	"memory": unix.RLIMIT_DATA, "open_files": unix.RLIMIT_NOFILE, "processes": unix.RLIMIT_NPROC, "cpu_time": unix.RLIMIT_CPU,
}

func (l Limits) check(user string) error {
	root := os.Geteuid() == 0
	if root && user != "" {
		found, err := LookupUser(user)
		root = err == nil && found.UID == 0
	}
	if l.Processes > 0 && root {
		return errors.New("processes does not bind root, as which the process runs: give it a `user`, run the bot as another one, or take it out")
	}
	for _, one := range l.all() {
		resource, known := resources[one.name]
		if !known || root {
			continue // who may raise them
		}
		var now unix.Rlimit
		if err := unix.Getrlimit(resource, &now); err != nil {
			return fmt.Errorf("ask for the limit %s: %w", one.name, err)
		}
		if uint64(one.value) > now.Max {
			return fmt.Errorf("%s %s is more than the %d that the bot itself may have", one.name, one.text, now.Max)
		}
	}
	return nil
}

// apply sets one limit of this process.
func apply(name string, value int64) error {
	if name == "nice" {
		runtime.LockOSThread() // it belongs to the thread, which becomes the program
		now, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
		if err != nil {
			return err
		}
		// The call of the kernel answers 20 less the value.
		return unix.Setpriority(unix.PRIO_PROCESS, 0, min(19, 20-now+int(value)))
	}
	resource, known := resources[name]
	if !known {
		return errors.New("there is no such limit")
	}
	limit := syscall.Rlimit{Cur: uint64(value), Max: uint64(value)}
	if name == "cpu_time" {
		limit.Max++ // a second to say farewell, after SIGXCPU
	}
	// Not that of x/sys: this one keeps the runtime from setting its own back.
	return syscall.Setrlimit(resource, &limit)
}

// ranOut says whether the kernel ended a process for the time of a processor that it
// used. Its clock for that is coarser than the one by which the time is told.
func ranOut(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGXCPU
}

// become makes this process the program.
func become(path string, args []string) error {
	return fmt.Errorf("%s cannot be started: %w", path, syscall.Exec(path, args, os.Environ()))
}
