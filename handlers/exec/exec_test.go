//go:build unix

package exec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/handlers/exec"
	"github.com/openchatops/oco/ocotest"
)

type fields = map[string]any

// withCommands is a bot with these commands.
func withCommands(t testing.TB, log *slog.Logger, commands ...fields) *ocotest.Bot {
	t.Helper()
	all := []any{}
	for _, c := range commands {
		all = append(all, c)
	}
	return ocotest.StartWith(t, ocotest.Config{
		Groups:   map[string][]string{"ops": {"alice"}},
		Scopes:   map[string][]string{"exec": {"rooms.read"}},
		Settings: map[string]fields{"exec": {"commands": all}},
		Log:      log,
	}, exec.New())
}

func sh(pattern, script string, more ...any) fields {
	return fields{"command": pattern, "run": append([]any{"sh", "-c", script, "sh"}, more...)}
}

func with(c fields, key string, value any) fields {
	c[key] = value
	return c
}

func TestProgramsAreCommands(t *testing.T) {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	bot := withCommands(t, nil,
		fields{"command": "say {what...}", "run": []any{"printf", "%s|%s\n", "{what}", "$HOME"}},
		fields{"command": "list {names*} [--long] [--in={dir}]", "run": []any{"printf", "[%s]", "{long?-l}", "{dir?--dir}", "{dir}", "--", "{names*}"}, "output": "block"},
		sh("quiet", "echo noise >&2"),
		sh("fail {code:integer}", `echo out; echo "first" >&2; echo "second" >&2; exit "$1"`, "{code}"),
		with(sh("look", "echo seen; exit 3"), "exit", fields{"3": "There is nothing to do."}),
		sh("die", "kill -9 $$"),
		with(fields{"command": "here", "run": []any{"./here.sh"}}, "dir", "testdata"),
		with(sh("guard", "echo on guard"), "allow", []any{"ops"}),
		with(sh("burn", "echo burnt"), "danger", true),
	)
	says := func(who, command string, replies ...string) *ocotest.Person {
		t.Helper()
		p := bot.As(who) // notices in one room wait for each other
		p.Command(command)
		p.WantReply(replies...)
		return p
	}
	says("ada", `say $(id) "; rm -rf / && {what} *`, `$(id) "; rm -rf / && {what} *|$HOME`)
	bot.WantOutcome(oco.Done)
	says("bea", "say --version").WantNotice("say failed: I do not take this for what: it begins with a dash")
	bot.WantOutcome(oco.Failed)
	says("cai", `list a "b c" --long --in=/tmp`, "```\n[-l][--dir][/tmp][--][a][b c]\n```")
	says("dan", "list a", "```\n[--][a]\n```")
	says("eve", "quiet").WantReaction("✅")
	bot.WantOutcome(oco.Done)
	says("fay", "fail 3", "out").WantNotice("fail failed: exit code 3. It said last:\nfirst\nsecond")
	bot.WantOutcome(oco.Failed)
	says("gil", "fail 0", "out")
	bot.WantOutcome(oco.Done)
	says("hal", "look", "seen", "There is nothing to do.")
	bot.WantOutcome(oco.Done)
	says("ida", "die").WantNotice("die failed: the program was ended by a signal (killed).")
	says("jan", "here", dir)
	says("kim", "guard").WantNotice("guard was refused")
	says("alice", "guard", "on guard")
	says("lou", "burn").WantNotice("burn was refused")
}

// A program that reads JSON gets everything that is known, with its types, and a secret
// in no other way.
func TestAProgramReadsJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "request")
	var log bytes.Buffer
	bot := withCommands(t, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		fields{
			"command": "all {t} {i:integer} {n:number} {f:flag} {d:duration} {w:time} {u:user} {r:room} {c:on|off} [--o={o}] [--force] [--quiet] {l*:integer}",
			"run":     []any{"sh", "-c", `cat > "$OUT"`}, "stdin": "json", "env": []any{"PATH", "OUT=" + file},
		},
		fields{"command": "args {i:integer} {n:number} {f:flag} {d:duration} {w:time} {u:user} {c:on|off}",
			"run": []any{"printf", "%s ", "{i}", "{n}", "{f}", "{d}", "{w}", "{u}", "{c}"}},
		with(sh("unlock {pin:secret}", "cat > /dev/null; echo tried it >&2; exit 1"), "stdin", "json"))
	ops := bot.In("ops")
	ops.Command(`all "a b" 7 0.5 yes 1h30m 2026-12-24T18:00 me here OFF --force 1 2`)
	bot.WantOutcome(oco.Done)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Command, Text, Time string
		Arguments           json.RawMessage
		User                struct {
			ID, Name string
			Groups   []string
		}
		Room       struct{ ID, Kind string }
		DeliveryID string `json:"delivery_id"`
		Attempt    int
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	arguments := `{"c":"off","d":"5400s","f":true,"force":true,"i":7,"l":[1,2],"n":0.5,"quiet":false,"r":{"id":"room:1:ops","name":"ops","kind":"channel"},"t":"a b",` +
		`"u":{"id":"user:1:alice","name":"alice","mention_name":"alice","principal":"user:1:alice","groups":["ops"]},"w":"2026-12-24T18:00:00Z"}`
	if string(got.Arguments) != arguments {
		t.Errorf("arguments\n%s\nwant\n%s", got.Arguments, arguments)
	}
	if got.Command != "all" || !strings.HasPrefix(got.Text, "all \"a b\"") || got.User.ID != "user:1:alice" || got.User.Groups[0] != "ops" || got.Room.ID != "room:1:ops" || got.Room.Kind != "channel" ||
		got.DeliveryID == "" || got.Attempt != 1 || got.Time == "" {
		t.Errorf("%s", text)
	}
	bot.Command("args -3 0.25 no 90s 2026-12-24T18:00 me ON")
	bot.WantNotice("I do not take this for i: it begins with a dash")
	bot.As("bob").Command("args 3 0.25 no 90s 2026-12-24T18:00 me ON")
	bot.As("bob").WantReply("3 0.25 false 90s 2026-12-24T18:00:00Z user:1:bob on ")
	eve := bot.As("eve")
	eve.Command("unlock hunter2")
	eve.WantNotice("unlock failed: exit code 1: tried it")
	bot.Kill("exec") // its log is whole then
	if strings.Contains(log.String(), "hunter2") || strings.Contains(log.String(), "a b") || strings.Contains(log.String(), "tried it") || !strings.Contains(log.String(), "a program has ended") {
		t.Errorf("the log holds what was said:\n%s", log.String())
	}
}

// A program sees the variables that it is allowed, and nothing of the bot's.
func TestTheEnvironmentOfAProgram(t *testing.T) {
	t.Setenv("OCO_KEY", "oco_exec_1_secret")
	t.Setenv("OCO_ENDPOINT", "unix:///x")
	t.Setenv("AWS_SECRET", "secret")
	t.Setenv("DEPLOY_TO", "prod")
	t.Setenv("LANG", "C.UTF-8")
	t.Setenv("HOME", "/var/lib/bot")
	names := `env | grep -v -e '^PWD=' -e '^SHLVL=' -e '^_=' -e '^OLDPWD=' -e '^OCO_LAUNCH=' | sed 's/^PATH=.*/PATH/' | sort | tr '\n' ' '`
	bot := withCommands(t, nil,
		sh("usual", names),
		with(sh("listed", names), "env", []any{"PATH", "DEPLOY_TO", "MODE=a=b", "NO_SUCH_VARIABLE"}),
	)
	bot.Command("usual")
	bot.WantReply("HOME=/var/lib/bot LANG=C.UTF-8 PATH ")
	bot.Command("listed")
	bot.WantReply("DEPLOY_TO=prod MODE=a=b PATH ")
}

// A program runs as another user, with its groups and at its home.
func TestAProgramOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can start a process as another user")
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	bot := withCommands(t, nil, with(with(sh("who", `echo "$(id -u) $(id -g) $HOME $USER"; cat /etc/shadow`), "user", "nobody"), "dir", "/"))
	bot.Command("who")
	bot.WantReply(nobody.Uid + " " + nobody.Gid + " " + nobody.HomeDir + " nobody")
	bot.WantNotice("Permission denied")

	// Where that user may not be, the log says so and not the person.
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	bot = withCommands(t, slog.New(slog.NewTextHandler(&log, nil)), with(with(sh("who", "id"), "user", "nobody"), "dir", dir))
	bot.Command("who")
	bot.WantNotice("who failed: the program could not be started; an operator finds the reason in the log.")
	bot.Kill("exec")
	if want := "in " + dir + " as nobody: start /"; !strings.Contains(log.String(), want) || !strings.Contains(log.String(), "it must be allowed to be there") {
		t.Errorf("the log does not say %q:\n%s", want, log.String())
	}
}

// waiting reads the process ids of testdata/tree.sh.
func waiting(t *testing.T, file string) (pids []int) {
	t.Helper()
	for {
		text, err := os.ReadFile(file)
		if err != nil {
			time.Sleep(5 * time.Millisecond) // for a process to say that it is there
			continue
		}
		for word := range strings.FieldsSeq(string(text)) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
		return pids
	}
}

// gone fails unless none of the processes lives.
func gone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		for tries := 0; syscall.Kill(pid, 0) == nil && !zombie(pid); tries++ {
			if tries == 2000 {
				t.Fatalf("process %d is alive", pid)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// zombie says whether a process is dead and only not yet reaped.
func zombie(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(text), ") Z ")
}

// However a command comes to its end, nothing that it started is left.
func TestNoOrphans(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	tree, err := filepath.Abs("testdata/tree.sh")
	if err != nil {
		t.Fatal(err)
	}
	program := func(pattern string, more ...any) fields {
		return fields{"command": pattern, "run": append([]any{"sh", tree, file}, more...), "stdin": "json"}
	}
	const timeout = "4s" // by then also a slow machine has started it
	t.Run("its timeout is over", func(t *testing.T) {
		bot := withCommands(t, nil, with(program("wait"), "timeout", timeout))
		bot.Command("wait")
		gone(t, waiting(t, file))
		bot.WantReply("waiting")
		bot.WantNotice("wait failed: the program was ended after 4", " s, because its timeout was over")
		bot.WantOutcome(oco.Failed)
	})
	again := func(t *testing.T) {
		t.Helper()
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("somebody cancels it", func(t *testing.T) {
		again(t)
		request := file + ".request"
		bot := withCommands(t, nil, fields{"command": "wait", "stdin": "json", "run": []any{"sh", "-c", `cat > "$1"; exec sh "$2" "$3"`, "sh", request, tree, file}})
		wait := bot.BeginCommand("wait")
		pids := waiting(t, file)
		text, err := os.ReadFile(request)
		if err != nil {
			t.Fatal(err)
		}
		_, id, _ := strings.Cut(string(text), `"delivery_id":"`)
		id, _, _ = strings.Cut(id, `"`)
		bot.Command("oco cancel " + id)
		wait()
		gone(t, pids)
	})
	t.Run("it ignores that it is to end", func(t *testing.T) {
		again(t)
		exec.KillAfter(t, 100*time.Millisecond)
		bot := withCommands(t, nil, with(program("wait", "stubborn"), "timeout", timeout))
		bot.Command("wait")
		gone(t, waiting(t, file))
		bot.WantReply("waiting")
		bot.WantNotice("because its timeout was over")
	})
	t.Run("the handler ends", func(t *testing.T) {
		again(t)
		bot := withCommands(t, nil, program("wait"))
		wait := bot.BeginCommand("wait")
		pids := waiting(t, file)
		bot.Kill("exec")
		wait()
		gone(t, pids)
	})
	t.Run("it leaves something behind", func(t *testing.T) {
		again(t)
		bot := withCommands(t, nil, fields{"command": "leave", "run": []any{"sh", "-c", `sh "$1" "$2" & while ! [ -e "$2" ]; do sleep 0.01; done; echo done`, "sh", tree, file}})
		bot.Command("leave")
		bot.WantOutcome(oco.Done)
		gone(t, waiting(t, file))
	})
}

// What floods and what speaks to terminals is said in a form that a chat can bear.
func TestOutputIsBounded(t *testing.T) {
	bot := withCommands(t, nil,
		with(sh("flood", "echo first; yes | head -c 3000000; echo last"), "max_lines", int64(4)),
		sh("paint", `printf '\033[31mred\033[0m \033]0;owned\007\377\n10%%\r100%%\n'`),
		with(with(sh("much", "seq 1 100000"), "output", "block"), "max_output", int64(256)),
	)
	bot.Command("flood")
	bot.WantReply("first\ny\n[… 1499998 lines left out …]\ny\nlast")
	bot.Command("paint")
	bot.WantReply("red \uFFFD\n100%")
	bot.Command("much")
	bot.WantOutcome(oco.Done)
}

// A program that goes on for longer than a second is one message that is edited; what
// it says is in status_test.go.
func TestOutputIsStreamed(t *testing.T) {
	bot := withCommands(t, nil, with(sh("work", "echo one; sleep 4; echo two >&2; exit 4"), "output", "stream"))
	ops := bot.In("ops")
	ops.Command("work")
	bot.WantOutcome(oco.Failed)
	ops.WantReply("```\none\n```\nRunning.")
	ops.WantNotice("work failed: exit code 4.")
}

// Mistakes of the settings keep the handler from starting, and all are told, each with
// its path.
func TestSettingsThatAreWrong(t *testing.T) {
	fatal := ""
	func() {
		defer func() { _ = recover() }()
		withCommands(fails{t, &fatal}, nil,
			fields{"command": "a {x}", "run": []any{"echo", "{y}"}, "tiemout": "3s"},
			fields{"command": "b", "run": []any{"echo"}, "user": "no-such-user"},
			fields{"command": "c {x", "run": []any{"echo"}})
	}()
	if !strings.Contains(fatal, "exec ended") || !strings.Contains(fatal, "commands[0].tiemout") || !strings.Contains(fatal, "did you mean `timeout`?") {
		t.Errorf("it says %s", fatal)
	}
	func() {
		defer func() { _ = recover() }()
		withCommands(fails{t, &fatal}, nil,
			fields{"command": "a {x}", "run": []any{"echo", "{y}"}},
			fields{"command": "b", "run": []any{"echo"}, "user": "no-such-user"},
			fields{"command": "c {x", "run": []any{"echo"}})
	}()
	for _, want := range []string{"`commands[0].run[1]`: the pattern has no `{y}`", "`commands[1].user`: ", "`commands[2].command`: "} {
		if !strings.Contains(fatal, want) {
			t.Errorf("it does not say %s:\n%s", want, fatal)
		}
	}
}

// fails is a test whose end is caught.
type fails struct {
	*testing.T
	why *string
}

// Fatalf ends what runs and notes why.
func (f fails) Fatalf(format string, args ...any) {
	*f.why = fmt.Sprintf(format, args...)
	panic(*f.why)
}
