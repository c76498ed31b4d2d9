package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestHowToBackup follows docs/howto-backup.md: its file, its commands, in its order.
func TestHowToBackup(t *testing.T) {
	t.Parallel()
	text := read(t, filepath.Join("..", "docs", "howto-backup.md"))
	dir := shortDir(t)
	var bot *talk
	start := func() {
		bot = inDir(t, dir, nil, ocoBinary, "run", "-c", "oco.yaml")
		await(t, "the bot is ready", func() bool {
			_, _, code := command(t, dir, "", ocoBinary, "status", "-c", "oco.yaml")
			return code == 0
		})
	}
	stop := func() {
		if err := bot.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		<-bot.done
	}
	steps := 0
	for _, step := range marked.FindAllStringSubmatch(text, -1) {
		steps++
		switch step[2] {
		case "away", "doctor":
			stop()
		case "get":
			start()
		}
		out, ran := follow(t, dir, step)
		if !ran {
			start()
			continue
		}
		want := map[string]string{
			"put": "greeting at revision 1", "backup": "oco.backup: ", "restore": "data: restored ", "get": `"hello"`, "doctor": "rows are sound",
		}[step[2]]
		if !strings.Contains(out, want) {
			t.Errorf("%s says:\n%s", step[2], out)
		}
	}
	if steps != 7 {
		t.Errorf("the page has %d steps", steps)
	}
	if info, err := os.Stat(filepath.Join(dir, "oco.backup")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: %v, %v", info, err)
	}
}
