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

// Reload is not served yet.
func (c *Core) Reload(context.Context, *ocov1.ReloadRequest) (*ocov1.ReloadResponse, error) {
	return nil, notYet("Reload")
}

// RestartPlugin is not served yet.
func (c *Core) RestartPlugin(context.Context, *ocov1.RestartPluginRequest) (*ocov1.RestartPluginResponse, error) {
	return nil, notYet("RestartPlugin")
}
