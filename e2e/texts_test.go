package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestHowToTranslate follows docs/howto-translate.md: its files, its commands, in its
// order. Then people speak to the bot, and a reload gives it other texts (OCO-RTE-32,
// OCO-RTE-35).
func TestHowToTranslate(t *testing.T) {
	t.Parallel()
	text := read(t, filepath.Join("..", "docs", "howto-translate.md"))
	dir := shortDir(t)
	steps := 0
	for _, step := range marked.FindAllStringSubmatch(text, -1) {
		steps++
		if step[1] == "file" {
			write(t, filepath.Join(dir, step[2]), step[3])
			continue
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", step[3])
		cmd.Dir, cmd.Env = dir, append(environment(), "PATH="+filepath.Dir(ocoBinary)+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", step[2], err, out)
		}
		switch step[2] {
		case "begin":
			if whole := read(t, filepath.Join(dir, "whole.fr.yaml")); !strings.Contains(whole, "\nlanguage: fr\n") || !strings.Contains(whole, "\nnotice.failed: \"{command} failed: {why}\"\n") {
				t.Errorf("the whole catalogue is\n%s", whole)
			}
		case "missing":
			missing := read(t, filepath.Join(dir, "missing.fr.yaml"))
			if strings.Contains(missing, "\nnotice.failed:") || strings.Contains(missing, "\nunmatched:") || !strings.Contains(missing, "\nnotice.done:") {
				t.Errorf("what is missing is\n%s", missing)
			}
		case "check":
			if string(out) != "oco.yaml is fine\n" {
				t.Errorf("oco check says:\n%s", out)
			}
		case "mistake":
			line, _, _ := strings.Cut(string(out), "\n")
			if line = strings.TrimPrefix(line, dir+"/"); !strings.Contains(text, "\n```\n"+line+"\n```\n") {
				t.Errorf("the page does not show %q of what oco check says:\n%s", line, out)
			}
		}
	}
	if steps != 6 {
		t.Errorf("the page has %d steps", steps)
	}

	bot := inDir(t, dir, nil, ocoBinary, "run", "-c", "oco.yaml")
	await(t, "the bot is there", func() bool {
		list, _, _ := command(t, dir, "", ocoBinary, "plugins", "-c", "oco.yaml")
		return strings.Count(list, "running") == 2
	})
	bot.tell("frobnicate {bot}")
	bot.expect("« frobnicate {bot} » ? oco help, ou demande dans #aide.")
	config := read(t, filepath.Join(dir, "oco.yaml"))
	write(t, filepath.Join(dir, "oco.yaml"), strings.Replace(config, "ou demande dans #aide", "ou lis le manuel", 1))
	write(t, filepath.Join(dir, "texts.fr.yaml"), read(t, filepath.Join("..", "docs", "texts.de.yaml")))
	if out, errs, code := command(t, dir, "", ocoBinary, "reload", "-c", "oco.yaml"); code != 0 || out != "changed: texts.unmatched, texts_file\n" {
		t.Errorf("oco reload ends with %d: %s%s", code, out, errs)
	}
	bot.tell("frobnicate again")
	bot.expect("« frobnicate again » ? oco help, ou lis le manuel.")
	bot.tell("echoo hello")
	bot.expect("War eins davon gemeint?")
	bot.tell("retry d0123456789ab")
	bot.expect("d0123456789ab kenne ich nicht.")
}
