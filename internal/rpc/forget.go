package rpc

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/intake"
)

// ForgetUser removes what a person said, and what was said about it, from everything
// that has ended. What it did stays if the caller leaves.
func (c *Core) ForgetUser(ctx context.Context, req *ocov1.ForgetUserRequest) (*ocov1.ForgetUserResponse, error) {
	id := req.GetUserId()
	if err := checkID("user_id", id); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(id, string(chat.KindUser)+":") {
		return nil, invalid("user_id", "%q is no id of a user: it begins with user:", id)
	}
	who := delivery.Person{User: id}
	if native, ok := c.native(chat.KindUser, id); ok {
		// Where a service calls the direct room as it calls the person.
		if room, ok := c.derive(chat.KindRoom, native); ok {
			who.Rooms = append(who.Rooms, room)
		}
	}
	done, err := c.engine.Forget(ctx, who, directRoom, []delivery.Write{{Key: intake.LongIDKey(id)}})
	if err != nil {
		return nil, err
	}
	return &ocov1.ForgetUserResponse{Events: uint64(done.Events), Deliveries: uint64(done.Deliveries), Open: uint64(done.Open)}, nil
}

// directRoom is the room of an event if it is a direct one.
func directRoom(payload []byte) (string, error) {
	var e ocov1.Event
	if err := proto.Unmarshal(payload, &e); err != nil {
		return "", fmt.Errorf("its payload cannot be read: %w", err)
	}
	if e.GetRoomKind() != ocov1.RoomKind_ROOM_KIND_DIRECT {
		return "", nil
	}
	return e.GetAddress().GetRoom().GetRoomId(), nil
}
