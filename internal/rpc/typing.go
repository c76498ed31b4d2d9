package rpc

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// How long the bot shows that it is at work: unless the caller says otherwise,
// and at most.
const (
	defaultTyping = 10 * time.Second
	maxTyping     = 60 * time.Second
)

// SetTyping shows that the bot is at work. Nothing of it is kept.
func (c *Core) SetTyping(ctx context.Context, req *ocov1.SetTypingRequest) (*ocov1.SetTypingResponse, error) {
	length := defaultTyping
	if d := req.GetDuration(); d != nil {
		length = d.AsDuration()
		if d.CheckValid() != nil || length <= 0 || length > maxTyping {
			return nil, invalid("duration", "it is longer than nothing and at most %s", maxTyping)
		}
	}
	place, err := c.typeAt(ctx, req)
	if err != nil {
		return nil, err
	}
	switch c.level(chat.CanTyping, place.Room) {
	case chat.Rejected:
		return nil, cannot(chat.CanTyping, "to show that the bot is at work")
	case chat.Dropped, chat.Fallback:
		return &ocov1.SetTypingResponse{}, nil
	}
	to, refused := c.nativeAddress(chat.AccountID(c.opt.Account), place)
	if refused != nil {
		return nil, refused
	}
	_, err = c.ask(ctx, chat.CanTyping, place.Room, &ocov1.Query{Kind: &ocov1.Query_Typing{Typing: &ocov1.TypingQuery{To: to, Duration: durationpb.New(length)}}})
	if errors.Is(err, errNotThere) {
		return nil, noRoom(place.Key())
	}
	if err != nil {
		return nil, err
	}
	return &ocov1.SetTypingResponse{}, nil
}

// typeAt is where the caller wants to show that the bot is at work, and may: in
// the room of a delivery of its own, or where it may send.
func (c *Core) typeAt(ctx context.Context, req *ocov1.SetTypingRequest) (chat.Place, error) {
	id, to := caller(ctx), req.GetTo()
	g, found, err := c.granted(ctx, req.GetDeliveryId())
	if err != nil {
		return chat.Place{}, err
	}
	if to == nil && req.GetDeliveryId() == "" {
		return chat.Place{}, invalid("to", "it says where, or delivery_id does; none of them is set")
	}
	if to != nil && !(g.holds && g.within(to.GetRoom())) {
		if err := c.maySendThere(ctx, to); err != nil {
			if g.holds {
				err = chat.Refuse(chat.RoomForbidden, "to: the delivery grants this in its own room, %s", g.place.Key())
			}
			return chat.Place{}, err
		}
	}
	switch {
	case to != nil:
		if to.GetRoom() == nil { // another place in the room of the delivery
			to = &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: g.place.Room}}, Place: to.GetPlace()}
		}
		return c.place(ctx, "to", to)
	case g.holds:
		return g.place, nil
	}
	if err := c.maySend(id, chat.Place{Room: "any"}); err != nil {
		return chat.Place{}, err
	}
	if !found {
		return chat.Place{}, noDelivery(id, req.GetDeliveryId())
	}
	return g.place, nil
}
