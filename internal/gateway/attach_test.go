package gateway_test

import (
	"errors"
	"io"
	"testing"

	"connectrpc.com/connect/v2"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/gen/openchatops/v1/ocov1connect"
	"github.com/openchatops/oco/internal/chat"
)

// The HTTP port refuses Attach, whatever is spoken there, and says what to do
// instead (OCO-ATT-9).
func TestAttachIsForGRPCAlone(t *testing.T) {
	w := newWorld(t)
	for name, transport := range w.transports() {
		if name == "connect over HTTP/1.1" || name == "gRPC-Web over HTTP/1.1" {
			continue // their clients know that it cannot work
		}
		t.Run(name, func(t *testing.T) {
			ctx, _ := with(w.key(chat.RoleHandler))
			stream, err := ocov1connect.NewDeliveryServiceClient(connect.NewClient(transport)).Attach(ctx)
			fatal(t, err)
			err = stream.Send(&ocov1.AttachRequest{Kind: &ocov1.AttachRequest_Subscribe{Subscribe: &ocov1.SubscribeRequest{Replica: "one"}}})
			if !errors.Is(err, io.EOF) { // the refusal may come first, and Receive tells it
				fatal(t, err)
			}
			_, err = stream.Receive()
			wantsCode(t, err, connect.CodeFailedPrecondition)
		})
	}
}
