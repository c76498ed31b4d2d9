package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestHowToThirdParty follows docs/howto-third-party.md: its files, its commands, in
// its order. The programs find the bot by OCO_URL (OCO-LIF-51). Only the port is put in; a test that is not root finds out that it may
// not have another user, and goes on as itself.
func TestHowToThirdParty(t *testing.T) {
	need(t, "python3", "one of the handlers is in Python")
	need(t, "curl", "one of the handlers is made of it")
	need(t, "jq", "one of the handlers is made of it")
	t.Parallel()
	port := freePort(t)
	text := strings.ReplaceAll(read(t, filepath.Join("..", "docs", "howto-third-party.md")), "127.0.0.1:8765", port)
	steps := marked.FindAllStringSubmatch(text, -1)
	if len(steps) != 5 {
		t.Fatalf("the page has %d steps", len(steps))
	}
	dir := shortDir(t)
	for _, at := range []string{dir, filepath.Join(dir, "deploy")} {
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at, 0o755); err != nil { // for nobody to go through
			t.Fatal(err)
		}
	}
	sh := func(script string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
		cmd.Dir, cmd.Env = dir, append(environment(), "PATH="+filepath.Dir(ocoBinary)+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, step := range steps {
		if step[1] == "file" {
			write(t, filepath.Join(dir, step[2]), step[3])
			if err := os.Chmod(filepath.Join(dir, step[2]), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		out, err := sh(step[3])
		if step[2] == "check" && os.Geteuid() != 0 {
			if err == nil || !strings.Contains(out, "oco.yaml:13:11: disk: only root can start a process as another user") {
				t.Errorf("%s: %v\n%s", step[3], err, out)
			}
			write(t, filepath.Join(dir, "oco.yaml"), strings.Replace(read(t, filepath.Join(dir, "oco.yaml")), "    user: nobody\n", "", 1))
			out, err = sh(step[3])
		}
		if err != nil || step[2] == "check" && out != "oco.yaml is fine\n" {
			t.Fatalf("%s: %v\n%s", step[3], err, out)
		}
	}
	who, err := sh("id -un")
	if os.Geteuid() == 0 {
		who, err = "nobody\n", nil
	}
	if err != nil {
		t.Fatal(err)
	}
	bot := inDir(t, dir, nil, ocoBinary, "run", "-c", "oco.yaml")
	bot.tell("deploy web to staging")
	bot.expect("web is on staging now. My token has 6 letters.")
	bot.tell("deploy web to moon")
	bot.expect("I deploy to staging and prod only.")
	bot.tell("disk /")
	bot.expect(" of / is full. I am " + strings.TrimSpace(who) + ".")
	// New settings reach a program that pulls, and it is not started again for them
	// (OCO-SET-7).
	file := filepath.Join(dir, "oco.yaml")
	write(t, file, strings.Replace(read(t, file), "targets: [staging, prod]", "targets: [staging, prod, moon]", 1))
	if out, err := sh("oco reload -c oco.yaml"); err != nil {
		t.Fatalf("oco reload: %v\n%s", err, out)
	}
	await(t, "it deploys to the moon", func() bool {
		bot.tell("deploy web to moon")
		return strings.Contains(bot.said.String(), "web is on moon now.")
	})
	log := read(t, filepath.Join(dir, "oco-data", "oco.log"))
	if strings.Contains(log, "s3cret") {
		t.Errorf("the log has the token:\n%s", tail(log, 20))
	}
	if n := len(regexp.MustCompile(`was started.*deploy`).FindAllString(log, -1)); n != 1 {
		t.Errorf("the handler was started %d times:\n%s", n, tail(log, 20))
	}
}
