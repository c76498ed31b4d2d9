package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestHowToRenameCommands follows docs/howto-rename-commands.md: its file, its commands,
// in its order, and says what the page is about (OCO-RTE-36, OCO-RTE-37). Only a free
// port is put in. There is no room but the direct one here: where the bot listens is
// tested beside its rules.
func TestHowToRenameCommands(t *testing.T) {
	t.Parallel()
	text := read(t, filepath.Join("..", "docs", "howto-rename-commands.md"))
	dir := shortDir(t)
	steps := marked.FindAllStringSubmatch(text, -1)
	if len(steps) != 3 {
		t.Fatalf("the page has %d steps", len(steps))
	}
	write(t, filepath.Join(dir, steps[0][2]), aside(t, steps[0][3]))
	if out, _ := follow(t, dir, steps[1]); out != "oco.yaml is fine\n" {
		t.Errorf("oco check says:\n%s", out)
	}
	bot := inDir(t, dir, nil, ocoBinary, "run", "-c", "oco.yaml")
	await(t, "the bot is up", func() bool {
		list, _, _ := command(t, dir, "", ocoBinary, "routes", "-c", "oco.yaml")
		return strings.Contains(list, "core:echo")
	})
	list, _, _ := command(t, dir, "", ocoBinary, "routes", "-c", "oco.yaml")
	for _, want := range []string{"echo {text...} | say {text...} | shout (it|that) {text...}", "hidden", "disabled"} {
		if !strings.Contains(list, want) {
			t.Errorf("oco routes does not say %q:\n%s", want, list)
		}
	}
	for _, c := range []struct{ say, want string }{
		{"say the first", "the first"},
		{"shout that the second", "the second"},
		{"echo the third", "the third"},
		{"whoami", "user:1:"},
		{"whoam", "There is no command \"whoam\"."},
		{"users", "There is no command \"users\"."},
	} {
		bot.tell(c.say)
		bot.expect(c.want)
	}
	if out, _ := follow(t, dir, steps[2]); !strings.Contains(text, "\n```\n"+out+"```\n") {
		t.Errorf("the page does not show what oco check says:\n%s", out)
	}
}
