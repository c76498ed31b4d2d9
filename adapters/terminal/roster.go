package terminal

import (
	"context"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

// self is the bot's own user. No login name has a colon, so it is nobody else.
func self() oco.User {
	return oco.User{ID: "bot:self", Name: promptName(), MentionName: promptName(), Bot: true, Self: true}
}

// Users returns who spoke at the terminal, and the bot.
func (t *terminal) Users(context.Context) ([]oco.User, error) {
	users, _ := t.places.known()
	return append(slices.Clone(users), self()), nil
}

// Rooms returns where somebody was.
func (t *terminal) Rooms(context.Context) ([]oco.Room, error) {
	_, rooms := t.places.known()
	return rooms, nil
}

// User looks one of the users up.
func (t *terminal) User(ctx context.Context, by oco.UserLookup) (oco.User, error) {
	users, err := t.Users(ctx)
	if err != nil {
		return oco.User{}, err
	}
	for _, u := range users {
		if by.ID == u.ID || by.ID == "" && by.MentionName == u.MentionName {
			return u, nil
		}
	}
	return oco.User{}, status.Error(codes.NotFound, "there is nobody but the bot and those who spoke at the terminal")
}
