//go:build unix

package supervise

import (
	"os"
	"strconv"
	"syscall"
)

// keepDescriptors has what is open beyond the standard three closed in the programs
// that are started. What Go opens is so already; what a process inherited is not.
func keepDescriptors() {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return // a system that does not tell: then it is as for any program
	}
	for _, entry := range entries {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}
