package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// TestBackupAndRestore backs up a bot while it works, kills it, and goes on with what
// was restored: what had ended is known, what was open ends unknown and does not run,
// and the bot works (OCO-STO-22, OCO-STO-25).
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := newBot(t, "")
	runs := b.path("runs")
	b.configure(config(s, "adapter", "handler", runs))
	b.start()
	b.awaitPlugins("chat", "worker")
	s.say("m1", "once 1")
	s.expect(func(p post) bool { return p.Text == "once 1 ran" }, "the reply")
	b.await("it has ended", func() bool { return settled(b) })

	// Messages come all the while, and one waits.
	stop, talked := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(talked)
		for n := 100; ; n++ {
			select {
			case <-stop:
				return
			default:
				s.say(fmt.Sprintf("m%d", n), fmt.Sprintf("once %d", n))
				s.expect(func(p post) bool { return p.Text == fmt.Sprintf("once %d ran", n) }, "the reply")
			}
		}
	}()
	for n := range 3 {
		out := b.must("backup", "--data", b.path("data"), b.path(fmt.Sprintf("under-load-%d", n)))
		if !strings.Contains(out, " rows, ") {
			t.Errorf("oco backup says %q", out)
		}
	}
	close(stop)
	<-talked
	b.must("pause", "--data", b.path("data"), "worker")
	s.say("m2", "once 2")
	b.await("it waits", func() bool {
		for _, d := range b.deliveries() {
			if d.GetState() == ocov1.DeliveryState_DELIVERY_STATE_WAITING {
				return true
			}
		}
		return false
	})
	file := b.path("oco.backup")
	b.must("backup", "--data", b.path("data"), file)
	b.must("resume", "--data", b.path("data"), "worker")
	s.expect(func(p post) bool { return p.Text == "once 2 ran" }, "the reply to what waited")
	known := len(b.deliveries())

	if _, errs, code := b.oco("restore", "-c", "oco.yaml", file); code != 1 || !strings.Contains(errs, "is not empty") {
		t.Errorf("a restore into the data of a bot that runs: exit code %d, %s", code, errs)
	}
	b.kill()
	if err := os.Rename(b.path("data"), b.path("lost")); err != nil {
		t.Fatal(err)
	}
	write(t, b.path("cut"), read(t, file)[:1000])
	if _, errs, code := b.oco("restore", "-c", "oco.yaml", "cut"); code != 1 || !strings.Contains(errs, "cut is not restored: it is damaged or not whole, at byte ") {
		t.Errorf("a restore of half a backup: exit code %d, %s", code, errs)
	}
	if out := b.must("restore", "-c", "oco.yaml", file); !strings.Contains(out, ": restored ") {
		t.Errorf("oco restore says %q", out)
	}
	b.start()
	b.awaitPlugins("chat", "worker")
	b.await("what was open has ended", func() bool { return settled(b) })
	outcomes := map[ocov1.Outcome]int{}
	for _, d := range b.deliveries() {
		if outcomes[d.GetOutcome()]++; d.GetOutcome() == ocov1.Outcome_OUTCOME_UNKNOWN && !strings.Contains(d.GetDetail(), "restored from a backup of ") {
			t.Errorf("%s", d.GetDetail())
		}
	}
	if outcomes[ocov1.Outcome_OUTCOME_UNKNOWN] != 1 || outcomes[ocov1.Outcome_OUTCOME_DONE] != known-1 {
		t.Errorf("outcomes %v of %d", outcomes, known)
	}
	if out := b.must("outcomes", "--data", b.path("data")); !strings.Contains(out, "unknown") {
		t.Errorf("oco outcomes says\n%s", out)
	}
	b.must("resume", "--data", b.path("data"), "worker") // paused as it was
	s.say("m3", "once 3")
	s.expect(func(p post) bool { return p.Text == "once 3 ran" }, "a reply of the restored bot")
	if n := strings.Count(read(t, runs), "once 2\n"); n != 1 {
		t.Errorf("what was open in the backup ran %d times", n)
	}
	// Those under load are whole, too.
	for n := range 3 {
		b.must("restore", "--data", b.path(fmt.Sprintf("data-%d", n)), b.path(fmt.Sprintf("under-load-%d", n)))
	}
}
