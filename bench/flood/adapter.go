package main

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// publish publishes with the key of the adapter: batches as large as one may be,
// on all connections at once. The events begin with these words.
func publish(words string) attack {
	var first sync.Once
	var account string
	var epoch uint64
	var failed error
	text := words + strings.Repeat(" x", 7<<10)
	return calls(func(ctx context.Context, c caller) error {
		first.Do(func() { account, epoch, failed = serve(ctx, c) })
		if failed != nil {
			return failed
		}
		req := &ocov1.PublishEventsRequest{AccountId: account, Epoch: epoch, Replica: adapterReplica}
		for range 64 {
			n := strconv.FormatInt(c.serial.Add(1), 10)
			room := &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "C" + n}}}
			user := &ocov1.User{UserId: "U" + n, Name: "Flood " + n}
			req.Events = append(req.Events, &ocov1.Event{
				EventId: "E" + n + rand.Text(), Address: room, Actor: user, RoomKind: ocov1.RoomKind_ROOM_KIND_CHANNEL,
				Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{Change: ocov1.Change_CHANGE_CREATED, Message: &ocov1.Message{
					MessageId: "M" + n, Address: proto.CloneOf(room), Sender: proto.CloneOf(user), Content: &ocov1.Content{Text: text},
				}}},
			})
		}
		_, err := ocov1.NewAdapterServiceClient(c.conn).PublishEvents(ctx, req)
		return err
	})
}

const adapterReplica = "flood"

// serve makes the caller the adapter that serves the account.
func serve(ctx context.Context, c caller) (account string, epoch uint64, err error) {
	registered, err := ocov1.NewBotServiceClient(c.conn).Register(ctx, &ocov1.RegisterRequest{
		Replica: adapterReplica, Manifest: &ocov1.Manifest{Adapter: &ocov1.AdapterInfo{Service: "flood", Account: "flood", BotUser: &ocov1.User{UserId: "Uself", Name: "oco"}}},
	})
	if err != nil {
		return "", 0, err
	}
	stream, err := ocov1.NewDeliveryServiceClient(c.conn).Subscribe(ctx, &ocov1.SubscribeRequest{Replica: adapterReplica})
	if err == nil {
		_, err = stream.Recv()
	}
	if err != nil {
		return "", 0, err
	}
	status, err := ocov1.NewAdapterServiceClient(c.conn).ReportStatus(ctx, &ocov1.ReportStatusRequest{
		AccountId: registered.GetAccountId(), Replica: adapterReplica, Connected: true,
	})
	return registered.GetAccountId(), status.GetEpoch(), err
}
