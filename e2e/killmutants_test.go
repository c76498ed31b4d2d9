package e2e

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// wrongHandlers have one mistake each; the judge has to see it. The first ones are
// shown in every run of the tests.
var wrongHandlers = []struct{ name, right, wrong, seen string }{
	{"runs again what was cut off", `"Run once.", once)`, `"Run once.", once, oco.Repeatable())`, "a second run of a once route"},
	{"swallows", `	msg.Reply(fmt.Sprintf("once %s ran", msg.Arg("n")))`, ``, "its reply was posted 0 times, want 1"},
	{"leaves at once", `func main() {`, `func main() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	go func() { <-told; os.Exit(0) }()
	`, "only stops in order came between"},
	{"does it twice", `	time.Sleep(30 * time.Millisecond)`, `	if err := writeDown(msg); err != nil {
		return err
	}`, "a second run of a once route"},
	{"says that it is done", `	time.Sleep(150 * time.Millisecond)`, `	return nil`, "its reply was posted 0 times, want 1"},
	{"replies before it is done", `	time.Sleep(30 * time.Millisecond)
	msg.Reply(fmt.Sprintf("once %s ran", msg.Arg("n")))`, `	if _, err := msg.ReplyNow(ctx, fmt.Sprintf("once %s ran", msg.Arg("n"))); err != nil {
		return err
	}
	time.Sleep(150 * time.Millisecond)`, "its reply was posted 1 times, want 0"},
	{"counts by itself", `	msg.Transaction().Add(msg.Arg("name"), 1)`, `	if _, err := msg.Store().Add(ctx, msg.Arg("name"), 2); err != nil {
		return err
	}`, "commands are done"},
}

// TestTheJudgeSeesWrongHandlers kills handlers that have one mistake, and wants the
// judge of TestKillHandlers to see it.
func TestTheJudgeSeesWrongHandlers(t *testing.T) {
	t.Parallel()
	wrong := wrongHandlers
	if !torture {
		wrong = wrong[:3]
	}
	for _, m := range wrong {
		t.Run(strings.ReplaceAll(m.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			v := newTown(t, changed(t, m.right, m.wrong), true)
			for range 30 { // what is hit by a kill is drawn
				v.rounds(1)
				if _, problems := v.history().judge(); strings.Contains(strings.Join(problems, "\n"), m.seen) {
					return
				}
			}
			t.Errorf("the judge does not see it: %q", m.seen)
		})
	}
}

// changed builds the everything-handler in Go with a change.
func changed(t *testing.T, right, wrong string) program {
	t.Helper()
	source := filepath.Join(everything(t, "go"), "main.go")
	text, dir := read(t, source), t.TempDir()
	if strings.Count(text, right) != 1 {
		t.Fatalf("%s has %q %d times", source, right, strings.Count(text, right))
	}
	text = strings.Replace(text, right, wrong, 1)
	text = strings.Replace(text, "once(_ context.Context", "once(ctx context.Context", 1)
	if strings.Contains(wrong, "signal.") {
		text = strings.Replace(text, "import (\n", "import (\n\t\"os/signal\"\n\t\"syscall\"\n", 1)
	}
	write(t, filepath.Join(dir, "main.go"), text)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: filepath.Join(dir, "main.go")}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "overlay.json"), string(overlay))
	p := program{command: []string{filepath.Join(dir, "wrong")}}
	if err := ran("go", "build", "-C", "..", "-overlay", filepath.Join(dir, "overlay.json"), "-o", p.command[0], "./conformance/everything/go"); err != nil {
		t.Fatal(err)
	}
	return p
}
