//go:build unix

package bot

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What is no file is refused for what it is. A pipe that nobody writes to holds up
// nobody.
func TestAManifestThatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, dir} {
		if _, err := manifestFile(path); err == nil || !strings.Contains(err.Error(), path+" is no regular file") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
