package e2e

import (
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var writePages = flag.Bool("write-pages", false, "write what the commands print into the pages that show it")

// consoles are the commands of a page with what they print.
var consoles = regexp.MustCompile("(?m)^(<!-- a bot runs -->\n)?```console\n\\$ (.*)\n((?:.*\n)*?)```$")

// TestHowToMatch follows docs/howto-match.md: its files, and its commands, which print
// what stands there.
func TestHowToMatch(t *testing.T) {
	t.Parallel()
	page := filepath.Join("..", "docs", "howto-match.md")
	text := read(t, page)
	dir := shortDir(t)
	for _, file := range marked.FindAllStringSubmatch(text, -1) {
		if file[2] == "oco.yaml" {
			file[3] = aside(t, file[3])
		}
		write(t, filepath.Join(dir, file[2]), file[3])
	}
	if err := os.Symlink(ocoBinary, filepath.Join(dir, "oco")); err != nil {
		t.Fatal(err)
	}
	running := false
	n := 0
	got := consoles.ReplaceAllStringFunc(text, func(block string) string {
		n++
		parts := consoles.FindStringSubmatch(block)
		if parts[1] != "" && !running {
			running = true
			inDir(t, dir, nil, filepath.Join(dir, "oco"), "run", "-c", "oco.yaml")
			await(t, "the bot is up", func() bool {
				_, _, code := command(t, dir, "", ocoBinary, "status")
				return code == 0
			})
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", parts[2])
		cmd.Dir, cmd.Env = dir, append(environment(), "NO_COLOR=1", "PATH="+dir+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if err != nil && cmd.ProcessState.ExitCode() != 1 {
			t.Errorf("%s: %v\n%s", parts[2], err, out)
		}
		return parts[1] + "```console\n$ " + parts[2] + "\n" + string(out) + "```"
	})
	if n != 7 || !running {
		t.Fatalf("the page has %d commands", n)
	}
	leavesNothing(t, dir)
	if *writePages {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got != text {
		t.Errorf("the page does not show what the commands print; they print\n%s", strings.Join(consoles.FindAllString(got, -1), "\n"))
	}
}

// leavesNothing asks the bot that runs in a directory about a message with a secret,
// for who may run the command and for who may not: it is written down nowhere
// (OCO-RPC-37).
func leavesNothing(t *testing.T, dir string) {
	t.Helper()
	for user, want := range map[string]string{"alice": "deployer:deploy takes it.\n", "bob": "deployer:deploy takes it, and is refused.\n"} {
		out, errs, code := command(t, dir, "", ocoBinary, "match", "deploy hunter2 to prod", "--as", "user:1:"+user)
		if !strings.HasPrefix(out, want) || !strings.Contains(out, "hunter2") || (code == 0) != (user == "alice") || errs != "" {
			t.Errorf("as %s: exit %d, %q and %q", user, code, out, errs)
		}
	}
	if out, errs, code := command(t, dir, "", ocoBinary, "outcomes", "list", "--all"); code != 0 || strings.Contains(out, "deploy") {
		t.Errorf("exit %d, %q and %q", code, out, errs)
	}
	err := filepath.WalkDir(filepath.Join(dir, "oco-data"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if content, err := os.ReadFile(path); err != nil || strings.Contains(string(content), "hunter2") {
			t.Errorf("%s has the secret, or cannot be read: %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
