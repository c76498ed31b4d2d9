package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// remote runs this binary as a plugin that the bot did not start.
func (b *bot) remote(key newKey, args ...string) (*exec.Cmd, *notes) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, self, append([]string{"plugin"}, args...)...)
	cmd.Env = environment("OCO_ENDPOINT="+key.Endpoint, "OCO_KEY="+key.Key)
	var said notes
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = &said, &said, attributes()
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is killed at the end
	}()
	b.t.Cleanup(func() {
		cancel()
		<-ended
		if b.t.Failed() {
			b.t.Logf("the remote plugin %v said:\n%s", args, said.String())
		}
	})
	return cmd, &said
}

// withRemote runs a bot whose handler runs elsewhere. tls is a line of the
// configuration, or empty.
func withRemote(t *testing.T, s *service, tls string) *bot {
	t.Helper()
	b := newBot(t, "")
	b.configure(fmt.Sprintf("listen: {grpc: \"GRPC_PORT\", %shttp: \"\"}\n"+
		"adapter: {name: chat, command: [%q, plugin, adapter, %q]}\nhandlers: [{name: worker, remote: true}]\n", tls, self, s.url))
	b.start()
	b.awaitPlugins("chat")
	return b
}

// TestARemoteHandlerPinsTheBot gives a handler elsewhere what `oco key new`
// prints and nothing else: the endpoint carries the pin of the bot's certificate.
// With another pin it says nothing to the bot (OCO-LIF-1).
func TestARemoteHandlerPinsTheBot(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := withRemote(t, s, "")
	runs := b.path("runs")
	key := b.newKey("worker")
	at, pin, found := strings.Cut(key.Endpoint, "#sha256=")
	if !found || at != "oco+tls://"+b.grpc {
		t.Fatalf("the endpoint is %q", key.Endpoint)
	}
	wrong := key
	wrong.Endpoint = at + "#sha256=" + flip(pin)
	_, said := b.remote(wrong, "handler", s.url, runs)
	b.await("the handler with a wrong pin says so", func() bool { return strings.Contains(said.String(), "is not the one that the endpoint pins") })
	if len(b.plugin("worker").GetReplicas()) > 0 {
		t.Error("the handler with a wrong pin is registered")
	}
	b.remote(key, "handler", s.url, runs)
	b.awaitPlugins("worker")
	s.others("m1")

	// The command line reaches the bot in the same way.
	operator := b.newKey("laptop", "--role", "operator")
	cmd := exec.Command(ocoBinary, "plugins")
	cmd.Env = environment("OCO_ENDPOINT="+operator.Endpoint, "OCO_KEY="+operator.Key)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "worker") {
		t.Errorf("oco plugins from elsewhere: %v\n%s", err, out)
	}
}

// flip changes the first character of a pin.
func flip(pin string) string {
	if pin[0] == 'a' {
		return "b" + pin[1:]
	}
	return "a" + pin[1:]
}

// TestKillTheBotUnderARemoteHandler kills the bot while a handler elsewhere runs
// a callback, and starts it again: the callback goes on, its completion is taken,
// and nobody is told that anything was wrong (OCO-DLV-43).
func TestKillTheBotUnderARemoteHandler(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := withRemote(t, s, "tls: off, ")
	runs := b.path("runs")
	b.remote(b.newKey("worker"), "handler", s.url, runs)
	b.awaitPlugins("worker")
	killed := make(chan struct{})
	s.trap = func(step string) {
		if step == "running" {
			b.kill()
			b.start()
			close(killed)
		}
	}
	s.say("m1", "once 1")
	<-killed
	b.await("everything is settled", func() bool { return s.acked() && settled(b) })
	records := b.deliveries()
	if len(records) != 1 || records[0].GetOutcome() != ocov1.Outcome_OUTCOME_DONE {
		t.Errorf("deliveries: %v", records)
	}
	if got := read(t, runs); got != "once 1\n" {
		t.Errorf("runs: %q", got)
	}
	if posts := s.posted(); len(posts) != 1 || posts[0].Text != "once 1 ran" {
		t.Errorf("posted: %+v", posts)
	}
}
