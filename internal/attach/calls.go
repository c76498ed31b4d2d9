package attach

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/codec"
)

// Complete is DeliveryService.Complete.
func (s *Stream) Complete(ctx context.Context, in *ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
	if len(in.GetCompletions()) == 1 && codec.Size(in) > room {
		return nil, ErrGone
	}
	res, err := s.ask(ctx, &ocov1.AttachRequest{Kind: &ocov1.AttachRequest_Complete{Complete: in}})
	return answered(res, err, res.GetCompleted())
}

// Heartbeat is DeliveryService.Heartbeat.
func (s *Stream) Heartbeat(ctx context.Context, in *ocov1.HeartbeatRequest) (*ocov1.HeartbeatResponse, error) {
	res, err := s.ask(ctx, &ocov1.AttachRequest{Kind: &ocov1.AttachRequest_Heartbeat{Heartbeat: in}})
	return answered(res, err, res.GetHeartbeat())
}

// PublishEvents is AdapterService.PublishEvents.
func (s *Stream) PublishEvents(ctx context.Context, in *ocov1.PublishEventsRequest) (*ocov1.PublishEventsResponse, error) {
	if len(in.GetEvents()) == 1 && codec.Size(in) > room {
		return nil, ErrGone
	}
	res, err := s.ask(ctx, &ocov1.AttachRequest{Kind: &ocov1.AttachRequest_Publish{Publish: in}})
	return answered(res, err, res.GetPublished())
}

// AnswerQueries is AdapterService.AnswerQueries.
func (s *Stream) AnswerQueries(ctx context.Context, in *ocov1.AnswerQueriesRequest) (*ocov1.AnswerQueriesResponse, error) {
	if codec.Size(in) > room {
		return nil, ErrGone
	}
	res, err := s.ask(ctx, &ocov1.AttachRequest{Kind: &ocov1.AttachRequest_Answers{Answers: in}})
	return answered(res, err, res.GetAnswered())
}

// answered is what a call returns that has this answer.
func answered[T any](res *ocov1.AttachResponse, err error, answer *T) (*T, error) {
	switch {
	case err != nil:
		return nil, err
	case res.GetError() != nil:
		return nil, status.ErrorProto(res.GetError())
	case answer == nil:
		return nil, status.Error(codes.Internal, "the bot's answer is not one to this call")
	}
	return answer, nil
}

// cause is why there is no answer.
func cause(ctx context.Context) error {
	if ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err()
	}
	return ErrGone
}
