package gateway

import (
	"context"
	"errors"
	"strconv"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectproto"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/gen/openchatops/v1/ocov1connect"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/rpc"
)

// deliveries differs from the Core only in the shape of its stream.
type deliveries struct{ *rpc.Core }

func (d deliveries) Subscribe(ctx context.Context, req *ocov1.SubscribeRequest, stream ocov1connect.DeliveryServiceSubscribeServerStream) error {
	return d.Core.Subscribe(ctx, req, func(raw rpc.Frames) error {
		res := new(ocov1.SubscribeResponse)
		if err := proto.Unmarshal(raw, res); err != nil {
			return err
		}
		return stream.Send(res)
	})
}

// Attach is for gRPC alone: over HTTP/1.1 nothing flows both ways.
func (d deliveries) Attach(context.Context, ocov1connect.DeliveryServiceAttachServerStream) error {
	return chat.Refuse(chat.FeatureMissing, "Attach is served by gRPC alone: use Subscribe or Pull here").With("feature", "oco.attach")
}

// admins differs from the Core only in the shape of its stream.
type admins struct{ *rpc.Core }

func (a admins) Backup(ctx context.Context, req *ocov1.BackupRequest, stream ocov1connect.AdminServiceBackupServerStream) error {
	return a.Core.Backup(ctx, req, stream.Send)
}

// guard stands around every call: it authorises it before its message is read,
// survives a panic, and puts errors into Connect's words, which sends no other.
func guard(core *rpc.Core) connect.ServerInterceptor {
	return func(next connect.ServerFunc) connect.ServerFunc {
		return func(ctx context.Context, spec connect.Spec, stream connect.ServerStream) error {
			return translate(core.Guard(spec.Procedure, func() error {
				info, ok := connect.CallInfoForServerContext(ctx)
				if !ok {
					return chat.Refuse(chat.KeyMissing, "the call has no headers")
				}
				entered, end, err := enter(ctx, core, spec.Procedure, info.RequestHeader().Values("authorization"))
				if err != nil {
					return err
				}
				defer end()
				return notOurs(next(entered, spec, turned{stream, bodyOf(ctx)}))
			}))
		}
	}
}

// unknown answers a method that there is not, to callers who may not know.
func unknown(context.Context, connect.Spec, connect.ServerStream) error {
	return connect.NewError(connect.CodeUnimplemented, "there is no such method")
}

// notOurs marks what Connect found wrong with a request, which is no failure of the
// bot's that its log should tell.
func notOurs(err error) error {
	var own *connect.Error
	if !errors.As(err, &own) {
		return err
	}
	switch own.Code() {
	case connect.CodeInvalidArgument, connect.CodeResourceExhausted, connect.CodeCanceled, connect.CodeDeadlineExceeded, connect.CodeUnimplemented:
		return rejected{own}
	}
	return err
}

// rejected is an error of Connect's with a code that gRPC's package status sees.
type rejected struct{ own *connect.Error }

func (r rejected) Error() string { return r.own.Error() }

// GRPCStatus tells the code.
func (r rejected) GRPCStatus() *status.Status {
	return status.New(codes.Code(r.own.Code()), r.own.Message())
}

// Unwrap leads to the error itself.
func (r rejected) Unwrap() error { return r.own }

func translate(err error) error {
	if err == nil {
		return nil
	}
	var own *connect.Error
	var refusal *chat.Error
	if errors.As(err, &own) && !errors.As(err, &refusal) {
		return explained(own)
	}
	if refusal != nil {
		err = refusal // what Connect put around it says nothing more
	}
	s := rpc.Status(err)
	out := connect.NewError(connect.Code(s.Code()), s.Message())
	for _, detail := range s.Proto().GetDetails() {
		if packed, err := connectproto.NewErrorDetail(detail); err == nil {
			out = out.WithDetail(packed)
		}
	}
	return out
}

// explained gives Connect's own errors of reading a message their reason.
func explained(err *connect.Error) *connect.Error {
	reason, metadata := chat.Reason(""), map[string]string(nil)
	switch err.Code() {
	case connect.CodeInvalidArgument:
		reason = chat.FieldInvalid
	case connect.CodeResourceExhausted:
		reason, metadata = chat.TooLarge, map[string]string{"limit": strconv.Itoa(rpc.MaxMessage)}
	}
	if reason == "" || len(err.Details()) > 0 {
		return err
	}
	detail, failed := connectproto.NewErrorDetail(&errdetails.ErrorInfo{Reason: string(reason), Domain: rpc.Domain, Metadata: metadata})
	if failed != nil {
		return err
	}
	return err.WithDetail(detail)
}
