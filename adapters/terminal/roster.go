package terminal

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

// self is the bot's own user. No login name has a colon, so it is nobody else.
func self() oco.User {
	return oco.User{ID: "bot:self", Name: promptName(), MentionName: promptName(), Bot: true, Self: true}
}

func room() oco.Room {
	return oco.Room{ID: roomID, Kind: oco.RoomDirect, Name: string(roomID), Private: true}
}

// Users returns the person at the terminal and the bot.
func (t *terminal) Users(context.Context) ([]oco.User, error) {
	return []oco.User{t.person, self()}, nil
}

// Rooms returns the one room.
func (t *terminal) Rooms(context.Context) ([]oco.Room, error) {
	return []oco.Room{room()}, nil
}

// User looks one of the two users up.
func (t *terminal) User(_ context.Context, by oco.UserLookup) (oco.User, error) {
	for _, u := range []oco.User{t.person, self()} {
		if by.ID == u.ID || by.ID == "" && by.MentionName == u.MentionName {
			return u, nil
		}
	}
	return oco.User{}, status.Error(codes.NotFound, "there are only the person at the terminal and the bot")
}
