package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// patience is how long anything may take before a test gives up.
const patience = 45 * time.Second

// A bot is the real one, in a directory of its own, started and killed as often
// as a test likes.
type bot struct {
	t    *testing.T
	dir  string
	http string // its HTTP port, empty if it has none
	grpc string // its port for remote plugins, empty if it has none
	// binary is the program that it is.
	binary string

	mu      sync.Mutex
	process *process
}

// A process is one run of a program, with its output in a file.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

func newBot(t *testing.T, config string) *bot {
	t.Helper()
	// A short path: that of a test's own directory may be too long for a socket.
	dir, err := os.MkdirTemp("", "e2e-")
	if err != nil {
		t.Fatal(err)
	}
	b := &bot{t: t, dir: dir, binary: ocoBinary}
	t.Cleanup(func() {
		b.kill()
		if t.Failed() {
			t.Logf("the bot's log ends:\n%s", tail(b.log(), 60))
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	b.configure(config)
	return b
}

// configure writes the configuration. HTTP_PORT and GRPC_PORT stand for free
// ports.
func (b *bot) configure(config string) {
	b.t.Helper()
	listen := "listen: {http: \"\"}\n"
	if strings.Contains(config, "HTTP_PORT") {
		b.http = freePort(b.t)
		config = strings.ReplaceAll(config, "HTTP_PORT", b.http)
		listen = ""
	}
	if strings.Contains(config, "GRPC_PORT") {
		b.grpc = freePort(b.t)
		config = strings.ReplaceAll(config, "GRPC_PORT", b.grpc)
		listen = ""
	}
	config = unbounded(config)
	write(b.t, b.path("oco.yaml"), "data: ./data\nlog: {level: debug}\n"+listen+config)
}

// unbounded lets the one user of a test say as much as the test likes, as fast, unless
// the configuration has bounds of its own.
func unbounded(config string) string {
	const bounds = "user_messages: 0, loop_answers: 0"
	switch {
	case strings.Contains(config, "loop_answers"):
		return config
	case ownLimits.MatchString(config):
		return ownLimits.ReplaceAllString(config, "limits: {"+bounds+", ")
	}
	return config + "limits: {" + bounds + "}\n"
}

var ownLimits = regexp.MustCompile(`(?m)^limits: \{`)

func (b *bot) path(name string) string { return filepath.Join(b.dir, name) }

func (b *bot) log() string { return read(b.t, b.path("log")) }

// start runs the bot; it is not ready yet.
func (b *bot) start() {
	b.t.Helper()
	b.startBy(b.binary, "run", "-c", b.path("oco.yaml"))
}

// startBy runs the bot by another command line.
func (b *bot) startBy(command ...string) {
	b.t.Helper()
	b.startOn(nil, command...)
}

// startOn is startBy with a standard input.
func (b *bot) startOn(in *os.File, command ...string) {
	b.t.Helper()
	log, err := os.OpenFile(b.path("log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Env = b.dir, environment()
	if in != nil {
		cmd.Stdin = in
	}
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = log, log, attributes()
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		b.t.Fatal(err)
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // how it ended is asked of its state
	}()
	b.mu.Lock()
	b.process = p
	b.mu.Unlock()
}

func (b *bot) current() *process {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.process
}

func (b *bot) pid() int { return b.current().cmd.Process.Pid }

// kill ends the bot as a power failure would and waits until it is gone.
func (b *bot) kill() {
	if p := b.current(); p != nil {
		_ = p.cmd.Process.Kill() // it may be dead already
		<-p.done
	}
}

// terminate asks the bot to stop, waits for its end and returns its exit code.
func (b *bot) terminate() int {
	b.t.Helper()
	if err := b.current().cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.t.Fatal(err)
	}
	return b.end()
}

// end waits for the end of the bot and returns its exit code.
func (b *bot) end() int {
	b.t.Helper()
	p := b.current()
	select {
	case <-p.done:
	case <-time.After(patience):
		b.t.Fatalf("the bot did not end within %v", patience)
	}
	return p.cmd.ProcessState.ExitCode()
}

// oco runs a command of the command line on this bot.
func (b *bot) oco(args ...string) (stdout, stderr string, code int) {
	b.t.Helper()
	return command(b.t, b.dir, "", append([]string{ocoBinary}, args...)...)
}

// must is oco for what has to go well.
func (b *bot) must(args ...string) string {
	b.t.Helper()
	out, errs, code := b.oco(args...)
	if code != 0 {
		b.t.Fatalf("oco %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// admin calls the bot as its operator.
func (b *bot) admin(ctx context.Context, call func(context.Context, ocov1.AdminServiceClient) error) error {
	return b.operator(ctx, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		return call(ctx, ocov1.NewAdminServiceClient(conn))
	})
}

// operator connects to the bot as its operator.
func (b *bot) operator(ctx context.Context, call func(context.Context, grpc.ClientConnInterface) error) error {
	address, err := os.ReadFile(b.path("data/operator.addr"))
	if err != nil {
		return err
	}
	key, err := os.ReadFile(b.path("data/operator.key"))
	if err != nil {
		return err
	}
	conn, err := grpc.NewClient(string(bytes.TrimSpace(address)), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing is lost with it
	return call(withKey(ctx, string(bytes.TrimSpace(key))), conn)
}

func withKey(ctx context.Context, key string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
}

// status asks how the bot is.
func (b *bot) status() (*ocov1.GetStatusResponse, error) {
	ctx, cancel := context.WithTimeout(b.t.Context(), 5*time.Second)
	defer cancel()
	var answer *ocov1.GetStatusResponse
	err := b.admin(ctx, func(ctx context.Context, c ocov1.AdminServiceClient) (err error) {
		answer, err = c.GetStatus(ctx, &ocov1.GetStatusRequest{})
		return err
	})
	return answer, err
}

// deliveries lists every delivery that the bot knows.
func (b *bot) deliveries() []*ocov1.DeliveryRecord {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	var all []*ocov1.DeliveryRecord
	err := b.admin(ctx, func(ctx context.Context, c ocov1.AdminServiceClient) error {
		for token := ""; ; {
			answer, err := c.ListDeliveries(ctx, &ocov1.ListDeliveriesRequest{PageSize: 1000, PageToken: token})
			if err != nil {
				return err
			}
			all = append(all, answer.GetDeliveries()...)
			if token = answer.GetNextPageToken(); token == "" {
				return nil
			}
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// awaitPlugins waits until a replica of each plugin is connected.
func (b *bot) awaitPlugins(names ...string) {
	b.t.Helper()
	b.await(fmt.Sprintf("the plugins %v are connected", names), func() bool {
		s, err := b.status()
		return err == nil && connected(s, names)
	})
}

func connected(s *ocov1.GetStatusResponse, names []string) bool {
	up := map[string]bool{}
	for _, p := range s.GetPlugins() {
		for _, r := range p.GetReplicas() {
			up[p.GetPluginId()] = up[p.GetPluginId()] || r.GetConnected()
		}
	}
	for _, name := range names {
		if !up[name] {
			return false
		}
	}
	return true
}

// await waits for something to become true of other processes.
func (b *bot) await(what string, holds func() bool) {
	b.t.Helper()
	await(b.t, what, holds)
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v it does not hold that %s", patience, what)
		}
	}
}

var givenPorts sync.Map

// freePort finds a port that a bot can take, and take again after it was killed:
// below those from which the system gives one to every connection.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 12_000+rand.IntN(20_000)))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		// What another test was given and does not listen at yet looks free too.
		if _, given := givenPorts.LoadOrStore(l.Addr().String(), true); !given {
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}
