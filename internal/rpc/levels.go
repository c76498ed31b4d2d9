package rpc

import (
	"strconv"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// maxReportedRooms bounds the rooms of which an adapter reports capabilities of
// their own, maxServiceID the chat service's own ids in reports.
const (
	maxReportedRooms = 1000
	maxServiceID     = 1 << 10
)

// reported are the capabilities of rooms that differ from those of the account,
// by the bot's own ids of the rooms.
type reported map[string]*ocov1.Capabilities

// reportedRooms reads what an adapter reports of rooms. Of names that this bot
// does not know nothing is kept, so that what is kept is bounded.
func (c *Core) reportedRooms(rooms []*ocov1.Room) (reported, *chat.Error) {
	if len(rooms) > maxReportedRooms {
		return nil, tooLarge("rooms", len(rooms), maxReportedRooms, "rooms")
	}
	all := make(reported, len(rooms))
	for i, r := range rooms {
		field := "rooms[" + strconv.Itoa(i) + "].room_id"
		if r.GetRoomId() == "" {
			return nil, invalid(field, "it is missing")
		}
		if err := checkLength(field, r.GetRoomId(), maxServiceID); err != nil {
			return nil, err
		}
		id, _ := chat.Derive(chat.KindRoom, c.opt.Account, r.GetRoomId())
		kept := &ocov1.Capabilities{
			Levels: map[string]ocov1.CapabilityLevel{}, MaxTextLength: r.GetCapabilities().GetMaxTextLength(),
			IdempotentSend: r.GetCapabilities().GetIdempotentSend(),
		}
		for _, name := range chat.Capabilities() {
			if level := r.GetCapabilities().GetLevels()[name]; chat.ParseLevel(int32(level)) != 0 {
				kept.Levels[name] = level
			}
		}
		all[id] = kept
	}
	return all, nil
}

// level is how much of something can be done in a room, an empty one for the
// account: as the adapter reports of the room, else of the account, else by
// default (OCO-OPS-2).
func (c *Core) level(name, room string) chat.Level {
	for _, said := range []*ocov1.Capabilities{c.roomCapabilities(room), c.capabilities()} {
		if level := chat.ParseLevel(int32(said.GetLevels()[name])); level != 0 {
			return level
		}
	}
	return chat.DefaultLevel(name)
}

func (c *Core) roomCapabilities(room string) *ocov1.Capabilities {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.account.rooms[room]
}

// effective are the capabilities that hold in a room, each name with its level.
func (c *Core) effective(room string) *ocov1.Capabilities {
	own, account := c.roomCapabilities(room), c.capabilities()
	all := &ocov1.Capabilities{
		Levels:        map[string]ocov1.CapabilityLevel{},
		MaxTextLength: account.GetMaxTextLength(), IdempotentSend: account.GetIdempotentSend() || own.GetIdempotentSend(),
	}
	if n := own.GetMaxTextLength(); n > 0 {
		all.MaxTextLength = n
	}
	for _, name := range chat.Capabilities() {
		all.Levels[name] = ocov1.CapabilityLevel(c.level(name, room))
	}
	return all
}

// checkAddress refuses an address that the adapter cannot reach, and an answer to
// a message where there is none.
func (c *Core) checkAddress(field string, to chat.Place, replyTo string) *chat.Error {
	switch {
	case to.User != "" && c.level(chat.CanDirect, "") == chat.Rejected:
		return cannot(chat.CanDirect, field+".to.room.user_id")
	case (to.Thread != "" || to.Start != "") && c.level(chat.CanThread, to.Room) == chat.Rejected:
		return cannot(chat.CanThread, field+".to")
	case replyTo != "" && c.level(chat.CanReply, to.Room) == chat.Rejected:
		return cannot(chat.CanReply, field+".reply_to")
	}
	return nil
}

// reachable is what of an address the adapter can do: where there are no threads,
// the room itself.
func (c *Core) reachable(p chat.Place) chat.Place {
	if (p.Thread != "" || p.Start != "") && c.level(chat.CanThread, p.Room) <= chat.Fallback {
		p.Thread, p.Start = "", ""
	}
	return p
}

// cannot refuses what the adapter cannot do.
func cannot(name, what string) *chat.Error {
	return chat.Refuse(chat.CapabilityMissing, "%s: the adapter cannot do that there", what).With("capability", name)
}
