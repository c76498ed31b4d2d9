package oco

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const pluginEnv = "OCO_TEST_PLUGINS"

// runAsPlugin makes the test binary a plugin, if a test started it as one.
func runAsPlugin() {
	names := os.Getenv(pluginEnv)
	if names == "" {
		return
	}
	var plugins []Plugin
	for _, name := range strings.Split(names, ",") {
		if name == "words" {
			plugins = append(plugins, wordHandler(func(string) {}))
			continue
		}
		h := NewHandler(name)
		if name == "settable" {
			Settings(h, func(o options) error {
				if o.Retries > 9 {
					return AtSetting("retries", errors.New("that is too often:\nat most 9"))
				}
				return nil
			})
		}
		h.Version = "1.2"
		h.Command("do {what...}", "Do it.", func(ctx context.Context, m *Message) error {
			if os.Getenv("OCO_KEY") != "" || os.Getenv("OCO_KEY_FD") != "" {
				return errors.New("the key is still in the environment")
			}
			m.Reply("started")
			if m.Arg("what") == "hang" {
				<-ctx.Done()
				select {} // obeys nothing
			}
			time.Sleep(300 * time.Millisecond)
			return nil
		})
		plugins = append(plugins, h)
	}
	Main(plugins...)
}

// process is the test binary as a plugin.
func process(names string, env []string, args ...string) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append([]string{pluginEnv + "=" + names}, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	return cmd, &out, &errs
}

func TestMainSentences(t *testing.T) {
	cases := []struct {
		name, plugins string
		env, args     []string
		code          int
		stderr        string
	}{
		{"by hand", "one", nil, nil, 2, "oco try -- COMMAND"},
		{"no key", "one", []string{"OCO_ENDPOINT=unix:///x"}, nil, 2, "oco try -- COMMAND"},
		{"no endpoint", "one", []string{"OCO_KEY=k"}, nil, 2, "oco try -- COMMAND"},
		{"one key for two", "one,two", []string{"OCO_KEY=k", "OCO_ENDPOINT=unix:///x"}, nil, 2, "holds 2 plugins"},
		{"bad descriptor", "one", []string{"OCO_KEY_FD=x", "OCO_ENDPOINT=unix:///x"}, nil, 2, `OCO_KEY_FD="x"`},
		{"closed descriptor", "one", []string{"OCO_KEY_FD=77", "OCO_ENDPOINT=unix:///x"}, nil, 2, "read the keys from OCO_KEY_FD"},
		{"bad endpoint", "one", []string{"OCO_KEY=k", "OCO_ENDPOINT=http://x"}, nil, 2, "must be unix:///path"},
		{"plaintext to another machine", "one", []string{"OCO_KEY=k", "OCO_ENDPOINT=192.0.2.1:80"}, nil, 2, "OCO_INSECURE=1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cmd, out, errs := process(c.plugins, c.env, c.args...)
			err := cmd.Run()
			if cmd.ProcessState.ExitCode() != c.code || !strings.Contains(errs.String(), c.stderr) || out.Len() > 0 {
				t.Errorf("%v, exit %d, stderr %q, stdout %q", err, cmd.ProcessState.ExitCode(), errs, out)
			}
			if n := strings.Count(errs.String(), "\n"); n != 1 {
				t.Errorf("%d lines instead of one sentence: %q", n, errs)
			}
		})
	}
}

func TestMainPrintsManifests(t *testing.T) {
	cmd, out, errs := process("one,two", nil, "--manifest")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs)
	}
	documents := strings.SplitAfter(out.String(), "\n}\n")
	if len(documents) != 3 || documents[2] != "" {
		t.Fatalf("%d documents: %s", len(documents)-1, out)
	}
	for _, d := range documents[:2] {
		var m ocov1.Manifest
		if err := protojson.Unmarshal([]byte(d), &m); err != nil {
			t.Fatalf("%v in %s", err, d)
		}
		if m.GetVersion() != "1.2" || m.GetRoutes()[0].GetCommand().GetPattern() != "do {what...}" {
			t.Errorf("manifest: %v", &m)
		}
	}
}

// serveSocket serves a fake bot on a unix socket and returns its endpoint.
func serveSocket(t *testing.T, b *fakeBot) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	lis, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := grpc.NewServer()
	ocov1.RegisterBotServiceServer(srv, b)
	ocov1.RegisterDeliveryServiceServer(srv, b)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(lis) }()
	t.Cleanup(func() {
		srv.Stop()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return "unix://" + path
}

// eventually waits for a condition that another process brings about.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

func outerBot() *fakeBot {
	return &fakeBot{record: record{keys: map[string]bool{}, final: map[string]bool{}}}
}

// startChild starts plugins with their keys on a descriptor, as the bot does.
func startChild(t *testing.T, endpoint, names, keys string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd, _, errs := process(names, []string{"OCO_ENDPOINT=" + endpoint, "OCO_KEY_FD=3"})
	cmd.ExtraFiles = []*os.File{r}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString(keys); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), r.Close()); err != nil {
		t.Fatal(err)
	}
	return cmd, errs
}

func (b *fakeBot) pushOutside(d *ocov1.Delivery) {
	streams := b.seen().streams
	streams[len(streams)-1].frames <- []*ocov1.Frame{frame(d)}
}

// A child needs the endpoint and the descriptor, and nothing else (OCO-LIF-1).
func TestMainTakesKeysFromTheDescriptorAndDrains(t *testing.T) {
	b := outerBot()
	cmd, errs := startChild(t, serveSocket(t, b), "one,two", "one k1\ntwo k2\n")
	streams := func() (n int) { n = len(b.seen().streams); return n }
	eventually(t, "both plugins have a stream", func() bool { return streams() == 2 })
	if !b.seen().keys["Bearer k1"] || !b.seen().keys["Bearer k2"] {
		t.Errorf("keys: %v", b.seen().keys)
	}
	b.pushOutside(said("d1", "do", "do it"))
	eventually(t, "the callback runs", func() bool { return len(b.completions()) == 1 })
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit: %v: %s", err, errs)
	}
	if got := b.completions(); len(got) != 2 || got[1].GetDone() == nil {
		t.Errorf("completions: %v", got)
	}
}

func TestMainEndsAtOnceAtTheSecondSignal(t *testing.T) {
	b := outerBot()
	cmd, errs := startChild(t, serveSocket(t, b), "one", "one k1\n")
	eventually(t, "a stream", func() bool { n := 0; n = len(b.seen().streams); return n == 1 })
	b.pushOutside(said("d1", "do", "do hang", textArg("what", "hang")))
	eventually(t, "the callback runs", func() bool { return len(b.completions()) == 1 })
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it drains", func() bool { v := false; v = b.seen().streams[0].ended.Load(); return v })
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(errs.String(), "killed") {
		t.Errorf("%v: %s", err, errs)
	}
}

func TestMainSaysThatTheKeyIsWrong(t *testing.T) {
	b := outerBot()
	b.onRegister = func(*ocov1.RegisterRequest) error { return refusal(codes.Unauthenticated, "KEY_INVALID") }
	cmd, errs := startChild(t, serveSocket(t, b), "one", "one wrong\n")
	err := cmd.Wait()
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(errs.String(), "oco: the bot does not accept the key of the plugin one") {
		t.Errorf("%v: %s", err, errs)
	}
	if strings.Contains(errs.String(), "wrong\n") {
		t.Errorf("the key is in the output: %s", errs)
	}
}

func TestReadKeyFileRefusesOtherLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte("one k1\nsecretword\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readKeyFile(f); err == nil || strings.Contains(err.Error(), "secretword") {
		t.Errorf("error %v", err)
	}
	if err := f.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file was left open: %v", err)
	}
}

func TestGarbageIsCollectedRarelyUnlessToldOtherwise(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	t.Setenv("GOGC", "100")
	collectRarely()
	if now := debug.SetGCPercent(100); now != 100 {
		t.Errorf("%d %% although GOGC says 100", now)
	}
	t.Setenv("GOGC", "")
	collectRarely()
	if now := debug.SetGCPercent(100); now != rarely {
		t.Errorf("%d %%, want %d", now, rarely)
	}
}
