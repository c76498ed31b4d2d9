package doctor

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// holder says which process listens at an address, as far as this user may know.
func holder(address string) string {
	_, port, err := net.SplitHostPort(address)
	number, err2 := strconv.ParseUint(port, 10, 16)
	if err != nil || err2 != nil {
		return "another process"
	}
	sockets := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		listeners(table, fmt.Sprintf("%04X", number), sockets)
	}
	names, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return "another process"
	}
	for _, name := range names {
		if to, err := os.Readlink(name); err == nil && sockets[to] {
			pid := strings.Split(name, "/")[2]
			command, err := os.ReadFile(filepath.Join("/proc", pid, "comm"))
			if err != nil {
				return "process " + pid
			}
			return "process " + pid + ", " + strings.TrimSpace(string(command))
		}
	}
	return "another user's process"
}

// listeners adds the sockets that listen on a port, as links of /proc name them.
func listeners(table, port string, to map[string]bool) {
	f, err := os.Open(table)
	if err != nil {
		return // it is not known then
	}
	defer f.Close() //nolint:errcheck // it was only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// sl local_address rem_address st … uid timeout inode
		words := strings.Fields(lines.Text())
		const listens = "0A"
		if len(words) > 9 && strings.HasSuffix(words[1], ":"+port) && words[3] == listens {
			to["socket:["+words[9]+"]"] = true
		}
	}
}
