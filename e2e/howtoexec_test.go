package e2e

import (
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
)

// TestHowToExec follows docs/howto-exec.md: its files, its commands, in its order. Only
// the id of who sits at the terminal is put in; a test that is not root finds out that it
// may not have another user.
func TestHowToExec(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	for _, at := range []string{dir, filepath.Dir(ocoBinary)} {
		if err := os.Chmod(at, 0o755); err != nil { // for nobody to go through
			t.Fatal(err)
		}
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(read(t, filepath.Join("..", "docs", "howto-exec.md")), "user:1:alice\"]}", "user:1:"+me.Username+"\"]}")
	var bot *talk
	steps := 0
	for _, step := range marked.FindAllStringSubmatch(text, -1) {
		steps++
		if step[2] == "tools" && os.Geteuid() != 0 {
			out, _, code := command(t, dir, "", ocoBinary, "check", "-c", "tools.yaml")
			if code != 1 || !strings.Contains(out, "only root can start a process as another user") {
				t.Errorf("oco check: exit code %d\n%s", code, out)
			}
			continue
		}
		out, ran := follow(t, dir, step)
		if !ran {
			continue
		}
		switch step[2] {
		case "check":
			if out != "oco.yaml is fine\n" {
				t.Errorf("oco check says:\n%s", out)
			}
			bot = inDir(t, dir, nil, ocoBinary, "run", "-c", "oco.yaml")
			bot.tell("disk /")
			bot.expect("Mounted on")
			bot.expect("% /\n```")
			bot.tell("disk /no/such/place")
			bot.expect("There is no such place.")
			bot.tell("deploy web to staging --dry-run")
			bot.expect("```\n5: --dry-run --to staging -- web\nbuild\npush\nstart\n```\nDone in ")
			bot.tell("deploy $(id) to prod")
			bot.expect("deploy failed: I do not take this for app: it does not fit what the operator allows.")
		case "tools":
			if out != "tools.yaml is fine\n" {
				t.Errorf("oco check says:\n%s", out)
			}
			tools := inDir(t, dir, []string{"TARGET=/elsewhere"}, ocoBinary, "run", "-c", "tools.yaml")
			tools.tell("backup where")
			tools.expect("/srv/backup, as " + me.Username)
			tools.tell("visit")
			tools.expect("I am nobody.")
		case "reload":
			if out != "changed: handlers.exec.settings\n" {
				t.Errorf("oco reload says:\n%s", out)
			}
			await(t, "the command has its new name", func() bool {
				bot.tell("space /")
				return strings.Count(bot.said.String(), "Mounted on") > 1
			})
		}
	}
	if steps != 6 {
		t.Errorf("the page has %d steps", steps)
	}
}
