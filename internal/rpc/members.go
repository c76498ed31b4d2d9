package rpc

import (
	"context"
	"errors"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// ListMembers asks the adapter who is in a room, page by page.
func (c *Core) ListMembers(ctx context.Context, req *ocov1.ListMembersRequest) (*ocov1.ListMembersResponse, error) {
	page, refused := c.page("", req.GetPageSize(), req.GetPageToken())
	if refused != nil {
		return nil, refused
	}
	place, err := c.channel(ctx, req.GetRoom(), false)
	if err != nil {
		return nil, err
	}
	native, _ := c.native(chat.KindRoom, place.Room)
	answer, err := c.ask(ctx, chat.CanMembers, place.Room, &ocov1.Query{Kind: &ocov1.Query_Members{Members: &ocov1.MembersQuery{RoomId: native, PageToken: page.token}}})
	if errors.Is(err, errNotThere) {
		return nil, noRoom(place.Room)
	}
	if err != nil {
		return nil, err
	}
	users, next := cut(page, answer.GetUsers(), answer.GetNextPageToken())
	res := &ocov1.ListMembersResponse{NextPageToken: next}
	for _, u := range users {
		if user, ok := c.user(ctx, u); ok {
			res.Users = append(res.Users, user)
		}
	}
	return res, nil
}
