package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A mutant is the everything-handler with one mistake, and the case that must find it.
type mutant struct {
	name     string
	right    string // of the source of the everything-handler in Go
	wrong    string
	found    string // the title of the case, or "" for the end of the program
	patience time.Duration
}

var mutants = []mutant{
	{"replies twice", `msg.Reply(msg.Arg("text"))`, `msg.Reply(msg.Arg("text")); msg.Reply(msg.Arg("text"))`,
		"A command takes a message that is addressed and fits whole.", 0},
	{"replies somewhere else", `msg.Reply(msg.Arg("text"))`, `msg.ReplyDirect(msg.Arg("text"))`,
		"A command takes a message that is addressed and fits whole.", 0},
	{"swallows an argument", `if msg.Has("b") {`, `if false {`, "An argument that was not typed and has no default is absent.", 0},
	{"takes an empty text for an absent argument", `if msg.Has("b") {`, `if b = msg.Arg("b"); b != "" {`,
		"An argument that was not typed and has no default is absent.", 0},
	{"counts in floating point", `strconv.FormatInt(msg.Int("a")+msg.Int("b"), 10)`, `fmt.Sprintf("%.0f", float64(msg.Int("a"))+float64(msg.Int("b")))`,
		"Integers have 64 bits, and defaults count.", 0},
	{"changes the order", "msg.Reply(\"one\")\n\tmsg.Reply(\"two\")", "msg.Reply(\"two\")\n\tmsg.Reply(\"one\")",
		"Replies leave in the order in which they were said.", 0},
	{"loses a reply", "msg.Reply(\"one\")\n\tmsg.Reply(\"two\")", "msg.Reply(\"one\")", "Replies leave in the order in which they were said.", 0},
	{"replies and fails", `func tell(context.Context, *oco.Message) error { return`,
		`func tell(_ context.Context, msg *oco.Message) error { msg.Reply("begun"); return`, "What is for the person is told, what is for the log is not.", 0},
	{"tells people what is for the log", `breaks(context.Context, *oco.Message) error { return errLog }`,
		`breaks(context.Context, *oco.Message) error { return oco.Tell(errLog.Error(), errLog) }`, "What is for the person is told, what is for the log is not.", 0},
	{"says that it is done when it failed", `breaks(context.Context, *oco.Message) error { return errLog }`,
		`breaks(context.Context, *oco.Message) error { return nil }`, "What is for the person is told, what is for the log is not.", 0},
	{"fails where it should ask for another attempt", `return oco.RetryAfter(time.Millisecond)`, `return errLog`,
		"A callback may ask to be run again.", 0},
	{"is not repeatable", `flaky, oco.Repeatable()`, `flaky`, "A repeatable route runs again by itself, and says so only once.", 0},
	{"never completes", "msg.Reply(fmt.Sprintf(\"%s in %s\", msg.User().ID, msg.Room().ID))", "select {}",
		"A callback knows who speaks where, by ids of the bot.", 5 * time.Second},
	{"does not stop when it is told to", "<-ctx.Done()\n\treturn context.Cause(ctx)\n}\n\nfunc count", "return nil\n}\n\nfunc count",
		"A callback that takes longer than it may is stopped, and the person is told.", 0},
	{"writes though it fails", "msg.Transaction().Add(msg.Arg(\"name\"), 100)\n", "msg.Store().Add(context.Background(), msg.Arg(\"name\"), 100)\n",
		"State commits with the outcome, or not at all.", 0},
	{"lets everybody in", `restricted, oco.Allow("ops"))`, `restricted)`, "A command for a group is refused to everybody else, and not shown to them.", 0},
	{"is not marked as dangerous", `oco.Danger(), `, ``, "A dangerous command is refused if something in it cannot be seen.", 0},
	{"dies", "msg.Reply(fmt.Sprintf(\"%s in %s\", msg.User().ID, msg.Room().ID))", "panic(func() any { os.Exit(3); return nil }())",
		"A callback knows who speaks where, by ids of the bot.", 5 * time.Second},
	{"ends with an error", `func main() {`, `func main() { told := make(chan os.Signal, 1); signal.Notify(told, syscall.SIGTERM); go func() { <-told; os.Exit(3) }();`, "", 0},
}

// build makes one program of all mutants, of which the variable MUTANT picks one.
func build(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("everything/go/main.go")
	if err != nil {
		t.Fatal(err)
	}
	dir, here := t.TempDir(), abs(t, ".")
	overlay := map[string]string{}
	add := func(pkg, text string) {
		file := filepath.Join(dir, pkg+".go")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay[filepath.Join(here, "mutants", pkg, "main.go")] = file
	}
	imports, cases := "", ""
	for i, m := range mutants {
		text := string(source)
		if strings.Count(text, m.right) != 1 {
			t.Fatalf("%s: the source of the everything-handler has %q %d times", m.name, m.right, strings.Count(text, m.right))
		}
		pkg := fmt.Sprintf("m%d", i)
		for _, change := range [][2]string{
			{m.right, m.wrong}, {"package main\n", "package " + pkg + "\n"}, {"func main() {", "func Main() {"},
			{"import (\n", "import (\n\t\"os/signal\"\n\t\"syscall\"\n"},
		} {
			text = strings.Replace(text, change[0], change[1], 1)
		}
		add(pkg, text+"\nvar _, _, _ = os.Exit, signal.Notify, syscall.SIGTERM\n")
		imports += fmt.Sprintf("\t%q\n", "github.com/openchatops/oco/conformance/mutants/"+pkg)
		cases += fmt.Sprintf("\tcase %q:\n\t\t%s.Main()\n", m.name, pkg)
	}
	add("all", "package main\n\nimport (\n\t\"os\"\n"+imports+")\n\nfunc main() {\n\tswitch os.Getenv(\"MUTANT\") {\n"+cases+"\t}\n}\n")
	list, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o600); err != nil {
		t.Fatal(err)
	}
	return goBuild(t, "github.com/openchatops/oco/conformance/mutants/all", "-overlay", filepath.Join(dir, "overlay.json"))
}

func goBuild(t *testing.T, pkg string, flags ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), filepath.Base(pkg))
	if said, err := exec.Command("go", slices.Concat([]string{"build", "-o", out}, flags, []string{pkg})...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return out
}

func abs(t *testing.T, name string) string {
	t.Helper()
	full, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return full
}

// Each mistake is found by the case that is meant to find it.
func TestMutants(t *testing.T) {
	program, bot := build(t), os.Getenv("OCO_BIN")
	if bot == "" {
		bot = goBuild(t, "github.com/openchatops/oco/cmd/oco")
	}
	all, err := HandlerCases()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants {
		t.Run(strings.ReplaceAll(m.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			var chosen []Case
			for _, c := range all {
				if c.Title == m.found {
					chosen = append(chosen, c)
				}
			}
			if m.found != "" && len(chosen) != 1 {
				t.Fatalf("%d cases are called %q", len(chosen), m.found)
			}
			wait := m.patience
			if wait == 0 {
				wait = patience
			}
			var found error
			options := Options{Bot: bot, Command: []string{"env", "MUTANT=" + m.name, program}}
			at := play(t.Context(), options, chosen, wait, func(r Result) { found = r.Err })
			if m.found == "" {
				found = at
			}
			if found == nil {
				t.Fatal("nobody found it")
			}
			t.Log(found)
		})
	}
}
