package irc

import (
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
	config := strings.Replace(found[0][3], "IRC_SERVER: irc.example.org", "IRC_SERVER: "+server.secure+"\n    IRC_TLS: sha256="+pin, 1)
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

// Every setting is on the page, and no other.
func TestEverySettingIsOnThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "howto-irc.md"))
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]bool{}
	_, wrong := load(func(name string) string { read[name] = true; return "" })
	if wrong == nil {
		t.Error("no server is needed")
	}
	written := map[string]bool{}
	for _, name := range regexp.MustCompile(`IRC_[A-Z_]+`).FindAllString(string(page), -1) {
		written[name] = true
		if !read[name] {
			t.Errorf("the page has %s, which nothing reads", name)
		}
	}
	for name := range read {
		if !written[name] {
			t.Errorf("the page has no %s", name)
		}
	}
}
