package intake_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/route"

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

// claims notes what is said to it, and must not be asked by two at once.
type claims struct{ said []string }

func (c *claims) Redeem(code, _ string) (delivery.Write, bool) {
	c.said = append(c.said, "redeem "+code)
	return delivery.Write{}, false
}

func (c *claims) Void(code string) bool {
	c.said = append(c.said, "void "+code)
	return false
}

// Of a code that is said in a room and then to the bot alone, the first counts,
// also in one batch (OCO-SEC-17).
func TestCodesKeepTheirOrder(t *testing.T) {
	b, c := newBench(t), &claims{}
	table := tableOf(t)
	in := intake.New(intake.Options{
		Engine: b, Table: func() *route.Table { return table }, Rules: intake.Rules{Address: route.Address{Name: "oco"}},
		People: authz.New(nil, nil), Claims: c,
	})
	req := &ocov1.PublishEventsRequest{AccountId: "account:1"}
	var want []string
	for i := range 64 {
		e, how := said("alice", fmt.Sprint("code", i)), "void"
		if i%3 == 0 {
			e.RoomKind, how = ocov1.RoomKind_ROOM_KIND_DIRECT, "redeem"
		}
		e.EventId = fmt.Sprint(i)
		req.Events = append(req.Events, e)
		want = append(want, fmt.Sprint(how, " code", i))
	}
	if _, _, _, err := in.Publish(context.Background(), delivery.Replica{Plugin: "a", Name: "r"}, req, nil); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.said, want) {
		t.Errorf("%q", c.said)
	}
}

// broken panics about one code.
type broken struct{ claims }

func (b *broken) Void(code string) bool {
	if code == "fatal" {
		panic("broken")
	}
	return false
}

// A panic about any event of a batch reaches the caller, and nobody waits for ever.
func TestAPanicReachesTheCaller(t *testing.T) {
	for _, at := range []int{0, 31, 32, 63} {
		b, table := newBench(t), tableOf(t)
		in := intake.New(intake.Options{
			Engine: b, Table: func() *route.Table { return table }, Rules: intake.Rules{Address: route.Address{Name: "oco"}},
			People: authz.New(nil, nil), Claims: &broken{},
		})
		req := &ocov1.PublishEventsRequest{AccountId: "account:1"}
		for i := range 64 {
			text := "hello"
			if i == at {
				text = "fatal"
			}
			e := said("alice", text)
			e.EventId = fmt.Sprint(i)
			req.Events = append(req.Events, e)
		}
		func() {
			defer func() {
				if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), "broken") {
					t.Errorf("event %d: %v", at, v)
				}
			}()
			_, _, _, err := in.Publish(context.Background(), delivery.Replica{Plugin: "a", Name: "r"}, req, nil)
			t.Errorf("event %d: no panic, %v", at, err)
		}()
		if len(b.admits) != 0 {
			t.Errorf("event %d: %d are admitted all the same", at, len(b.admits))
		}
	}
}
