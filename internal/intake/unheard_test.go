package intake_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/route"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A message that would fire too many routes of a plugin fires the first of them, and
// somebody is told (OCO-RTE-64).
func TestWhoDoesNotHearAllIsTold(t *testing.T) {
	b := newBench(t)
	var all []route.Definition
	for i := range 300 {
		all = append(all, route.Definition{Kind: route.Hear, ID: fmt.Sprint(i), Name: fmt.Sprint("h", i), Regex: "."})
	}
	all = append(all, route.Definition{Kind: route.Command, ID: "ask", Patterns: []string{"ask {who:user}"}})
	b.table = tableOf(t, all...)
	var told []string
	in := intake.New(intake.Options{
		Engine: b, Table: b.routes, Rules: intake.Rules{Address: b.address}, Records: b, Control: b, Held: func(intake.Held) {},
		People: authz.New(nil, nil), Claims: b, Claimed: func(string) {},
		Now:       func() time.Time { return time.Unix(1000, 0) },
		Directory: newTown(),
		Unheard:   func(plugins []string) { told = append(told, plugins...) },
	})
	b.in = in
	admitted, err := b.publish(said("user:1:al", "hello"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(admitted.Deliveries); n != 256 || !slices.Equal(told, []string{"h"}) {
		t.Errorf("%d routes hear it, and %q are told of", n, told)
	}
	told = nil // once also of a message that waits for who is named
	if admitted, err = b.publish(said("user:1:al", "oco ask bob", func(e *ocov1.Event) { e.EventId = "2" })); err != nil {
		t.Fatal(err)
	}
	if n := len(admitted.Deliveries); n != 257 || !slices.Equal(told, []string{"h"}) {
		t.Errorf("%d routes take it, and %q are told of", n, told)
	}
}
