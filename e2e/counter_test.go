package e2e

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// TestKillsLeaveTheCounterExact kills the handler of examples/03-store again
// and again while people make it count: what it counted is the number of the
// commands that ended done (OCO-STO-12).
func TestKillsLeaveTheCounterExact(t *testing.T) {
	t.Parallel()
	kills := 20
	if torture {
		kills = 1000
	}
	counter := filepath.Join(t.TempDir(), "counter")
	build := exec.Command("go", "build", "-o", counter, "./examples/03-store")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 2))
	s := newService(t)
	b := newBot(t, "")
	b.configure(fmt.Sprintf("listen: {grpc: \"GRPC_PORT\", http: \"\"}\n"+
		"adapter: {name: chat, command: [%q, plugin, adapter, %q]}\n"+
		"handlers: [{name: counter, remote: true, scopes: [store]}]\n", self, s.url))
	b.start()
	b.awaitPlugins("chat")
	key := b.newKey("counter")
	var last *notes // of the handler that runs
	t.Cleanup(func() {
		if t.Failed() && last != nil {
			t.Logf("the last handler said:\n%s", last.String())
		}
	})
	run := func() (kill func()) {
		t.Helper()
		cmd := exec.Command(counter)
		cmd.Env = environment("OCO_ENDPOINT="+key.Endpoint, "OCO_KEY="+key.Key)
		cmd.SysProcAttr = attributes()
		last = new(notes)
		cmd.Stdout, cmd.Stderr = last, last
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return func() {
			_ = cmd.Process.Kill() // it may have ended already
			_ = cmd.Wait()         // it was killed
		}
	}
	connected := func() bool {
		p := b.plugin("counter")
		if p == nil {
			return false
		}
		for _, replica := range p.GetReplicas() {
			if replica.GetConnected() {
				return true
			}
		}
		return false
	}
	said := 0
	for range kills {
		// A bot takes 100 replicas of a plugin, and forgets one after 30 s.
		b.await("there is room for another replica", func() bool { return len(b.plugin("counter").GetReplicas()) < 90 })
		kill := run()
		b.await("the handler is there", connected)
		for range 3 {
			s.say(fmt.Sprintf("m%d", said), "count")
			said++
		}
		time.Sleep(time.Duration(r.IntN(20_000)) * time.Microsecond) // the drawn moment
		kill()
		b.await("the handler is gone", func() bool { return !connected() })
	}
	defer run()()
	b.await("everything is settled", func() bool { return s.acked() && settled(b) })
	outcomes, done := map[ocov1.Outcome]int{}, 0
	for _, d := range b.deliveries() {
		if outcomes[d.GetOutcome()]++; d.GetOutcome() == ocov1.Outcome_OUTCOME_DONE || d.GetResolvedOutcome() == ocov1.Outcome_OUTCOME_DONE {
			done++
		}
	}
	total := strings.TrimSpace(b.must("store", "get", "-c", b.path("oco.yaml"), "counter", "total"))
	if total != fmt.Sprint(done) || done == 0 {
		t.Errorf("it counted %s, and %d of %d commands ended done", total, done, said)
	}
	t.Logf("seed %d: %d kills, %d commands, outcomes %v, counted %s", seed, kills, said, outcomes, total)
}
