package supervise

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A process has nothing open that the bot had inherited.
func TestAProcessInheritsNothing(t *testing.T) {
	inherited, err := unix.Dup(2) // as it comes from a parent
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(inherited) //nolint:errcheck // nothing was written
	file := filepath.Join(t.TempDir(), "open")
	_, lines := supervised(t, Options{}, Process{Name: "open", Command: []string{"sh", "-c", "ls /dev/fd/ >" + file}})
	lines.until("the plugin has ended")
	open, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains("\n"+string(open), "\n"+strconv.Itoa(inherited)+"\n") {
		t.Errorf("it has open %q, among them %d", strings.Fields(string(open)), inherited)
	}
}
