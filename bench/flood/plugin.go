package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// The attacks with calls that a handler may make.

func (c caller) replica() string { return "flood-" + strconv.Itoa(c.worker) }

// manyRoutes are as many as one plugin may register, different for each variant.
func manyRoutes(variant int) *ocov1.Manifest {
	m := &ocov1.Manifest{Version: strconv.Itoa(variant)}
	for n := range 10_000 {
		m.Routes = append(m.Routes, &ocov1.Route{Help: "Floods.", Match: &ocov1.Route_Command{Command: &ocov1.CommandMatch{
			Pattern: fmt.Sprintf("flood%d to{n:integer} variant%d [at {when:time}]", n, variant),
		}}})
	}
	return m
}

// register registers 10,000 routes as one replica after the other, each time
// with other routes than before.
var register = calls(func(ctx context.Context, c caller) error {
	_, err := ocov1.NewBotServiceClient(c.conn).Register(ctx, &ocov1.RegisterRequest{
		Replica: c.replica(), Manifest: manyRoutes(int(c.serial.Add(1))),
	})
	return err
})

// greet makes a replica known, with one route.
func greet(ctx context.Context, c caller) error {
	_, err := ocov1.NewBotServiceClient(c.conn).Register(ctx, &ocov1.RegisterRequest{Replica: c.replica(), Manifest: &ocov1.Manifest{
		Routes: []*ocov1.Route{{Match: &ocov1.Route_Command{Command: &ocov1.CommandMatch{Pattern: "flood {text...}"}}}},
	}})
	return err
}

// subscribe opens streams of Subscribe for ever new replicas and drops them.
var subscribe = calls(func(ctx context.Context, c caller) error {
	if err := greet(ctx, c); err != nil {
		return err
	}
	ctx, drop := context.WithCancel(ctx)
	defer drop()
	stream, err := ocov1.NewDeliveryServiceClient(c.conn).Subscribe(ctx, &ocov1.SubscribeRequest{Replica: c.replica(), MaxInFlight: 64})
	if err == nil {
		_, err = stream.Recv()
	}
	return err
})

// pull waits for deliveries that do not come, and gives up at once.
var pull = calls(func(ctx context.Context, c caller) error {
	short, drop := context.WithTimeout(ctx, 5*time.Millisecond)
	defer drop()
	_, err := ocov1.NewDeliveryServiceClient(c.conn).Pull(short, &ocov1.PullRequest{
		Replica: fmt.Sprintf("flood-%d", c.serial.Add(1)), MaxDeliveries: 64, Wait: durationpb.New(time.Minute),
	})
	return err
})

// attach opens an Attach and sends calls on it as fast as it takes them, without
// ever reading an answer.
var attach = calls(func(ctx context.Context, c caller) error {
	if err := greet(ctx, c); err != nil {
		return err
	}
	ctx, drop := context.WithTimeout(ctx, 5*time.Second) // then another one
	defer drop()
	stream, err := ocov1.NewDeliveryServiceClient(c.conn).Attach(ctx)
	if err != nil {
		return err
	}
	err = stream.Send(&ocov1.AttachRequest{Kind: &ocov1.AttachRequest_Subscribe{Subscribe: &ocov1.SubscribeRequest{Replica: c.replica()}}})
	for n := uint64(1); err == nil; n++ {
		err = stream.Send(&ocov1.AttachRequest{Call: n, Kind: &ocov1.AttachRequest_Heartbeat{Heartbeat: heartbeatOf(c, 4096)}})
	}
	return err
})

// complete completes what it was never given, with texts as long as allowed.
var complete = calls(func(ctx context.Context, c caller) error {
	req := &ocov1.CompleteRequest{Replica: c.replica()}
	for range 64 {
		req.Completions = append(req.Completions, &ocov1.Completion{
			DeliveryId: rand.Text(), LeaseId: rand.Text(), Kind: &ocov1.Completion_Done{Done: &ocov1.Done{}},
			Sends: []*ocov1.Send{{Key: "1", Message: &ocov1.OutgoingMessage{Content: &ocov1.Content{Text: strings.Repeat("x", 15<<10)}}}},
		})
	}
	_, err := ocov1.NewDeliveryServiceClient(c.conn).Complete(ctx, req)
	return err
})

func heartbeatOf(c caller, leases int) *ocov1.HeartbeatRequest {
	req := &ocov1.HeartbeatRequest{Replica: c.replica()}
	for n := range leases {
		req.Held = append(req.Held, &ocov1.HeldLease{DeliveryId: fmt.Sprintf("delivery:%d-%d", c.worker, n), LeaseId: strconv.Itoa(n)})
	}
	return req
}

// heartbeat says to hold 10,000 leases, in as many calls as that takes.
var heartbeat = calls(func(ctx context.Context, c caller) error {
	if err := greet(ctx, c); err != nil {
		return err
	}
	service := ocov1.NewDeliveryServiceClient(c.conn)
	for _, leases := range []int{4096, 4096, 1808} {
		if _, err := service.Heartbeat(ctx, heartbeatOf(c, leases)); err != nil {
			return err
		}
	}
	return nil
})

// storing writes values as large as allowed until the quota is full, and goes on.
var storing = calls(func(ctx context.Context, c caller) error {
	value := make([]byte, 255<<10)
	_, _ = rand.Read(value) // it never fails
	_, err := ocov1.NewStorageServiceClient(c.conn).Transact(ctx, &ocov1.TransactRequest{
		RequestId: rand.Text(), Transaction: &ocov1.Transaction{Writes: []*ocov1.Write{
			{Kind: &ocov1.Write_Put{Put: &ocov1.Put{Key: rand.Text(), Value: value}}},
		}},
	})
	return err
})

// sending sends messages as long as allowed into a room, where nobody takes them.
var sending = calls(func(ctx context.Context, c caller) error {
	_, err := ocov1.NewChatServiceClient(c.conn).SendMessage(ctx, &ocov1.SendMessageRequest{
		Id: &ocov1.SendMessageRequest_RequestId{RequestId: rand.Text()},
		Message: &ocov1.OutgoingMessage{
			To:      &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: fmt.Sprintf("room:1:C%d", c.serial.Add(1)%100)}}},
			Content: &ocov1.Content{Text: strings.Repeat("x", 63<<10)},
		},
	})
	return err
})
