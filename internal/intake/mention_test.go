package intake_test

import (
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// As many mentions as fit into a batch, each of the whole text, hold nobody up: it
// ends within the time of a test, where walking the text for each would not.
func TestManyMentionsHoldNobodyUp(t *testing.T) {
	b := newTown().in(newBench(t))
	told := b.told("alice", "oco: tell "+strings.Repeat("é", 30_000), func(e *ocov1.Event) {
		msg := e.GetMessage().GetMessage()
		for range 250_000 {
			msg.Mentions = append(msg.Mentions, &ocov1.Mention{Start: 10, Length: 1 << 20})
		}
	})
	if len(told) != 1 || !strings.Contains(told[0], "does not fit who") {
		t.Errorf("it is answered by %.200q", told)
	}
}
