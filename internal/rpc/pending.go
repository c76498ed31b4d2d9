package rpc

import (
	"context"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// notYet answers a method of which only the shape is there.
func notYet(feature string) *chat.Error {
	return chat.Refuse(chat.FeatureMissing, "this bot does not serve %s yet", feature).With("feature", feature)
}

// UpdateMessage is not served yet.
func (c *Core) UpdateMessage(context.Context, *ocov1.UpdateMessageRequest) (*ocov1.UpdateMessageResponse, error) {
	return nil, notYet("UpdateMessage")
}

// DeleteMessage is not served yet.
func (c *Core) DeleteMessage(context.Context, *ocov1.DeleteMessageRequest) (*ocov1.DeleteMessageResponse, error) {
	return nil, notYet("DeleteMessage")
}

// SetReaction is not served yet.
func (c *Core) SetReaction(context.Context, *ocov1.SetReactionRequest) (*ocov1.SetReactionResponse, error) {
	return nil, notYet("SetReaction")
}

// SetTyping is not served yet.
func (c *Core) SetTyping(context.Context, *ocov1.SetTypingRequest) (*ocov1.SetTypingResponse, error) {
	return nil, notYet("SetTyping")
}

// SetMembership is not served yet.
func (c *Core) SetMembership(context.Context, *ocov1.SetMembershipRequest) (*ocov1.SetMembershipResponse, error) {
	return nil, notYet("SetMembership")
}

// UpdateRoom is not served yet.
func (c *Core) UpdateRoom(context.Context, *ocov1.UpdateRoomRequest) (*ocov1.UpdateRoomResponse, error) {
	return nil, notYet("UpdateRoom")
}

// GetRoom is not served yet.
func (c *Core) GetRoom(context.Context, *ocov1.GetRoomRequest) (*ocov1.GetRoomResponse, error) {
	return nil, notYet("GetRoom")
}

// ListMembers is not served yet.
func (c *Core) ListMembers(context.Context, *ocov1.ListMembersRequest) (*ocov1.ListMembersResponse, error) {
	return nil, notYet("ListMembers")
}

// Reload is not served yet.
func (c *Core) Reload(context.Context, *ocov1.ReloadRequest) (*ocov1.ReloadResponse, error) {
	return nil, notYet("Reload")
}

// RestartPlugin is not served yet.
func (c *Core) RestartPlugin(context.Context, *ocov1.RestartPluginRequest) (*ocov1.RestartPluginResponse, error) {
	return nil, notYet("RestartPlugin")
}
