package irc

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var steps = regexp.MustCompile("(?m)^<!-- (file|run): (\\S+) -->\n```\\w+\n((?:.*\n)*?)```$")

// TestHowTo follows docs/howto-irc.md: its file, its commands, in its order.
// Only the server is put in, and how fast the bot comes back.
func TestHowTo(t *testing.T) {
	t.Parallel()
	server := newIRCD(t, "inspircd")
	startServices(t, server)
	alice := dialPlain(t, server.address, "alice")
	alice.register("sesame99")
	owner := dialPlain(t, server.address, "opsbot")
	owner.register("b0tsecret")
	alice.join("#ops")
	alice.join("#oncall")
	alice.send("MODE #oncall +k sesame")
	alice.expect(" MODE #oncall ")

	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "howto-irc.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := steps.FindAllStringSubmatch(string(page), -1)
	if len(found) != 4 {
		t.Fatalf("the page has %d steps", len(found))
	}
	b := makeBot(t)
	pin := pinOf(t, filepath.Join(server.dir, "cert.pem"))
	config := strings.Replace(found[0][3], "server: irc.example.org", "server: "+server.secure+"\n    tls: sha256="+pin, 1)
	b.write(found[0][2], "listen: {http: \"\"}\n"+config)
	if err := os.Symlink(binary(t), filepath.Join(b.dir, "oco")); err != nil {
		t.Fatal(err)
	}
	sh := func(script, input string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
		cmd.Dir, cmd.Env, cmd.Stdin = b.dir, append(os.Environ(), "PATH="+b.dir+":"+os.Getenv("PATH")), strings.NewReader(input)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
		return string(out)
	}
	sh(found[1][3], "b0tsecret\n")
	b.run()
	alice.awaitMember("#oncall", "oco")
	alice.say("#ops", "oco: ping")
	alice.expectText("oco", "#ops", "pong")
	alice.say("oco", "ping")
	alice.expectText("oco", "alice", "pong")
	await(t, "the status says where the adapter is", func() bool {
		return strings.Contains(sh(found[2][3], ""), "in #oncall, #ops")
	})
	sh(found[3][3], "")
	alice.expectText("oco", "#ops", "Good morning.")
	alice.say("oco", "status")
	if line := alice.expect(":oco!", " PRIVMSG alice :"); strings.Contains(line, "may not") {
		t.Errorf("the group does not count: %q", line)
	}
}

// Every setting is in the table of the page with what holds without it, and no
// other.
func TestEverySettingIsOnThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "howto-irc.md"))
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("`([^`]+)`")
	written := map[string]string{} // setting -> default
	for _, row := range regexp.MustCompile(`(?m)^\| (.*?) \|.*\| (.*?) \|$`).FindAllStringSubmatch(string(page), -1) {
		names, defaults := code.FindAllStringSubmatch(row[1], -1), code.FindAllStringSubmatch(row[2], -1)
		for i, name := range names {
			written[name[1]] = ""
			if i < len(defaults) {
				written[name[1]] = defaults[i][1]
			}
		}
	}
	for _, s := range manifestOf(t).Settings {
		if got, ok := written[s.Name]; !ok || got != s.DefaultText {
			t.Errorf("%s has the default %q, on the page %q (there: %v)", s.Name, s.DefaultText, got, ok)
		}
		delete(written, s.Name)
	}
	if len(written) > 0 {
		t.Errorf("the page has settings that there are not: %v", written)
	}
}

// manifestOf is what the adapter says of itself to `oco check`.
func manifestOf(t *testing.T) (m struct {
	Settings []struct{ Name, DefaultText string }
}) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), binary(t), "adapter", "irc", "--manifest").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &m); err != nil || len(m.Settings) == 0 {
		t.Fatalf("%v: %s", err, out)
	}
	return m
}
