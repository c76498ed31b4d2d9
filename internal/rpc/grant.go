package rpc

import (
	"context"
	"strings"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/record"
)

// grantTerm is how long after its end a delivery still grants what it granted
// (OCO-OPS-14).
const grantTerm = 15 * time.Minute

// A grant is what a delivery lets its handler do in its room without a scope.
type grant struct {
	place chat.Place
	holds bool // not if it ended too long ago
}

// granted looks at a delivery of the caller's own that a request names. Nobody
// else has one; found is false then, and for one that is not there.
func (c *Core) granted(ctx context.Context, deliveryID string) (g grant, found bool, err error) {
	if deliveryID == "" {
		return grant{}, false, nil
	}
	id := caller(ctx)
	if id.Role != chat.RoleHandler {
		return grant{}, false, invalid("delivery_id", "only handlers have deliveries: name the room")
	}
	if err := checkID("delivery_id", deliveryID); err != nil {
		return grant{}, false, err
	}
	row, err := c.deliveryRow(deliveryID)
	if err != nil || row == nil || row.Plugin != id.Name {
		return grant{}, false, err
	}
	g.place = chat.Place{Room: row.Place.GetRoom(), User: row.Place.GetUser(), Thread: row.Place.GetThread(), Start: row.Place.GetStart()}
	g.holds = row.EndMs == 0 || time.Since(time.UnixMilli(row.EndMs)) <= grantTerm
	return g, true, nil
}

// deliveryRow reads the row of a delivery, ended or open; nil if there is none.
func (c *Core) deliveryRow(id string) (*record.Delivery, error) {
	row := new(record.Delivery)
	found, err := c.row(delivery.EndedKey(id), row)
	if err != nil || found {
		return row, err
	}
	return c.openRow(id)
}

// sentByOwn reports whether a message was sent in a delivery of the caller's: its
// id says of which.
func (c *Core) sentByOwn(ctx context.Context, message string) (bool, error) {
	id := caller(ctx)
	if id.Role != chat.RoleHandler || !strings.Contains(message, "/") {
		return false, nil
	}
	row, err := c.deliveryRow(deliveryOf(message))
	return row != nil && row.Plugin == id.Name, err
}

// may says whether somebody may do something wherever they like.
func may(id plugin.Identity, scope string) bool {
	return id.Role == chat.RoleOperator || id.May(scope)
}

// within reports whether a room that a request names is that of a grant, without
// looking anything up: who may not learns nothing (OCO-OPS-15).
func (g grant) within(r *ocov1.RoomRef) bool {
	switch by := r.GetBy().(type) {
	case nil:
		return true
	case *ocov1.RoomRef_RoomId:
		return by.RoomId == g.place.Room
	case *ocov1.RoomRef_UserId:
		return by.UserId == g.place.User && g.place.Room == ""
	}
	return false
}
