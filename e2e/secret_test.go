package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/openchatops/oco"
)

// The secrets of TestSecretsReachNoLog: one is typed, one is a setting, one comes
// from a file.
const typedSecret, setSecret, fileSecret = "hunter2-typed", "hunter2-set", "hunter2-filed"

// runSecrets is a handler that is told secrets and fails with one of them.
func runSecrets(*site, string) int {
	h := oco.NewHandler("worker")
	now := oco.Settings[struct {
		Token string `oco:",secret" help:"A token."`
		Other string `oco:",secret" help:"Another one."`
	}](h, nil)
	h.Command("login {name} {password}", "Log in.", func(_ context.Context, msg *oco.Message) error {
		if msg.Arg("password") != typedSecret || now().Token != setSecret || now().Other != fileSecret {
			return errors.New("the handler was not told the secrets")
		}
		msg.Log().Info("logging in", "name", msg.Arg("name"), "token", now().Other)
		return oco.Tell("The login failed.", fmt.Errorf("the server refused the token %s", now().Other))
	}, oco.Argument(oco.ArgumentSpec{Name: "password", Sensitive: true}))
	oco.Main(h)
	return 0
}

// A secret that was typed, set or read from a file is in no line of the log, at
// its most detailed, though the handler logs it; what was typed is not in what
// operators are shown either (OCO-SEC-1).
func TestSecretsReachNoLog(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := newBot(t, "")
	write(t, b.path("token"), fileSecret+"\n")
	b.configure(fmt.Sprintf("adapter: {name: chat, command: [%q, plugin, adapter, %q]}\n"+
		"handlers: [{name: worker, command: [%q, plugin, secrets, %q], settings: {token: %s, other: '${file:token}'}}]\n", self, s.url, self, s.url, setSecret))
	b.start()
	b.awaitPlugins("chat", "worker")
	s.say("m1", "login ada "+typedSecret)
	s.expect(func(p post) bool { return strings.Contains(p.Text, "The login failed.") }, "the notice")
	s.say("m2", "login ada "+typedSecret+" and more") // a near miss
	b.await("all is settled", func() bool { return s.acked() && settled(b) })
	shown := b.must("show", "-c", b.path("oco.yaml"), "event:1:m1") + b.must("show", "--json", "-c", b.path("oco.yaml"), "event:1:m1") +
		b.must("outcomes", "-c", b.path("oco.yaml")) + b.must("plugins", "--json", "-c", b.path("oco.yaml"))
	if code := b.terminate(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(b.log(), "logging in") || !strings.Contains(shown, "login") {
		t.Fatal("the handler did not run")
	}
	for _, secret := range []string{typedSecret, setSecret, fileSecret} {
		for where, text := range map[string]string{"the log": b.log(), "what operators are shown": shown} {
			for line := range strings.Lines(text) {
				// What a handler puts into its error is kept for operators as it is.
				own := where != "the log" && secret == fileSecret
				if strings.Contains(line, secret) && !own {
					t.Errorf("%s shows %s: %s", where, secret, line)
				}
			}
		}
	}
	for _, p := range s.posted() {
		if strings.Contains(p.Text, setSecret) || strings.Contains(p.Text, fileSecret) {
			t.Errorf("posted: %s", p.Text)
		}
	}
}
