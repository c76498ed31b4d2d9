package supervise

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// ProtectSelf keeps other processes of the same user from reading the bot's memory and
// environment and from tracing it, and turns core dumps off. Call it early in main,
// before secrets are read. Afterwards a debugger can attach only as root.
func ProtectSelf() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("close the process to others (PR_SET_DUMPABLE): %w", err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("turn core dumps off: %w", err)
	}
	return nil
}
