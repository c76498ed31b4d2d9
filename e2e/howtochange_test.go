package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestHowToChangeARunningBot follows docs/howto-change-a-running-bot.md: its files, its
// commands, in its order. Only the port is put in.
func TestHowToChangeARunningBot(t *testing.T) {
	need(t, "curl", "the handler is made of it")
	need(t, "jq", "the handler is made of it")
	t.Parallel()
	port := freePort(t)
	text := strings.ReplaceAll(read(t, filepath.Join("..", "docs", "howto-change-a-running-bot.md")), "127.0.0.1:8765", port)
	dir := shortDir(t)
	var bot *talk
	steps := 0
	for _, step := range marked.FindAllStringSubmatch(text, -1) {
		steps++
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
			await(t, "the handler is there", func() bool {
				list, _, _ := command(t, dir, "", ocoBinary, "plugins", "-c", "oco.yaml")
				return strings.Contains(list, "disk") && strings.Count(list, "running") == 3
			})
			bot.tell("disk /")
			bot.expect("% full")
		case "reload":
			if !strings.Contains(text, "\n```\n"+out+"```\n") {
				t.Errorf("the page does not show what oco reload says:\n%s", out)
			}
		case "restart":
			if !strings.Contains(out, "restarted: disk\n") || !strings.Contains(out, "a restart was asked for") {
				t.Errorf("oco plugins restart and oco plugins say:\n%s", out)
			}
			bot.tell("disk .")
			bot.expect(". is ")
		}
	}
	if steps != 6 {
		t.Errorf("the page has %d steps", steps)
	}
}
