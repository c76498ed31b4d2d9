package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// remote runs this binary as a plugin that the bot did not start.
func (b *bot) remote(key newKey, args ...string) *exec.Cmd {
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
	return cmd
}

// TestKillTheBotUnderARemoteHandler kills the bot while a handler elsewhere runs
// a callback, and starts it again: the callback goes on, its completion is taken,
// and nobody is told that anything was wrong (OCO-DLV-43).
func TestKillTheBotUnderARemoteHandler(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := newBot(t, "")
	runs := b.path("runs")
	b.configure(fmt.Sprintf("listen: {grpc: \"GRPC_PORT\", http: \"\"}\n"+
		"adapter: {name: chat, command: [%q, plugin, adapter, %q]}\nhandlers: [{name: worker, remote: true}]\n", self, s.url))
	b.start()
	b.awaitPlugins("chat")
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
