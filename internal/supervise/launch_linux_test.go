package supervise

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// roleVariable makes the test binary play a plugin or a bot.
const roleVariable = "SUPERVISE_TEST_ROLE"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "launch" {
		fmt.Fprintln(os.Stderr, Launch(os.Args[2:]))
		syscall.Exit(1)
	}
	role := os.Getenv(roleVariable)
	if os.Getenv(envGuard) != "" {
		role = "guard" // nothing else is in its environment
	}
	if role != "" {
		if err := roles[role](); err != nil {
			fmt.Fprintln(os.Stderr, err)
			syscall.Exit(1)
		}
		syscall.Exit(0) // not os.Exit, which reports on coverage
	}
	os.Exit(m.Run())
}

var roles = map[string]func() error{
	"report":   report,
	"polite":   polite,
	"stubborn": stubborn,
	"family":   family,
	"orphans":  orphans,
	"terminal": terminal,
	"bot":      bot,
	"guard":    Guard,
	"eat":      eat,
	"open all": openAll,
	"spin":     spin,
	"fork":     forkAll,
	"nice":     tellNice,
	"nobody":   nobody,
	"fail":     func() error { return errors.New("no such chat service") },
	"open":     func() error { return seen("") },
	"closed":   func() error { return seen("closed") },
}

// facts is what a process sees of itself.
type facts struct {
	Keys         string
	Env, Args    []string
	PID, Session int
	Group        int
	Stdin        string
}

func report() error {
	fd, err := strconv.Atoi(os.Getenv(EnvKeyFD))
	if err != nil {
		return err
	}
	keys, err := io.ReadAll(os.NewFile(uintptr(fd), "keys"))
	if err != nil {
		return err
	}
	stdin, err := os.Readlink("/proc/self/fd/0")
	if err != nil {
		return err
	}
	session, err := unix.Getsid(0)
	if err != nil {
		return err
	}
	f := facts{Keys: string(keys), Env: os.Environ(), Args: os.Args, PID: os.Getpid(), Session: session, Group: unix.Getpgrp(), Stdin: stdin}
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	fmt.Println(string(data))
	return waitForTerm()
}

func polite() error {
	defer fmt.Println("goodbye")
	return waitForTerm()
}

func waitForTerm() error {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	fmt.Println("waiting")
	<-term
	return nil
}

func stubborn() error {
	signal.Ignore(syscall.SIGTERM)
	fmt.Println("waiting")
	for { // with nothing to wait for at all the runtime would end it
		time.Sleep(time.Hour)
	}
}

// relatives starts three descendants: in the group, in a group of its own, and in a
// session of its own. It prints their ids.
func relatives() error {
	for _, attr := range []*syscall.SysProcAttr{{}, {Setpgid: true}, {Setsid: true}} {
		cmd := exec.Command("sleep", "1000")
		cmd.SysProcAttr = attr
		cmd.Stdout = os.Stdout // as most do: the pipe stays open as long as they live
		if err := cmd.Start(); err != nil {
			return err
		}
		fmt.Println("relative", cmd.Process.Pid)
	}
	return nil
}

func family() error {
	if err := relatives(); err != nil {
		return err
	}
	return waitForTerm()
}

func orphans() error { return relatives() }

func terminal() error {
	var fds []*os.File
	for field := range strings.SplitSeq(os.Getenv(EnvTerminalFDs), ",") {
		fd, err := strconv.Atoi(field)
		if err != nil {
			return err
		}
		fds = append(fds, os.NewFile(uintptr(fd), field))
	}
	line, err := bufio.NewReader(fds[0]).ReadString('\n')
	if err != nil {
		return err
	}
	fmt.Println("to the log")
	if _, err := fmt.Fprint(fds[1], os.Getenv(EnvTerminalName), " out ", line); err != nil {
		return err
	}
	_, err = fmt.Fprint(fds[2], "err ", line)
	return err
}

// seen says whether a process of the same user may read this one's memory.
func seen(how string) error {
	if how == "closed" {
		if err := ProtectSelf(); err != nil {
			return err
		}
	}
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil {
		return err
	}
	var core unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &core); err != nil {
		return err
	}
	fmt.Println("dumpable", dumpable, "core", core.Cur, core.Max)
	return nil
}

// bot supervises a family until it is killed.
func bot() error {
	s := New(Options{Instance: os.Getenv("INSTANCE"), Log: slog.New(slog.NewJSONHandler(os.Stdout, nil))})
	if os.Getenv("GUARDED") != "" {
		if err := s.StartGuard("/proc/self/exe"); err != nil {
			return err
		}
	}
	if err := s.Start(playing("family")); err != nil {
		return err
	}
	select {}
}

// playing returns a process that plays the role.
func playing(role string) Process {
	return Process{Name: role, Command: []string{"/proc/self/exe"}, Env: []string{roleVariable + "=" + role}}
}

// said is what a supervisor logs.
type said struct {
	t     *testing.T
	lines chan string
}

func (s said) Enabled(context.Context, slog.Level) bool { return true }
func (s said) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s said) WithGroup(string) slog.Handler            { return s }
func (s said) Handle(_ context.Context, r slog.Record) error {
	s.lines <- r.Message
	return nil
}

// until waits for a line that begins so and returns the rest.
func (s said) until(prefix string) string {
	s.t.Helper()
	for {
		select {
		case line := <-s.lines:
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				return rest
			}
		case <-time.After(time.Minute):
			s.t.Fatalf("nobody says %q", prefix)
		}
	}
}

func (s said) relatives(n int) []int {
	s.t.Helper()
	var ids []int
	for range n {
		id, err := strconv.Atoi(s.until("relative "))
		if err != nil {
			s.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// supervised starts p and ends it with the test.
func supervised(t *testing.T, o Options, p Process) (*Supervisor, said) {
	t.Helper()
	lines := said{t, make(chan string, 1000)}
	o.Log = slog.New(lines)
	s := New(o)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := s.Stop(ctx); err != nil && !strings.Contains(err.Error(), "was killed") {
			t.Error(err)
		}
	})
	if err := s.Start(p); err != nil {
		t.Fatal(err)
	}
	return s, lines
}

// gone waits for the death of processes that are no children of the test.
func gone(t *testing.T, ids ...int) {
	t.Helper()
	for _, id := range ids {
		fd, err := unix.PidfdOpen(id, 0)
		if errors.Is(err, unix.ESRCH) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 30_000)
		if err != nil || n != 1 {
			t.Errorf("process %d lives on (%v)", id, err)
		}
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	}
}

func living(ids []int) (n int) {
	for _, id := range ids {
		if _, alive := readStat(id); alive {
			n++
		}
	}
	return n
}

// A child gets its keys over a descriptor, and nothing else that is secret
// (OCO-SEC-18).
func TestWhatAProcessIsGiven(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "canary-of-the-bot")
	p := playing("report")
	p.Env = append(p.Env, "EXTRA=1")
	p.Endpoint = "unix:///run/x.sock"
	var revoked atomic.Int32
	p.KeyLines = func() ([]string, func(), error) {
		return []string{"core oco_core_canary", "poll oco_poll_canary"}, func() { revoked.Add(1) }, nil
	}
	s, lines := supervised(t, Options{OnExit: func(Exit) {
		if revoked.Load() == 0 {
			t.Error("the keys outlive the process")
		}
	}}, p)
	var f facts
	if err := json.Unmarshal([]byte("{"+lines.until("{")), &f); err != nil {
		t.Fatal(err)
	}
	if f.Keys != "core oco_core_canary\npoll oco_poll_canary\n" {
		t.Errorf("keys: %q", f.Keys)
	}
	if everything := strings.Join(append(f.Env, f.Args...), " "); strings.Contains(everything, "canary") {
		t.Errorf("a secret stands in the environment or the arguments: %s", everything)
	}
	for _, want := range []string{"EXTRA=1", "OCO_ENDPOINT=unix:///run/x.sock", "OCO_KEY_FD=3", "PATH=" + os.Getenv("PATH")} {
		if !slices.Contains(f.Env, want) {
			t.Errorf("the environment lacks %s: %q", want, f.Env)
		}
	}
	if f.Session != f.PID || f.Group != f.PID || f.Stdin != "/dev/null" {
		t.Errorf("session, group and input: %+v", f)
	}
	if revoked.Load() != 0 {
		t.Error("revoked too early")
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if revoked.Load() != 1 {
		t.Errorf("revoked %d times", revoked.Load())
	}
}

func TestAProcessThatNeverReadsItsKeysIsStoppedAllTheSame(t *testing.T) {
	p := playing("polite")
	p.KeyLines = func() ([]string, func(), error) { return []string{strings.Repeat("k", 1<<20)}, nil, nil }
	s, lines := supervised(t, Options{}, p)
	lines.until("waiting")
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	lines.until("goodbye") // and what it said last is in the log
}

func TestKeysThatCannotBeMade(t *testing.T) {
	for want, make := range map[string]func() ([]string, func(), error){
		"its keys could not be made: locked": func() ([]string, func(), error) { return nil, nil, errors.New("locked") },
		"contains a line break":              func() ([]string, func(), error) { return []string{"a\nb"}, func() {}, nil },
	} {
		p := playing("polite")
		p.KeyLines = make
		s, lines := supervised(t, Options{}, p)
		lines.until("the plugin has ended")
		if st, err := s.StatusOf("polite"); err != nil || !strings.Contains(st.LastExit, want) || st.PID != 0 {
			t.Errorf("%+v, %v; want %q", st, err, want)
		}
	}
}

func TestAProcessThatFailsIsExplained(t *testing.T) {
	s, lines := supervised(t, Options{}, playing("fail"))
	lines.until("the plugin has ended")
	want := "exit status 1; its last line: no such chat service"
	if st, err := s.StatusOf("fail"); err != nil || st.LastExit != want {
		t.Errorf("got %+v, %v; want %q", st, err, want)
	}
}

func TestACommandThatIsNotThere(t *testing.T) {
	for want, p := range map[string]Process{
		"is not found: looked in PATH":            {Name: "a", Command: []string{"no-such-program-here"}},
		"/nowhere: no such file or directory":     {Name: "b", Command: []string{"/nowhere"}},
		"working directory cannot be used: stat ": {Name: "c", Command: []string{"sleep"}, Dir: "/nowhere"},
		"/proc/version is no directory":           {Name: "d", Command: []string{"sleep"}, Dir: "/proc/version"},
	} {
		s, lines := supervised(t, Options{}, p)
		lines.until("the plugin has ended")
		if st, err := s.StatusOf(p.Name); err != nil || !strings.Contains(st.LastExit, want) {
			t.Errorf("%+v, %v; want %q", st, err, want)
		}
	}
}

func TestTheTerminalIsHandedOver(t *testing.T) {
	inRead, inWrite := pipe(t)
	outRead, outWrite := pipe(t)
	errRead, errWrite := pipe(t)
	p := playing("terminal")
	p.Terminal = &Stdio{In: inRead, Out: outWrite, Err: errWrite, Name: "bender"}
	p.KeyLines = func() ([]string, func(), error) { return []string{"terminal k"}, nil, nil }
	_, lines := supervised(t, Options{}, p)
	if _, err := io.WriteString(inWrite, "ping\n"); err != nil {
		t.Fatal(err)
	}
	for r, want := range map[*os.File]string{outRead: "bender out ping\n", errRead: "err ping\n"} {
		if got, err := bufio.NewReader(r).ReadString('\n'); err != nil || got != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	lines.until("to the log")
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeFiles(r, w) })
	return r, w
}

func TestStopKillsWhatDoesNotListen(t *testing.T) {
	s, lines := supervised(t, Options{StopGrace: time.Millisecond}, playing("stubborn"))
	lines.until("waiting")
	st, err := s.StatusOf("stubborn")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(t.Context()); err == nil || !strings.Contains(err.Error(), "was killed") {
		t.Errorf("%v", err)
	}
	if st, err := s.StatusOf("stubborn"); err != nil || !strings.Contains(st.LastExit, "signal: killed") {
		t.Errorf("%+v, %v", st, err)
	}
	gone(t, st.PID)
}

func TestAKilledProcessIsStartedAgain(t *testing.T) {
	exits := make(chan Exit, 10)
	s, lines := supervised(t, Options{OnExit: func(e Exit) { exits <- e }, Restart: RestartPolicy{First: time.Millisecond}}, playing("polite"))
	for range 3 {
		lines.until("waiting")
		if err := s.MarkReady("polite"); err != nil {
			t.Fatal(err)
		}
		st, err := s.StatusOf("polite")
		if err != nil || st.State != Running {
			t.Fatalf("%+v, %v", st, err)
		}
		if err := unix.Kill(st.PID, unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if e := <-exits; e.PID != st.PID || !e.WasReady || e.Wanted || !strings.HasPrefix(e.Text, "signal: killed") {
			t.Errorf("%+v", e)
		}
	}
}

// Nothing that a plugin started outlives it: not in its group, not in a group of its
// own, not in a session of its own; whether it is stopped or ends by itself.
func TestDescendantsDieWithTheirProcess(t *testing.T) {
	for _, role := range []string{"family", "orphans"} {
		t.Run(role, func(t *testing.T) {
			s, lines := supervised(t, Options{}, playing(role))
			ids := lines.relatives(3)
			if role == "family" {
				lines.until("waiting")
				if n := living(ids); n != 3 {
					t.Fatalf("%d of three live", n)
				}
				if err := s.Stop(t.Context()); err != nil {
					t.Error(err)
				}
			}
			gone(t, ids...)
		})
	}
}

// When the bot is killed its process dies at once, and the next bot of the same
// instance, and no other, ends what is left.
func TestNothingOutlivesAKilledBot(t *testing.T) {
	instance := t.TempDir()
	plugin, ids := killedBot(t, instance, "")
	gone(t, plugin)
	if n := living(ids); n != 3 {
		t.Errorf("%d of three descendants live on: the documentation says that all do", n)
	}
	other := New(Options{Instance: instance + "x"})
	if n, err := other.KillLeftovers(); n != 0 || err != nil {
		t.Errorf("a stranger kills %d, %v", n, err)
	}
	next := New(Options{Instance: instance})
	if n, err := next.KillLeftovers(); n != 3 || err != nil {
		t.Errorf("the next bot kills %d, %v; want 3", n, err)
	}
	gone(t, ids...)
	if err := errors.Join(other.Stop(t.Context()), next.Stop(t.Context())); err != nil {
		t.Error(err)
	}
}

func TestTheGuardKillsDescendantsOfAKilledBot(t *testing.T) {
	plugin, ids := killedBot(t, t.TempDir(), "yes")
	gone(t, append(ids, plugin)...)
}

func TestTheGuardEndsWithTheBot(t *testing.T) {
	s := New(Options{})
	if err := s.StartGuard("no-such-program-here"); err == nil {
		t.Error("a guard that is not there was started")
	}
	if err := s.StartGuard("/proc/self/exe"); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if s.guard.err != nil {
		t.Errorf("the guard: %v", s.guard.err)
	}
	if err := Guard(); err == nil {
		t.Error("a guard started by hand guards")
	}
}

// killedBot lets a bot start a family and kills it. It returns the ids of its process
// and of the three that this one had started.
func killedBot(t *testing.T, instance, guarded string) (plugin int, ids []int) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{roleVariable + "=bot", "INSTANCE=" + instance, "GUARDED=" + guarded, "PATH=" + os.Getenv("PATH")}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for records := json.NewDecoder(out); len(ids) < 3 || plugin == 0; {
		var record struct {
			Msg string `json:"msg"`
			PID int    `json:"pid"`
		}
		if err := records.Decode(&record); err != nil {
			t.Fatal(err)
		}
		plugin = max(plugin, record.PID)
		if rest, ok := strings.CutPrefix(record.Msg, "relative "); ok {
			id, err := strconv.Atoi(rest)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the bot was not killed")
	}
	return plugin, ids
}

func TestProtectSelf(t *testing.T) {
	for role, want := range map[string]string{"open": "dumpable 1", "closed": "dumpable 0 core 0 0"} {
		_, lines := supervised(t, Options{}, playing(role))
		if got := "dumpable" + lines.until("dumpable"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", role, got, want)
		}
	}
}

func TestProcessesStartTogether(t *testing.T) {
	lines := said{t, make(chan string, 1000)}
	s := New(Options{Log: slog.New(lines)})
	for i := range 8 {
		p := playing("polite")
		p.Name += strconv.Itoa(i)
		if err := s.Start(p); err != nil {
			t.Fatal(err)
		}
	}
	for range 8 {
		lines.until("waiting")
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	for _, st := range s.Status() {
		if st.State != Stopped || st.PID != 0 {
			t.Errorf("%+v", st)
		}
	}
}
