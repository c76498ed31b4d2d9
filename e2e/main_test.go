// Package e2e tests the whole of OpenChatOps as its users have it: the built
// binary, with plugins that are processes of their own, over real sockets on
// loopback. The plugins are this test binary, run again by the bot.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// ocoBinary is the bot, built once; plainBinary is the same without Attach, so that
// all plugins subscribe and call.
var ocoBinary, plainBinary string

// overBoth runs a test with a bot that has Attach and with one that has not: what
// becomes of messages is the same.
func overBoth(t *testing.T, test func(t *testing.T, binary string)) {
	for name, binary := range map[string]string{"Attach": ocoBinary, "Subscribe": plainBinary} {
		t.Run(name, func(t *testing.T) { test(t, binary) })
	}
}

// self is this test binary, which the bots run as plugins.
var self string

// torture says that everything runs at full length: `make torture`.
var torture = os.Getenv("OCO_TORTURE") == "1"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "plugin" {
		os.Exit(plugin(os.Args[2:]))
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	flag.Parse()
	// The tests wait for other processes most of the time.
	if err := flag.Set("test.parallel", "8"); err != nil {
		return 1, err
	}
	if self, err = os.Executable(); err != nil {
		return 1, err
	}
	dir, err := os.MkdirTemp("", "oco-e2e-")
	if err != nil {
		return 1, err
	}
	defer func() {
		if gone := os.RemoveAll(dir); err == nil {
			err = gone
		}
	}()
	ocoBinary, plainBinary = filepath.Join(dir, "oco"), filepath.Join(dir, "plain")
	for binary, flags := range map[string]string{ocoBinary: "", plainBinary: "-X main.without=oco.attach"} {
		build := exec.Command("go", "build", "-ldflags", flags, "-o", binary, "./cmd/oco")
		build.Dir = ".."
		if out, err := build.CombinedOutput(); err != nil {
			return 1, fmt.Errorf("go build ./cmd/oco: %w\n%s", err, out)
		}
	}
	return m.Run(), nil
}

// need skips a test whose program is missing, and says so; in CI nothing may be
// missing.
func need(t *testing.T, program, reason string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	missing(t, fmt.Sprintf("%s is not installed: %s", program, reason))
	return ""
}

func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
