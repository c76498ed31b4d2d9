//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe in the place of a file that a bot leaves holds up nobody.
func TestFilesOfABotThatArePipes(t *testing.T) {
	for _, name := range []string{OperatorKey, OperatorAddress} {
		data := t.TempDir()
		put(t, filepath.Join(data, OperatorKey), "k")
		if err := os.RemoveAll(filepath.Join(data, name)); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(filepath.Join(data, name), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := findLocal(data); err == nil || !strings.Contains(err.Error(), filepath.Join(data, name)+" is no regular file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
