package rpc

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
)

// maxEmoji is the length of an emoji or of its name, in bytes (OCO-OPS-16).
const maxEmoji = 64

// SetReaction adds the bot's reaction to a message or takes it back.
func (c *Core) SetReaction(ctx context.Context, req *ocov1.SetReactionRequest) (*ocov1.SetReactionResponse, error) {
	id, emoji := req.GetMessageId(), req.GetEmoji()
	if err := checkID("message_id", id); err != nil {
		return nil, err
	}
	if err := checkEmoji(emoji); err != nil {
		return nil, err
	}
	e, err := newErrand(req)
	if err != nil {
		return nil, err
	}
	if e.place, err = c.reactAt(ctx, req); err != nil {
		return nil, err
	}
	e.capability, e.what = chat.CanReaction, "reaction "+emoji+" to "+id
	if req.GetRemove() {
		e.what = "removal of the " + e.what
	}
	e.operation = &ocov1.Operation{Kind: &ocov1.Operation_Reaction{Reaction: &ocov1.ReactionOperation{MessageId: id, Emoji: emoji, Remove: req.GetRemove()}}}
	e.instead = func() (*delivery.NewSend, *chat.Error) {
		if req.GetRemove() {
			return nil, nil
		}
		return &delivery.NewSend{Text: spelled(emoji), ReplyTo: id}, nil
	}
	status, err := c.run(ctx, e)
	if err != nil {
		return nil, err
	}
	return &ocov1.SetReactionResponse{Operation: status}, nil
}

// reactAt is where the message stands to which the caller reacts and may react.
func (c *Core) reactAt(ctx context.Context, req *ocov1.SetReactionRequest) (chat.Place, error) {
	id := caller(ctx)
	g, found, err := c.granted(ctx, req.GetDeliveryId())
	if err != nil {
		return chat.Place{}, err
	}
	if may(id, plugin.ReactionsWrite) {
		if req.GetDeliveryId() != "" && !found {
			return chat.Place{}, noDelivery(id, req.GetDeliveryId())
		}
		if found && req.GetRoom() == nil && isForeign(req.GetMessageId()) {
			return g.place, c.checkForeign(req.GetMessageId())
		}
		at, err := c.standing(ctx, req.GetMessageId(), req.GetRoom())
		return at.Place, err
	}
	if !g.holds {
		return chat.Place{}, missing(id, plugin.ReactionsWrite)
	}
	if !g.within(req.GetRoom()) {
		return chat.Place{}, chat.Refuse(chat.RoomForbidden, "room: the delivery grants reacting in its own room, %s; for others the scope %s is needed", g.place.Key(), plugin.ReactionsWrite)
	}
	if isForeign(req.GetMessageId()) {
		return g.place, c.checkForeign(req.GetMessageId())
	}
	at, err := c.standing(ctx, req.GetMessageId(), nil)
	var refused *chat.Error
	if err != nil && !errors.As(err, &refused) {
		return chat.Place{}, err
	}
	if err != nil || at.Key() != g.place.Key() {
		return chat.Place{}, chat.Refuse(chat.MessageNotFound, "message_id: the bot sent no message %q in the room of the delivery", req.GetMessageId())
	}
	return at.Place, nil
}

func noDelivery(id plugin.Identity, deliveryID string) *chat.Error {
	return chat.Refuse(chat.DeliveryNotFound, "delivery_id: no delivery %s of %s", deliveryID, id.Name)
}

// checkEmoji wants one word that shows: an emoji may have several code points,
// joined by one that does not.
func checkEmoji(emoji string) *chat.Error {
	const field = "emoji"
	switch {
	case emoji == "":
		return invalid(field, "it is missing")
	case len(emoji) > maxEmoji:
		return tooLarge(field, len(emoji), maxEmoji, "bytes")
	case !utf8.ValidString(emoji):
		return invalid(field, "it is not UTF-8")
	case strings.ContainsFunc(emoji, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return invalid(field, "%q has white space or control characters in it", emoji)
	}
	return nil
}

// spelled is an emoji as it is said: the name of one between colons.
func spelled(emoji string) string {
	for _, r := range emoji {
		if r > unicode.MaxASCII || r == ':' {
			return emoji
		}
	}
	return ":" + emoji + ":"
}
