package subject

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// patience is how long a bot may take to come up or to stop.
const patience = time.Minute

// A Bot is one run of `oco run` after another on one data directory.
type Bot struct {
	Dir string
	// HTTP and GRPC are its ports on loopback; plugins dial the latter, without TLS.
	HTTP, GRPC string

	program string
	cmd     *exec.Cmd
	ended   chan struct{}
}

// Build builds the bot from this tree into dir. It runs the go command.
func Build(ctx context.Context, dir string) (program string, err error) {
	program = filepath.Join(dir, "oco")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/openchatops/oco/cmd/oco")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./cmd/oco: %w\n%s", err, out)
	}
	return program, nil
}

// New prepares a bot in dir, which is there. plugins is the part of its
// configuration after the listeners.
func New(program, dir, plugins string) (*Bot, error) {
	b := &Bot{Dir: dir, program: program}
	for _, port := range []*string{&b.HTTP, &b.GRPC} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		*port = l.Addr().String()
		defer l.Close() // only when both are chosen, so that they differ
	}
	text := fmt.Sprintf("data: ./data\nlog: {level: warn, format: text}\nlisten: {http: %q, grpc: %q, tls: off}\n%s", b.HTTP, b.GRPC, plugins)
	return b, os.WriteFile(b.config(), []byte(text), 0o600)
}

func (b *Bot) config() string { return filepath.Join(b.Dir, "oco.yaml") }

// Data is where the bot keeps its data.
func (b *Bot) Data() string { return filepath.Join(b.Dir, "data") }

// PID is the number of the process.
func (b *Bot) PID() int { return b.cmd.Process.Pid }

// Start starts the bot and waits until it answers. Its log goes to a file, which
// an error quotes.
func (b *Bot) Start(ctx context.Context) error {
	log, err := os.OpenFile(filepath.Join(b.Dir, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	b.cmd = exec.Command(b.program, "run", "-c", b.config())
	b.cmd.Dir, b.cmd.Stdout, b.cmd.Stderr = b.Dir, log, log
	b.cmd.SysProcAttr = Tied()
	if err := b.cmd.Start(); err != nil {
		return err
	}
	b.ended = make(chan struct{})
	go func() {
		defer close(b.ended)
		_ = b.cmd.Wait() // how it ended is asked of its state
	}()
	return b.await(ctx, "/healthz")
}

// AwaitReady waits until the adapter serves.
func (b *Bot) AwaitReady(ctx context.Context) error { return b.await(ctx, "/readyz") }

func (b *Bot) await(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if b.says(ctx, path) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the bot does not say well at %s: %w\n%s", path, ctx.Err(), b.LogEnd())
		case <-b.ended:
			return fmt.Errorf("the bot ended: %v\n%s", b.cmd.ProcessState, b.LogEnd())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (b *Bot) says(ctx context.Context, path string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.HTTP+path, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// Lives says whether the process is still there.
func (b *Bot) Lives() bool {
	select {
	case <-b.ended:
		return false
	default:
		return true
	}
}

// Stop asks the bot to stop and kills it if it does not.
func (b *Bot) Stop() error {
	if !b.Lives() {
		return fmt.Errorf("the bot had ended by itself: %v\n%s", b.cmd.ProcessState, b.LogEnd())
	}
	if err := b.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-b.ended:
		return nil
	case <-time.After(patience):
	}
	return errors.Join(fmt.Errorf("the bot did not stop within %v", patience), b.Kill())
}

// Kill ends the bot as a power failure would.
func (b *Bot) Kill() error {
	err := b.cmd.Process.Kill()
	<-b.ended
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// LogEnd is the end of the log.
func (b *Bot) LogEnd() string {
	text, err := os.ReadFile(filepath.Join(b.Dir, "log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// AwaitAnswer waits until the bot answers at all.
func (b *Bot) AwaitAnswer(ctx context.Context) error { return b.await(ctx, "/healthz") }
