package rpc

import (
	"context"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// ForgetUser removes what a person said.
func (c *Core) ForgetUser(context.Context, *ocov1.ForgetUserRequest) (*ocov1.ForgetUserResponse, error) {
	return nil, pending("ForgetUser")
}

func pending(method string) *chat.Error {
	return chat.Refuse(chat.FeatureMissing, "%s is not served yet", method)
}
