package intake_test

import (
	"context"
	"errors"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/delivery"
)

// A publish whose caller gave up while the bot waited for its handlers is not
// decided without them: the caller publishes again, and is told then what there is.
func TestAPublishThatIsGivenUpIsNotDecided(t *testing.T) {
	b := newBench(t)
	ctx, giveUp := context.WithCancel(t.Context())
	b.ready = giveUp
	_, _, _, err := b.in.Publish(ctx, delivery.Replica{Plugin: "a", Name: "r"}, &ocov1.PublishEventsRequest{
		AccountId: "account:1", Epoch: 7, Events: []*ocov1.Event{said("alice", "oco frobnicate")},
	}, nil)
	if !errors.Is(err, context.Canceled) || len(b.admits) > 0 {
		t.Fatalf("%v, and %d batches were admitted", err, len(b.admits))
	}
}
