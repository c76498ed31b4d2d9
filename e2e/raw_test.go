package e2e

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// rawConn dials the bot that started this process, with generated code only.
func rawConn() (ctx context.Context, conn *grpc.ClientConn, err error) {
	keys := bufio.NewScanner(os.NewFile(3, "keys"))
	if !keys.Scan() {
		return nil, nil, fmt.Errorf("no key: %v", keys.Err())
	}
	_, key, _ := strings.Cut(keys.Text(), " ")
	conn, err = grpc.NewClient(os.Getenv("OCO_ENDPOINT"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	return withKey(context.Background(), key), conn, err
}

// rawRoute is a command that takes one argument.
func rawRoute(word string) *ocov1.Route {
	return &ocov1.Route{Match: &ocov1.Route_Command{Command: &ocov1.CommandMatch{Pattern: word + " {n}"}}}
}

// runRawHandler is a handler that knows nothing of leases: it registers, takes
// what comes one after the other, and completes it. It sends no heartbeat and
// repeats nothing.
func runRawHandler(s *site, file string) int {
	if err := rawHandler(s, file); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func rawHandler(s *site, file string) error {
	ctx, conn, err := rawConn()
	if err != nil {
		return err
	}
	replica := fmt.Sprintf("raw-%d-%d", os.Getpid(), time.Now().UnixNano())
	_, err = ocov1.NewBotServiceClient(conn).Register(ctx, &ocov1.RegisterRequest{
		Replica: replica, Manifest: &ocov1.Manifest{Routes: []*ocov1.Route{rawRoute("once")}},
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
			s.step("running")
			done := &ocov1.Completion{
				DeliveryId: d.GetDeliveryId(), LeaseId: d.GetLeaseId(), Kind: &ocov1.Completion_Done{Done: &ocov1.Done{}},
				Sends: []*ocov1.Send{{Key: "1", Message: &ocov1.OutgoingMessage{Content: &ocov1.Content{Text: d.GetRoute() + " " + n + " ran"}}}},
			}
			s.step("replied")
			if _, err := service.Complete(ctx, &ocov1.CompleteRequest{Replica: replica, Completions: []*ocov1.Completion{done}}); err != nil {
				return err
			}
		}
	}
}
