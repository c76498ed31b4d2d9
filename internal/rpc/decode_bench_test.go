package rpc

import (
	"fmt"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/wire"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// BenchmarkDecode reads a frame of 20 commands, as a handler does, by the generated
// methods and by protobuf.
func BenchmarkDecode(b *testing.B) {
	res := &ocov1.SubscribeResponse{}
	for i := range 20 {
		address := &ocov1.Address{Room: &ocov1.RoomRef{AccountId: "account:1", By: &ocov1.RoomRef_RoomId{RoomId: fmt.Sprint("room:1:C", 4096+i)}}}
		user := &ocov1.User{UserId: fmt.Sprint("user:1:U", 4096+i), AccountId: "account:1", Name: "Alice Liddell", MentionName: "alice"}
		text := fmt.Sprintf("%07d restart the payments service in the western region and tell whoever is on call", i)
		id := fmt.Sprintf("d%026d", i)
		res.Frames = append(res.Frames, &ocov1.Frame{Kind: &ocov1.Frame_Delivery{Delivery: &ocov1.Delivery{
			DeliveryId: id, LeaseId: id + ".1", Attempt: 1, Route: "echo", RunPolicy: ocov1.RunPolicy_RUN_POLICY_ONCE,
			Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
			Match: &ocov1.Match{Text: "echo " + text, Addressed: true, Arguments: []*ocov1.Argument{
				{Name: "text", Raw: text, Value: &ocov1.Argument_Text{Text: text}},
			}},
			Payload: &ocov1.Delivery_Event{Event: &ocov1.Event{
				EventId: fmt.Sprint("event:1:Ev", i), AccountId: "account:1", OccurTime: timestamppb.Now(), AdmitTime: timestamppb.Now(),
				Address: address, Actor: user, RoomKind: ocov1.RoomKind_ROOM_KIND_CHANNEL,
				Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{Change: ocov1.Change_CHANGE_CREATED, Message: &ocov1.Message{
					MessageId: fmt.Sprint("msg:1:M", i), Address: address, Sender: user, Content: &ocov1.Content{Text: "oco: echo " + text},
					CreateTime: timestamppb.Now(),
				}}},
			}},
		}}})
	}
	raw, err := wire.Marshal(res)
	if err != nil {
		b.Fatal(err)
	}
	for name, decode := range map[string]func(*ocov1.SubscribeResponse) error{
		"generated": func(m *ocov1.SubscribeResponse) error { return wire.Decode(raw, m) },
		"protobuf":  func(m *ocov1.SubscribeResponse) error { return proto.Unmarshal(raw, m) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := decode(&ocov1.SubscribeResponse{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
