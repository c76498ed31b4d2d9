package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco"
)

// TestMain makes the test binary the program itself: when a test says so, and
// when a bot under test starts its plugins.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "adapter", "handler", "guard":
			main()
		case "test-plugin":
			oco.Main(testPlugin())
		case "test-hang":
			time.Sleep(time.Hour)
		case "test-print":
			fmt.Println(os.Args[2])
			os.Exit(0)
		}
	}
	if os.Getenv("OCO_TEST_MAIN") == "1" {
		main()
	}
	os.Exit(m.Run())
}

// greetings are the settings of testPlugin.
type greetings struct {
	Greeting string   `default:"Hello"`
	Names    []string `oco:",optional"`
}

// testPlugin is a handler for `oco try` and `oco check`.
func testPlugin() *oco.Handler {
	h := oco.NewHandler("hello")
	h.Command("hello [{name}]", "Greet.", func(ctx context.Context, m *oco.Message) error {
		m.Reply("Hello!")
		return nil
	})
	h.Command("hang", "Never end.", func(ctx context.Context, m *oco.Message) error {
		time.Sleep(time.Hour)
		return nil
	})
	now := oco.Settings(h, func(s greetings) error {
		if s.Greeting == "Go away" {
			return errors.New("greeting: that is none")
		}
		return nil
	})
	h.Command("greet", "Greet those of the settings.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply(now().Greeting + " " + strings.Join(now().Names, " and "))
		return nil
	})
	return h
}

// self is the path of the test binary.
func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// program is this program with arguments, in a directory of the test's own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), self(t), args...)
	c.Env = append(os.Environ(), "OCO_TEST_MAIN=1", "NO_COLOR=1", "OCO_ENDPOINT=", "OCO_KEY=", "GORACE=atexit_sleep_ms=0")
	c.Dir = t.TempDir()
	c.WaitDelay = 10 * time.Second
	return c
}

// run runs a program to its end.
func run(t *testing.T, c *exec.Cmd, stdin string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr, c.Stdin = &out, &errs, strings.NewReader(stdin)
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// logOf gives the bot's log, for a test that failed.
func logOf(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	text, err := os.ReadFile(c.Dir + "/oco-data/oco.log")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// brokenWriter fails every write.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
