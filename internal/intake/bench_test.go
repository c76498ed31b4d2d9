package intake_test

import (
	"context"
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/store"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// taker is an engine that takes everything and keeps nothing.
type taker struct{}

func (taker) Store() store.Store { return nil }

func (taker) Do(_ context.Context, in delivery.Input) (any, error) {
	return delivery.Admitted{Admitted: len(in.(delivery.Admit).Events)}, nil
}

// BenchmarkPublish decides about 20 commands: ids, match, authorisation, encoding.
// It includes what copies them, because deciding changes them.
func BenchmarkPublish(b *testing.B) {
	def := route.Definition{Kind: route.Command, ID: "1", Patterns: []string{"echo {text...}"}}
	r, err := route.Compile("h", def)
	if err != nil {
		b.Fatal(err)
	}
	table, _ := route.NewTable([]*route.Route{r}, nil)
	in := intake.New(intake.Options{
		Engine: taker{}, Table: func() *route.Table { return table }, Rules: intake.Rules{Address: route.Address{Name: "oco"}}, People: authz.New(nil, nil),
	})
	req := &ocov1.PublishEventsRequest{AccountId: "account:1"}
	for i := range 20 {
		req.Events = append(req.Events, said(fmt.Sprint("U", i), "oco: echo restart the payments service in the western region and tell whoever is on call"))
	}
	b.ReportAllocs()
	for b.Loop() {
		res, _, bad, err := in.Publish(b.Context(), delivery.Replica{}, proto.CloneOf(req), nil)
		if err != nil || len(bad) > 0 || res.GetAdmitted() != 20 {
			b.Fatal(res, bad, err)
		}
	}
}
