package cli

import (
	"errors"
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

func TestForgetSaysWhatItDid(t *testing.T) {
	for open, code := range map[uint64]int{0: 0, 2: 1} {
		bot := startFake(t)
		bot.answers["ForgetUser"] = []any{&ocov1.ForgetUserResponse{Events: 3, Deliveries: 4, Open: open}}
		r := run(t, &Forget{Target: Target{Data: bot.data}, Yes: true, User: "user:1:alice"}, "", nil)
		if got := ExitCode(r.failed); got != code {
			t.Errorf("%d open: exit code %d, want %d (%v)", open, got, code, r.failed)
		}
		if r.out != "user:1:alice is forgotten: the text of 3 events is gone, and 4 records of deliveries name them no more\n" {
			t.Errorf("said %q", r.out)
		}
		if said := strings.Contains(r.err, "2 deliveries of theirs were left as they are"); said != (open > 0) {
			t.Errorf("%d open: said %q", open, r.err)
		}
		if asked := bot.asked[0].(*ocov1.ForgetUserRequest); asked.GetUserId() != "user:1:alice" {
			t.Errorf("asked %v", asked)
		}
	}
}

// Nobody is forgotten by a slip: a person is asked, and a script must say so.
func TestForgetAsks(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, " YES \n": true, "y": true, "n\n": false, "\n": false, "": false, "yesterday\n": false} {
		bot := startFake(t)
		bot.answers["ForgetUser"] = []any{&ocov1.ForgetUserResponse{}}
		r := run(t, &Forget{Target: Target{Data: bot.data}, User: "user:1:alice", JSON: true}, answer, map[string]string{interactive: "1"})
		if did := len(bot.asked) == 1; did != want || (r.failed == nil) != want || !strings.Contains(r.err, "user:1:alice") || !strings.HasSuffix(strings.TrimSuffix(r.err, "\n"), "[y/N] ") {
			t.Errorf("%q: did it: %t, %v, said %q", answer, did, r.failed, r.err)
		}
	}
	bot := startFake(t)
	r := run(t, &Forget{Target: Target{Data: bot.data}, User: "user:1:alice"}, "y\n", nil)
	var usage Usage
	if !errors.As(r.failed, &usage) || len(bot.asked) != 0 || !strings.Contains(r.failed.Error(), "--yes") {
		t.Errorf("without a terminal: %v, asked %d", r.failed, len(bot.asked))
	}
}
