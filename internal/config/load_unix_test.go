//go:build unix

package config

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe that nobody writes to holds up nobody, neither as the configuration nor as a
// file that it takes in.
func TestLoadOfNoRegularFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, dir} {
		if _, err := Load(path); err == nil || err.Error() != path+":1:1: this is no regular file: name one" {
			t.Errorf("%s: %v", path, err)
		}
	}
	_, err := Parse(filepath.Join(dir, "oco.yaml"), []byte("name: ${file:pipe}\n"))
	if want := "oco.yaml:1:7: `name`: " + pipe + " is no regular file"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// What this process was handed open may be a pipe: `oco check -c <(make-it)`.
func TestHandedOpen(t *testing.T) {
	for path, want := range map[string]bool{
		"/dev/stdin": true, "/dev/fd/63": true, "/proc/self/fd/3": true, "/dev//fd/0": true,
		"/dev/fd/../tty": false, "/dev/tty": false, "dev/stdin": false, "/dev/fd": false,
	} {
		if handedOpen(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}
