package rpc

import (
	"context"
	"errors"
	"maps"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/engine"
)

// Domain is the domain of every reason.
const Domain = "openchatops.org"

// reasonCodes gives each reason its status code (OCO-ERR-2).
var reasonCodes = map[chat.Reason]codes.Code{
	chat.FieldInvalid:        codes.InvalidArgument,
	chat.BadPattern:          codes.InvalidArgument,
	chat.TextRequired:        codes.InvalidArgument,
	chat.PageTokenInvalid:    codes.InvalidArgument,
	chat.RoomAmbiguous:       codes.InvalidArgument,
	chat.PolicyForbidden:     codes.InvalidArgument,
	chat.KeyMissing:          codes.Unauthenticated,
	chat.KeyInvalid:          codes.Unauthenticated,
	chat.RoleForbidden:       codes.PermissionDenied,
	chat.ScopeMissing:        codes.PermissionDenied,
	chat.RoomForbidden:       codes.PermissionDenied,
	chat.UserNotInGroup:      codes.PermissionDenied,
	chat.RoomNotFound:        codes.NotFound,
	chat.UserNotFound:        codes.NotFound,
	chat.MessageNotFound:     codes.NotFound,
	chat.RouteNotFound:       codes.NotFound,
	chat.DeliveryNotFound:    codes.NotFound,
	chat.ReplicaNotFound:     codes.NotFound,
	chat.PluginNotFound:      codes.NotFound,
	chat.KeyNotFound:         codes.NotFound,
	chat.RequestIDReused:     codes.AlreadyExists,
	chat.CommandTaken:        codes.AlreadyExists,
	chat.LeaseLost:           codes.Aborted,
	chat.PublishInFlight:     codes.Aborted,
	chat.GuardFailed:         codes.Aborted,
	chat.Compacted:           codes.OutOfRange,
	chat.FeatureMissing:      codes.FailedPrecondition,
	chat.CapabilityMissing:   codes.FailedPrecondition,
	chat.EpochFenced:         codes.FailedPrecondition,
	chat.DeliveryState:       codes.FailedPrecondition,
	chat.SettingsInvalid:     codes.FailedPrecondition,
	chat.ConfigInvalid:       codes.FailedPrecondition,
	chat.NotSupervised:       codes.FailedPrecondition,
	chat.QuotaExceeded:       codes.ResourceExhausted,
	chat.QueueFull:           codes.ResourceExhausted,
	chat.TooLarge:            codes.ResourceExhausted,
	chat.Starting:            codes.Unavailable,
	chat.Draining:            codes.Unavailable,
	chat.AdapterDisconnected: codes.Unavailable,
	chat.StorageFailed:       codes.Internal,
}

// Status turns an error of a Core's method into what the wire carries. What is
// no refusal, no end of the context and no status already becomes INTERNAL
// without its text, which belongs into the log.
func Status(err error) *status.Status {
	var refused *chat.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return refusal(refused)
	case errors.Is(err, engine.ErrStopped):
		return refusal(chat.Refuse(chat.Draining, "the bot stops: dial again"))
	case errors.Is(err, context.Canceled):
		return status.New(codes.Canceled, "the caller went away")
	case errors.Is(err, context.DeadlineExceeded):
		return status.New(codes.DeadlineExceeded, "the call did not end in time; it may have taken effect or not")
	}
	if s, ok := status.FromError(err); ok && s.Code() != codes.Unknown {
		return s
	}
	return status.New(codes.Internal, "the bot failed at this; its log says why")
}

func refusal(refused *chat.Error) *status.Status {
	code, known := reasonCodes[refused.Reason]
	if !known {
		code = codes.Internal
	}
	s := status.New(code, refused.Text)
	detailed, err := s.WithDetails(&errdetails.ErrorInfo{
		Reason: string(refused.Reason), Domain: Domain, Metadata: maps.Clone(refused.Details),
	})
	if err != nil { // never for a code that is not OK
		return s
	}
	return detailed
}

// inBand is a refusal inside an answer.
func inBand(refused *chat.Error) *spb.Status {
	if refused == nil {
		return nil
	}
	return refusal(refused).Proto()
}

// invalid refuses a field.
func invalid(field, format string, args ...any) *chat.Error {
	return chat.Refuse(chat.FieldInvalid, field+": "+format, args...).With("field", field)
}
