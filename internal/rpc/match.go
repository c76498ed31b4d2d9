package rpc

import (
	"context"
	"errors"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/texts"
)

// MatchMessage says which routes would take a message, and which nearly would and
// why not. Nothing runs and nothing is recorded (OCO-RPC-37).
func (c *Core) MatchMessage(ctx context.Context, req *ocov1.MatchMessageRequest) (*ocov1.MatchMessageResponse, error) {
	if strings.TrimSpace(req.GetText()) == "" {
		return nil, invalid("text", "it says nothing: give what somebody would type")
	}
	if err := checkText("text", req.GetText()); err != nil {
		return nil, err
	}
	e, err := c.supposed(ctx, req)
	if err != nil {
		return nil, err
	}
	res, err := c.opt.Intake.Explain(ctx, c.opt.Account, e)
	if err != nil {
		return nil, err
	}
	return res, c.standOf(ctx, append(res.GetHears(), res.GetCommand()))
}

// supposed is the event of a message that nobody said.
func (c *Core) supposed(ctx context.Context, req *ocov1.MatchMessageRequest) (*ocov1.Event, error) {
	user, err := c.supposedUser(ctx, req)
	if err != nil {
		return nil, err
	}
	place, kind, err := c.supposedPlace(ctx, req.GetRoom())
	if err != nil {
		return nil, err
	}
	address := &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_UserId{UserId: user.GetUserId()}}}
	if place.Room != "" {
		address.Room.By = &ocov1.RoomRef_RoomId{RoomId: place.Room}
	}
	change := ocov1.Change_CHANGE_CREATED
	if req.GetEdited() {
		change = ocov1.Change_CHANGE_UPDATED
	}
	return &ocov1.Event{
		AccountId: chat.AccountID(c.opt.Account), Actor: user, Address: address, RoomKind: kind,
		Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{
			Change: change, Message: &ocov1.Message{Content: &ocov1.Content{Text: req.GetText()}},
		}},
	}, nil
}

// supposedUser is who says it. Of one who is named by an id more is told if the
// adapter can tell; it need not know them now.
func (c *Core) supposedUser(ctx context.Context, req *ocov1.MatchMessageRequest) (*ocov1.User, error) {
	if req.GetUser() == nil {
		return new(ocov1.User), nil
	}
	id := req.GetUserId()
	found, err := c.FindUser(ctx, id, req.GetMentionName())
	if _, ours := c.native(chat.KindUser, id); ours && notTold(err) {
		return &ocov1.User{UserId: id, AccountId: chat.AccountID(c.opt.Account)}, nil
	}
	return found, err
}

// supposedPlace is where it is said. Of a room of which the adapter cannot tell, it
// is taken that others read it.
func (c *Core) supposedPlace(ctx context.Context, room *ocov1.RoomRef) (chat.Place, ocov1.RoomKind, error) {
	if room.GetBy() == nil {
		return chat.Place{}, ocov1.RoomKind_ROOM_KIND_DIRECT, nil
	}
	place, err := c.room(ctx, "room", room)
	if err != nil || place.User != "" {
		return place, ocov1.RoomKind_ROOM_KIND_DIRECT, err
	}
	found, err := c.GetRoom(ctx, &ocov1.GetRoomRequest{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: place.Room}}})
	kind := found.GetRoom().GetKind()
	if notTold(err) || err == nil && kind == ocov1.RoomKind_ROOM_KIND_UNSPECIFIED {
		return place, ocov1.RoomKind_ROOM_KIND_CHANNEL, nil
	}
	return place, kind, err
}

// notTold says that no adapter is there to ask, or that it has nothing to tell.
func notTold(err error) bool {
	var refused *chat.Error
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Reason {
	case chat.CapabilityMissing, chat.AdapterDisconnected, chat.UserNotFound, chat.RoomNotFound:
		return true
	}
	return false
}

// standOf says of routes whether they would run at once.
func (c *Core) standOf(ctx context.Context, all []*ocov1.RouteMatch) error {
	snapshot, err := do[delivery.Snapshot](ctx, c.engine, delivery.Inspect{})
	if err != nil {
		return err
	}
	alive, table := definitions(snapshot), c.opt.Registry.Table()
	for _, m := range all {
		r := table.Find(m.GetPluginId(), m.GetRoute())
		if m == nil || r == nil {
			continue
		}
		m.Offline = !alive[r.ID]
		m.Waits = (*texts.Catalogue)(nil).Text(c.holdsUp(snapshot, m.GetPluginId()))
	}
	return nil
}
