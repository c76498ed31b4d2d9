package rpc

import (
	"context"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// A standing is where a message stands.
type standing struct {
	chat.Place
	spoken bool // by the bot, by itself
}

// isForeign says that the id is that of a message which the bot did not send: the
// chat service made it.
func isForeign(message string) bool { return strings.HasPrefix(message, string(chat.KindMessage)+":") }

// standing finds where a message stands: one of the bot's own by itself, any
// other by the room that the request names.
func (c *Core) standing(ctx context.Context, message string, room *ocov1.RoomRef) (standing, error) {
	if !isForeign(message) {
		at, err := do[delivery.Located](ctx, c.engine, delivery.Locate{Message: message})
		return standing{at.Place, spokenByBot(at)}, err
	}
	if room == nil {
		return standing{}, invalid("room", "the bot did not send %s: say in which room it stands", message)
	}
	place, err := c.room(ctx, "room", room)
	if err != nil {
		return standing{}, err
	}
	return standing{Place: place}, c.checkForeign(message)
}

// checkForeign wants a message to be one of this bot's account. Whether it is
// there only its chat service knows.
func (c *Core) checkForeign(message string) error {
	if _, ok := c.native(chat.KindMessage, message); !ok {
		return chat.Refuse(chat.MessageNotFound, "message_id: %q is no message of this bot's account", message)
	}
	return nil
}
