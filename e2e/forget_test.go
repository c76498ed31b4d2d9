package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// TestForgetAPerson lets a real bot forget who spoke to it: what they said is in no
// record and in no table of the store any more, and what ran is still known (OCO-RPC-35).
func TestForgetAPerson(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := newBot(t, "")
	b.configure(config(s, "adapter", "handler", b.path("runs")) + "retention: {records_most: 2000}\n")
	b.start()
	b.awaitPlugins("chat", "worker")
	const said = "once 1777777"
	s.say("m1", said)
	s.expect(func(p post) bool { return strings.HasPrefix(p.Text, said) }, "the reply")
	b.await("it has ended", func() bool { return settled(b) })
	id := b.deliveries()[0].GetDeliveryId()
	if out := b.must("show", "--data", b.path("data"), id); !strings.Contains(out, said) || !strings.Contains(out, "user:1:alice") {
		t.Fatalf("oco show says\n%s", out)
	}
	if _, errs, code := b.oco("forget", "--data", b.path("data"), "user:1:alice"); code != 2 || !strings.Contains(errs, "--yes") {
		t.Errorf("without a terminal: exit code %d, %s", code, errs)
	}
	if out := b.must("forget", "--data", b.path("data"), "--yes", "user:1:alice"); !strings.Contains(out, "the text of 1 events is gone") {
		t.Errorf("oco forget says %q", out)
	}
	out := b.must("show", "--data", b.path("data"), id)
	if strings.Contains(out, said) || strings.Contains(out, "alice") || strings.Contains(out, "lobby") || !strings.Contains(out, "not kept any more") {
		t.Errorf("oco show says\n%s", out)
	}
	d := b.deliveries()[0]
	if d.GetDeliveryId() != id || d.GetOutcome() != ocov1.Outcome_OUTCOME_DONE || d.GetUserId() != "" || d.GetAddress() != nil {
		t.Errorf("left is %v", d)
	}
	if _, errs, code := b.oco("outcomes", "retry", "--data", b.path("data"), id); code != 1 {
		t.Errorf("it can be retried: exit code %d, %s", code, errs)
	}
	s.say("m2", "once 2") // and goes on
	s.expect(func(p post) bool { return p.Text == "once 2 ran" }, "the reply")
	if code := b.terminate(); code != 0 {
		t.Errorf("exit code %d\n%s", code, b.log())
	}
	tables := 0
	err := filepath.WalkDir(b.path("data"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".sst" {
			return err
		}
		tables++
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(said)) {
			t.Errorf("%s holds what was said", path)
		}
		return err
	})
	if err != nil || tables == 0 {
		t.Errorf("%d tables, %v", tables, err)
	}
}
