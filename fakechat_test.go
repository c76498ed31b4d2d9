package oco

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// operated records a request and says what became of it.
func (b *fakeBot) operated(req proto.Message) (*ocov1.OperationStatus, error) {
	b.mu.Lock()
	b.operations = append(b.operations, req)
	hook := b.onOperation
	b.mu.Unlock()
	if hook != nil {
		return hook(req)
	}
	return &ocov1.OperationStatus{OperationId: "op", State: ocov1.SendState_SEND_STATE_SENT, Level: ocov1.CapabilityLevel_CAPABILITY_LEVEL_FULL}, nil
}

func (b *fakeBot) UpdateMessage(_ context.Context, req *ocov1.UpdateMessageRequest) (*ocov1.UpdateMessageResponse, error) {
	op, err := b.operated(req)
	return &ocov1.UpdateMessageResponse{Operation: op}, err
}

func (b *fakeBot) DeleteMessage(_ context.Context, req *ocov1.DeleteMessageRequest) (*ocov1.DeleteMessageResponse, error) {
	op, err := b.operated(req)
	return &ocov1.DeleteMessageResponse{Operation: op}, err
}

func (b *fakeBot) SetReaction(_ context.Context, req *ocov1.SetReactionRequest) (*ocov1.SetReactionResponse, error) {
	op, err := b.operated(req)
	return &ocov1.SetReactionResponse{Operation: op}, err
}

func (b *fakeBot) SetMembership(_ context.Context, req *ocov1.SetMembershipRequest) (*ocov1.SetMembershipResponse, error) {
	op, err := b.operated(req)
	return &ocov1.SetMembershipResponse{Operation: op}, err
}

func (b *fakeBot) UpdateRoom(_ context.Context, req *ocov1.UpdateRoomRequest) (*ocov1.UpdateRoomResponse, error) {
	op, err := b.operated(req)
	return &ocov1.UpdateRoomResponse{Operation: op}, err
}

func (b *fakeBot) SetTyping(_ context.Context, req *ocov1.SetTypingRequest) (*ocov1.SetTypingResponse, error) {
	_, err := b.operated(req)
	return &ocov1.SetTypingResponse{}, err
}

func (b *fakeBot) GetRoom(_ context.Context, req *ocov1.GetRoomRequest) (*ocov1.GetRoomResponse, error) {
	if req.GetRoom().GetName() != "ops" {
		return nil, refusal(codes.NotFound, "ROOM_NOT_FOUND")
	}
	return &ocov1.GetRoomResponse{Room: &ocov1.Room{
		RoomId: "room-ops", Name: "ops", Topic: "be kind",
		Capabilities: &ocov1.Capabilities{Levels: map[string]ocov1.CapabilityLevel{"edit": ocov1.CapabilityLevel_CAPABILITY_LEVEL_FALLBACK}},
	}}, nil
}

func (b *fakeBot) ListMembers(_ context.Context, req *ocov1.ListMembersRequest) (*ocov1.ListMembersResponse, error) {
	switch {
	case req.GetRoom().GetRoomId() != "room-ops":
		return nil, status.Error(codes.NotFound, "no such room")
	case req.GetPageToken() == "":
		return &ocov1.ListMembersResponse{Users: []*ocov1.User{{UserId: "a"}}, NextPageToken: "2"}, nil
	}
	return &ocov1.ListMembersResponse{Users: []*ocov1.User{{UserId: "b"}}}, nil
}
