package e2e

import (
	"fmt"
	"os"
	"os/exec"
)

// runBreeds is a handler that has started two processes, one of them in a
// session of its own, and thinks no more of them.
func runBreeds(s *site, mark string) int {
	for _, line := range [][]string{{"sh", "-c", "sleep 1000; : " + mark}, {"setsid", "sh", "-c", "sleep 1000; : " + mark}} {
		if err := exec.Command(line[0], line[1:]...).Start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return runHandler(s, mark)
}
