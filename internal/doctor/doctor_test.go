package doctor

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

var errInUse = errors.New("process 7 has it open")

// patient is a bot that is not started yet, on a machine that is fine.
func patient(t *testing.T) Patient {
	t.Helper()
	c := config.Default()
	c.Data, c.Listen = filepath.Join(t.TempDir(), "data"), config.Listen{}
	return Patient{
		File: "oco.yaml", Config: c, Version: "v1", Now: noon,
		Ask:         func(context.Context) (*ocov1.GetStatusResponse, error) { return nil, errors.New("no bot runs") },
		ReadStore:   func(context.Context) (Stored, error) { return Stored{}, fs.ErrNotExist },
		InUse:       func(err error) bool { return errors.Is(err, errInUse) },
		Certificate: func() (Certificate, error) { return Certificate{}, errors.New("nobody asks") },
	}
}

// running makes it one whose bot runs.
func (p *Patient) running(t *testing.T, change func(*ocov1.GetStatusResponse)) {
	t.Helper()
	write(t, filepath.Join(p.Config.Data, "operator.key"), 0o600)
	up := []*ocov1.Replica{{Replica: "r", Connected: true}}
	s := &ocov1.GetStatusResponse{
		Bot: &ocov1.GetBotInfoResponse{Name: "oco", Version: "v1"}, Ready: true, ProcessId: 42,
		Accounts: []*ocov1.AccountStatus{{AccountId: "account:1", Service: "irc", Connected: true, Detail: "irc.example.org"}},
		Plugins: []*ocov1.Plugin{
			{PluginId: "terminal", State: "running", Version: "v1", Replicas: up},
			{PluginId: "core", State: "running", Replicas: up},
		},
	}
	if change != nil {
		change(s)
	}
	p.Ask = func(context.Context) (*ocov1.GetStatusResponse, error) { return s, nil }
}

func write(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("x"), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, noon, noon); err != nil {
		t.Fatal(err)
	}
}

// ofMachine are the lines that differ from machine to machine.
var ofMachine = regexp.MustCompile(`(?m)^\w+ \| (disk space|open files) \| .*\n`)

func TestLimitsOfTheMachine(t *testing.T) {
	e := &examination{}
	for _, free := range []uint64{99 << 20, 100 << 20, 1 << 30, 3 << 40} {
		e.room(free)
	}
	for _, n := range []uint64{255, 256, 1024} {
		e.files(n)
	}
	var got strings.Builder
	for _, f := range e.found {
		fmt.Fprintf(&got, "%s %s: %s\n", f.Level, f.Subject, f.Text)
	}
	const want = `fail disk space: 99.0 MiB are free
warn disk space: 100.0 MiB are free
ok disk space: 1.0 GiB are free
ok disk space: 3.0 TiB are free
fail open files: a process may have 255 only
warn open files: a process may have 256 only
ok open files: a process may have 1024
`
	if got.String() != want {
		t.Errorf("got\n%s", got.String())
	}
}

// What is found, for bots in good and in bad health.
func TestFindings(t *testing.T) {
	for name, ail := range map[string]func(t *testing.T, p *Patient){
		"new":     func(*testing.T, *Patient) {},
		"healthy": func(t *testing.T, p *Patient) { p.running(t, nil) },
		"default": func(_ *testing.T, p *Patient) { p.File = "" },
		"unread":  func(_ *testing.T, p *Patient) { p.File, p.Unread = "", "oco.yaml" },
		"configuration": func(_ *testing.T, p *Patient) {
			p.Config, p.Wrong, p.Doubts = nil, []string{"oco.yaml:1:1: no adapter\n    1 | x"}, []string{"handler x: printed no manifest"}
		},
		"clock": func(_ *testing.T, p *Patient) { p.Now = time.Unix(0, 0) },
		"clock-went-back": func(t *testing.T, p *Patient) {
			write(t, filepath.Join(p.Config.Data, "store", "000001.log"), 0o600)
			p.Now = noon.Add(-time.Hour)
		},
		"open-to-others": func(t *testing.T, p *Patient) {
			p.running(t, nil)
			for path, mode := range map[string]os.FileMode{p.Config.Data: 0o755, filepath.Join(p.Config.Data, "operator.key"): 0o644} {
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
			}
		},
		"no-directory": func(t *testing.T, p *Patient) { write(t, p.Config.Data, 0o600) },
		"store-damaged": func(_ *testing.T, p *Patient) {
			p.ReadStore = func(context.Context) (Stored, error) {
				return Stored{}, errors.New("open the store: a file is missing: restore a backup")
			}
		},
		"store-fine": func(_ *testing.T, p *Patient) {
			p.ReadStore = func(context.Context) (Stored, error) {
				return Stored{Rows: 1234, Bytes: 5 << 20, Whole: true, Took: 123456 * time.Microsecond}, nil
			}
		},
		"store-large": func(_ *testing.T, p *Patient) {
			p.ReadStore = func(context.Context) (Stored, error) {
				return Stored{Rows: 12_345_678, Bytes: 5 << 30, Took: 10*time.Second + time.Millisecond}, nil
			}
		},
		"hangs": func(_ *testing.T, p *Patient) {
			p.ReadStore = func(context.Context) (Stored, error) { return Stored{}, fmt.Errorf("open the store: %w", errInUse) }
		},
		"elsewhere": func(t *testing.T, p *Patient) {
			p.running(t, nil)
			p.Elsewhere = true
		},
		"elsewhere-away": func(_ *testing.T, p *Patient) { p.Elsewhere = true },
		"plugins": func(t *testing.T, p *Patient) {
			p.Config.Handlers = append(p.Config.Handlers, config.Plugin{Name: "far", Remote: true}, config.Plugin{Name: "away", Remote: true}, config.Plugin{Name: "never"}, config.Plugin{Name: "slow"})
			p.running(t, func(s *ocov1.GetStatusResponse) {
				up := s.Plugins[0].Replicas
				s.Ready, s.Bot.Version, s.Accounts[0].Connected, s.Accounts[0].Detail = false, "v0", false, "connection refused"
				s.Plugins[0].Replicas, s.Plugins[0].State, s.Plugins[0].Detail = nil, "broken", "exit status 3: no \x1b[2Jserver"
				s.Plugins[1].Paused, s.Plugins[1].Detail, s.Plugins[1].Waiting = true, "release", 3
				s.Plugins = append(s.Plugins, &ocov1.Plugin{PluginId: "far", State: "remote", Waiting: 2}, &ocov1.Plugin{PluginId: "slow", Waiting: 9, Replicas: up}, &ocov1.Plugin{PluginId: "left"})
				s.Warnings = []string{"terminal is down"}
				s.Counts = map[string]uint64{"open_list": 4}
			})
		},
		"no-adapter": func(t *testing.T, p *Patient) {
			p.running(t, func(s *ocov1.GetStatusResponse) { s.Accounts, s.Ready = nil, false })
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := patient(t)
			ail(t, &p)
			dir := ""
			if p.Config != nil {
				dir = filepath.Dir(p.Config.Data)
			}
			var b strings.Builder
			all := Examine(t.Context(), p)
			for _, f := range all {
				if f.Advice == "" != (f.Level == OK) {
					t.Errorf("%+v: what is wrong has advice, and nothing else", f)
				}
				fmt.Fprintf(&b, "%s | %s | %q | %s\n", f.Level, f.Subject, f.Text, f.Advice)
			}
			got := strings.ReplaceAll(b.String(), dir+"/", "DIR/")
			got = ofMachine.ReplaceAllString(got, "")
			golden := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("%v; got\n%swant\n%s", err, got, want)
			}
		})
	}
}

func TestWorst(t *testing.T) {
	ok, warn, fail := Finding{Level: OK}, Finding{Level: Warn}, Finding{Level: Fail}
	for want, all := range map[Level][][]Finding{
		OK: {nil, {ok}}, Warn: {{ok, warn}, {warn, ok}}, Fail: {{fail}, {warn, fail, ok}, {ok, fail, warn}},
	} {
		for _, one := range all {
			if got := Worst(one); got != want {
				t.Errorf("%v: %s", one, got)
			}
		}
	}
}

// find is what was found of a subject.
func find(t *testing.T, all []Finding, subject string) Finding {
	t.Helper()
	for _, f := range all {
		if f.Subject == subject {
			return f
		}
	}
	t.Fatalf("nothing was found of %s: %+v", subject, all)
	return Finding{}
}

func TestAPortThatIsTaken(t *testing.T) {
	p := patient(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.Config.Listen.HTTP = l.Addr().String()
	if f := find(t, Examine(t.Context(), p), "listen.http"); f.Level != Fail || !strings.Contains(f.Text, "is taken by ") {
		t.Errorf("%+v", f)
	}
	p.Config.Listen.HTTPOptional = true
	if f := find(t, Examine(t.Context(), p), "listen.http"); f.Level != Warn {
		t.Errorf("one that the bot goes without: %+v", f)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if f := find(t, Examine(t.Context(), p), "listen.http"); f.Level != OK {
		t.Errorf("%+v", f)
	}
	p.running(t, nil)
	p.Config.Listen.HTTPOptional = false
	if f := find(t, Examine(t.Context(), p), "listen.http"); f.Level != Fail || !strings.Contains(f.Text, "does not answer") {
		t.Errorf("a bot whose port is dead: %+v", f)
	}
}

func TestCertificates(t *testing.T) {
	for want, c := range map[Level]Certificate{
		OK: {Ends: noon.Add(time.Hour * 24 * 90)}, Warn: {Ends: noon.Add(time.Hour * 24 * 13)}, Fail: {Ends: noon},
	} {
		p := patient(t)
		p.Config.Listen.GRPC = "127.0.0.1:0"
		c.TLS, c.Pin = true, strings.Repeat("ab", 32)
		p.Certificate = func() (Certificate, error) { return c, nil }
		if f := find(t, Examine(t.Context(), p), "remote plugins"); f.Level != want {
			t.Errorf("%+v, want %s", f, want)
		}
	}
	p := patient(t)
	p.Config.Listen.GRPC = "127.0.0.1:0"
	p.Certificate = func() (Certificate, error) { return Certificate{}, errors.New("the key does not fit") }
	if f := find(t, Examine(t.Context(), p), "remote plugins"); f.Level != Fail || f.Text != "the key does not fit" {
		t.Errorf("%+v", f)
	}
}

func TestARemoteEndpointThatNobodyReaches(t *testing.T) {
	p := patient(t)
	p.running(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.Config.Listen.GRPC = l.Addr().String()
	c := Certificate{Address: l.Addr().String(), SelfMade: true}
	p.Certificate = func() (Certificate, error) { return c, nil }
	if f := find(t, Examine(t.Context(), p), "remote plugins"); f.Level != OK || !strings.Contains(f.Text, "plain text") {
		t.Errorf("without TLS: %+v", f)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close() // it speaks no TLS
		}
	}()
	c.TLS, c.Pin = true, "ab"
	if f := find(t, Examine(t.Context(), p), "remote plugins"); f.Level != Fail || !strings.Contains(f.Text, "does not speak TLS") {
		t.Errorf("%+v", f)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if f := find(t, Examine(t.Context(), p), "remote plugins"); f.Level != Warn || !strings.Contains(f.Text, "not to be reached") {
		t.Errorf("%+v", f)
	}
}
