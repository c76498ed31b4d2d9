package bot

import (
	"context"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Match says which routes would take a message, as MatchMessage tells operators. What
// is wrong with the request is an error for people.
func (b *Bot) Match(ctx context.Context, req *ocov1.MatchMessageRequest) (*ocov1.MatchMessageResponse, error) {
	return b.core.MatchMessage(ctx, req)
}
