package intake_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/route"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// admits takes everything and looks at each event.
type admits struct {
	*bench
	look func(delivery.Event)
}

func (a admits) Do(_ context.Context, in delivery.Input) (any, error) {
	for _, e := range in.(delivery.Admit).Events {
		a.look(e)
	}
	return delivery.Admitted{}, nil
}

// An event is decided about under the rules of before a change or of after it, never
// under some of each: under the old ones the bot is called "old" and olga may run the
// command, under the new ones it is called "new" and nobody may (OCO-LIF-38).
func TestNoEventIsUnderTwoRules(t *testing.T) {
	b := newBench(t)
	people := authz.New(map[string][]string{"ops": {"user:1:olga"}}, nil)
	var mu sync.Mutex
	seen := map[string]int{}
	in := intake.New(intake.Options{
		Engine: admits{b, func(e delivery.Event) {
			mu.Lock()
			defer mu.Unlock()
			for _, d := range e.Deliveries {
				seen[fmt.Sprint(e.ServiceID[:3], " ", d.Refused)]++
			}
		}},
		Table: func() *route.Table {
			return tableOf(t, route.Definition{Kind: route.Command, ID: "3", Patterns: []string{"deploy {app}"}, Allow: []string{"ops"}})
		},
		Rules: intake.Rules{Address: route.Address{Name: "old"}}, People: people, Claims: b,
	})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 100 {
				var events []*ocov1.Event
				for _, name := range []string{"old", "new"} {
					events = append(events, said("olga", name+": deploy web", func(e *ocov1.Event) { e.EventId = fmt.Sprintf("%s-%d-%d", name, i, n) }))
				}
				if _, _, bad, err := in.Publish(t.Context(), delivery.Replica{}, &ocov1.PublishEventsRequest{AccountId: "account:1", Events: events}, nil); err != nil || len(bad) > 0 {
					t.Error(bad, err)
				}
			}
		})
	}
	for n := range 200 {
		name, ops := "new", []string{}
		if n%2 == 1 {
			name, ops = "old", []string{"user:1:olga"}
		}
		in.SetRules(intake.Rules{Address: route.Address{Name: name}}, func() { people.SetGroups(map[string][]string{"ops": ops}, nil) })
	}
	all.Wait()
	for what, n := range seen {
		if strings.HasPrefix(what, "old") == strings.HasSuffix(what, "true") {
			t.Errorf("%d events were decided about by half: %s", n, what)
		}
	}
}

// No rule changes while a batch is decided about, and the next batch is decided
// under what changed (OCO-LIF-38).
func TestRulesDoNotChangeUnderABatch(t *testing.T) {
	b := newBench(t)
	changed := make(chan struct{})
	var change sync.WaitGroup
	var once sync.Once
	b.decides = func() {
		once.Do(func() {
			change.Go(func() { b.in.SetRules(intake.Rules{Address: route.Address{Name: "otto"}}, func() { close(changed) }) })
			select {
			case <-changed:
				t.Error("the rules changed while a batch was decided about")
			case <-time.After(20 * time.Millisecond): // what must not happen has had its chance
			}
		})
	}
	if got, err := b.publish(said("alice", "oco: ping")); err != nil || len(got.Deliveries) != 1 {
		t.Fatal(got, err)
	}
	change.Wait()
	for text, want := range map[string]int{"oco: ping": 0, "otto: ping": 1} {
		if got, err := b.publish(said("alice", text)); err != nil || len(got.Deliveries) != want {
			t.Errorf("%s: %+v %v, want %d deliveries", text, got, err, want)
		}
	}
}
