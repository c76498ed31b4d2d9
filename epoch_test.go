package oco

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A batch that is refused because the adapter got another epoch meanwhile is sent
// again with that one: nobody else serves the account.
func TestABatchThatANewEpochOvertakesIsSentAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		epoch := uint64(7)
		b.onHeartbeat = func(*ocov1.HeartbeatRequest) (*ocov1.HeartbeatResponse, error) {
			if epoch == 7 && len(b.seen().publishes) > 0 {
				epoch = 8
				return nil, refusal(codes.NotFound, "REPLICA_NOT_FOUND")
			}
			return nil, nil
		}
		b.onReport = func(*ocov1.ReportStatusRequest) (*ocov1.ReportStatusResponse, error) {
			time.Sleep(4 * time.Second) // longer than the refusal takes
			return &ocov1.ReportStatusResponse{Epoch: epoch, Active: true}, nil
		}
		b.onPublish = func(req *ocov1.PublishEventsRequest) (*ocov1.PublishEventsResponse, error) {
			if req.GetEpoch() == 7 {
				time.Sleep(2 * time.Second)
				return nil, refusal(codes.FailedPrecondition, "EPOCH_FENCED")
			}
			return nil, nil
		}
		p := b.run(t, NewAdapter("chat", "test", &testAdapter{run: func(ctx context.Context, bot Bot) error {
			time.Sleep(9 * time.Second)
			if err := bot.Publish(ctx, message("1")); err != nil {
				t.Errorf("Publish: %v", err)
			}
			<-ctx.Done()
			return nil
		}}))
		later(time.Minute)
		if all := b.seen().publishes; epoch != 8 || len(all) < 2 || all[len(all)-1].GetEpoch() != 8 {
			t.Errorf("it published %d times; the epoch is %d", len(all), epoch)
		}
		p.end(t)
	})
}
