package rpc

import (
	"context"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// MatchMessage says which routes would take a message.
func (c *Core) MatchMessage(context.Context, *ocov1.MatchMessageRequest) (*ocov1.MatchMessageResponse, error) {
	return nil, chat.Refuse(chat.FeatureMissing, "MatchMessage is not served yet")
}
