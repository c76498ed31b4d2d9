package bot

import (
	"context"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// FindUser finds the user that a message names.
func (d desk) FindUser(ctx context.Context, id, handle string) (*ocov1.User, error) {
	return d.b.core.FindUser(ctx, id, handle)
}

// FindRoom finds the room that a message names.
func (d desk) FindRoom(ctx context.Context, asker, id, name string) (*ocov1.Room, error) {
	return d.b.core.FindRoom(ctx, asker, id, name)
}

// slow takes that the adapter was waited for in vain.
func (b *Bot) slow() {
	b.log.Warn("the adapter does not say in time whom and what messages name, and is not asked for a while; mentions and ids of users work meanwhile")
}
