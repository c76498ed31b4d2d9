package irc

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// startServices runs real services beside a server: they keep accounts.
func startServices(t *testing.T, server *ircd) {
	t.Helper()
	path := program(t, "atheme-services", "atheme-services")
	dir := t.TempDir()
	_, port, _ := net.SplitHostPort(server.links)
	config := ""
	for _, module := range []string{"protocol/inspircd", "backend/opensex", "crypto/pbkdf2v2", "nickserv/main", "nickserv/register", "nickserv/identify", "saslserv/main", "saslserv/plain"} {
		config += "loadmodule \"modules/" + module + "\";\n"
	}
	config += `serverinfo {
 name = "services.oco.test"; desc = "services"; numeric = "00A"; recontime = 1; netname = "OCO";
 hidehostsuffix = "users.oco.test"; adminname = "test"; adminemail = "admin@oco.test"; registeremail = "noreply@oco.test";
 mta = "/bin/true"; loglevel = { error; info; }; maxlogins = 5; maxusers = 0; mdlimit = 30; emaillimit = 10; emailtime = 300;
 auth = none; casemapping = ascii; commitinterval = 5;
};
uplink "irc.oco.test" { host = "` + server.host + `"; send_password = "link"; receive_password = "link"; port = ` + port + `; };
nickserv { nick = "NickServ"; user = "NickServ"; host = "services.oco.test"; real = "nicks"; };
saslserv { nick = "SaslServ"; user = "SaslServ"; host = "services.oco.test"; real = "logins"; };
`
	file := filepath.Join(dir, "conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := []string{"-n", "-c", file, "-D", dir, "-l", filepath.Join(dir, "log"), "-p", filepath.Join(dir, "pid")}
	cmd := exec.Command(path, arguments...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may be dead already
		_ = cmd.Wait()         // by that signal
		if t.Failed() {
			out, _ := os.ReadFile(filepath.Join(dir, "log")) // for people only
			t.Logf("the services said:\n%s", out)
		}
	})
}

// register makes an account with the nick's name and logs in to it.
func (c *plainClient) register(password string) {
	c.t.Helper()
	await(c.t, "the services are there", func() bool {
		c.say("NickServ", "REGISTER "+password+" "+c.nick+"@oco.test")
		line := c.expectThat("an answer of the services", func(line string) bool {
			return strings.Contains(line, " 401 ") || strings.Contains(line, " 900 ")
		})
		return strings.Contains(line, " 900 ")
	})
}

func TestRealAccounts(t *testing.T) {
	t.Parallel()
	server := newIRCD(t, "inspircd")
	startServices(t, server)
	alice := dialPlain(t, server.address, "alice")
	alice.register("sesame99")
	owner := dialPlain(t, server.address, "opsbot")
	owner.register("b0tsecret")
	owner.send("QUIT")
	alice.join("#ops")

	secret := "${file:" + secretFile(t, "b0tsecret\n") + "}"
	startBot(t, fast(server.address, map[string]string{"sasl_user": "opsbot", "sasl_password": secret}),
		"groups: {ops: [\"user:1:alice\"]}", "routes: {\"core:echo\": {allow: [ops]}}")
	alice.awaitMember("#ops", "oco")
	alice.send("WHOIS oco")
	alice.expect(" 330 ", " oco opsbot ")

	// Rights are those of the account, under any nick.
	alice.say("oco", "whoami")
	alice.expectText("oco", "alice", "You are alice, in the group ops.")
	alice.expect("Your id is user:1:alice.")
	alice.send("NICK al")
	alice.expect(" NICK ")
	alice.say("#ops", "oco: echo as al")
	alice.expectText("oco", "#ops", "as al")

	// Who takes the nick has none of them.
	mallory := dialPlain(t, server.address, "alice")
	mallory.join("#ops")
	mallory.say("#ops", "oco: echo as alice")
	if line := mallory.expect(":oco!", " PRIVMSG #ops :"); !strings.Contains(line, "you may not run it") {
		t.Errorf("without the account: %q", line)
	}
	mallory.say("oco", "whoami")
	mallory.expectText("oco", "alice", "You are alice, in no group.")
	mallory.expect("Your id is user:1:~7ealice~7e")

	// A wrong password keeps the bot out.
	stranger := startBot(t, fast(server.address, map[string]string{
		"nick": "stranger", "sasl_user": "opsbot", "sasl_password": "wrong",
	}))
	stranger.awaitStatus("not connected to", `does not accept the login of sasl_user "opsbot"`)
}
