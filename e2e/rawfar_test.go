package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// runRawFar is a handler of generated code elsewhere. It knows nothing of leases,
// sends no heartbeat, completes once, and begins anew whenever something fails.
func runRawFar(_ *site, file string) int {
	endpoint, _, _ := strings.Cut(strings.TrimPrefix(os.Getenv("OCO_ENDPOINT"), "oco+tls://"), "#")
	for n := 0; ; n++ {
		fmt.Fprintln(os.Stderr, "again:", rawFar(endpoint, fmt.Sprintf("raw-%d-%d", os.Getpid(), n), file))
		time.Sleep(200 * time.Millisecond)
	}
}

func rawFar(endpoint, replica, file string) error {
	conn, err := grpc.NewClient(endpoint,
		grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{InsecureSkipVerify: true})), // who is pinned is tested elsewhere
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 3 * time.Second}))
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing is lost with it
	ctx, cancel := context.WithCancel(withKey(context.Background(), os.Getenv("OCO_KEY")))
	defer cancel()
	once := func(call func(context.Context) error) error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return call(ctx)
	}
	err = once(func(ctx context.Context) error {
		_, err := ocov1.NewBotServiceClient(conn).Register(ctx, &ocov1.RegisterRequest{
			Replica: replica, Manifest: &ocov1.Manifest{Routes: []*ocov1.Route{rawRoute("once")}},
		})
		return err
	})
	if err != nil {
		return err
	}
	service := ocov1.NewDeliveryServiceClient(conn)
	stream, err := service.Subscribe(ctx, &ocov1.SubscribeRequest{Replica: replica, MaxInFlight: 1})
	if err != nil {
		return err
	}
	for {
		answer, err := stream.Recv()
		if err != nil {
			return err
		}
		for _, frame := range answer.GetFrames() {
			d := frame.GetDelivery()
			if d == nil {
				continue
			}
			n := d.GetMatch().GetArguments()[0].GetText()
			if err := count(file, d.GetRoute()+" "+n); err != nil {
				return err
			}
			done := &ocov1.Completion{
				DeliveryId: d.GetDeliveryId(), LeaseId: d.GetLeaseId(), Kind: &ocov1.Completion_Done{Done: &ocov1.Done{}},
				Sends: []*ocov1.Send{{Key: "1", Message: &ocov1.OutgoingMessage{Content: &ocov1.Content{Text: d.GetRoute() + " " + n + " ran"}}}},
			}
			err := once(func(ctx context.Context) error {
				_, err := service.Complete(ctx, &ocov1.CompleteRequest{Replica: replica, Completions: []*ocov1.Completion{done}})
				return err
			})
			if err != nil {
				return err
			}
		}
	}
}
