package rpc

import (
	"context"
	"errors"
	"io"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco/internal/chat"
)

// decoding makes a service say what is wrong with a message that cannot be
// decoded, such as a text that is not UTF-8: grpc-go says INTERNAL.
func decoding(desc grpc.ServiceDesc) grpc.ServiceDesc {
	desc.Methods = slices.Clone(desc.Methods)
	for i, m := range desc.Methods {
		desc.Methods[i].Handler = func(srv any, ctx context.Context, dec func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
			return m.Handler(srv, ctx, func(v any) error { return undecodable(dec(v)) }, interceptor)
		}
	}
	return desc
}

func undecodable(err error) error {
	if err == nil || status.Code(err) != codes.Internal {
		return err
	}
	return refusal(chat.Refuse(chat.FieldInvalid, "the message cannot be decoded: it is not of the schema, or a text in it is not UTF-8")).Err()
}

// decodingStream does the same for a stream.
type decodingStream struct{ grpc.ServerStream }

func (s decodingStream) RecvMsg(m any) error {
	err := s.ServerStream.RecvMsg(m)
	if errors.Is(err, io.EOF) {
		return err
	}
	return undecodable(err)
}
