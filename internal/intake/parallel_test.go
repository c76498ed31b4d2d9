package intake_test

import (
	"context"
	"fmt"
	"regexp"
	"testing"

	"github.com/openchatops/oco/internal/delivery"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

var traceparent = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`)

// The events of a batch keep their order however many decide about them, bad ones
// are told by their place and hide no other, and no id is given twice.
func TestBatchesKeepTheirOrder(t *testing.T) {
	b := newBench(t)
	for _, n := range []int{0, 1, 15, 16, 31, 32, 33, 64, 257} {
		req := &ocov1.PublishEventsRequest{AccountId: "account:1", Epoch: 7}
		for i := range n {
			e := said("alice", "oco: ping")
			e.EventId = fmt.Sprintf("e%d", i)
			if i%10 == 9 {
				e.Kind = nil
			}
			req.Events = append(req.Events, e)
		}
		_, _, bad, err := b.in.Publish(context.Background(), delivery.Replica{Plugin: "a", Name: "r"}, req, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := b.admits[len(b.admits)-1].Events
		seen := map[string]bool{}
		for i := range n {
			if i%10 == 9 {
				if len(bad) == 0 || bad[0].Index != uint32(i) {
					t.Fatalf("%d of %d: %+v", i, n, bad)
				}
				bad = bad[1:]
				continue
			}
			e := got[0]
			got = got[1:]
			if e.ServiceID != fmt.Sprintf("e%d", i) || len(e.Deliveries) != 1 || !traceparent.MatchString(e.Trace) {
				t.Fatalf("%d of %d: %+v", i, n, e)
			}
			for _, id := range []string{e.Deliveries[0].ID, e.Trace} {
				if seen[id] {
					t.Fatalf("%s twice", id)
				}
				seen[id] = true
			}
		}
		if len(got) != 0 || len(bad) != 0 {
			t.Fatalf("%d events and %d errors too many", len(got), len(bad))
		}
	}
}
