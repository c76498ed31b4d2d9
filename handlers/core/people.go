package core

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/openchatops/oco"
)

func whoami(_ context.Context, msg *oco.Message) error {
	msg.Reply(whoamiText(msg.User(), msg.Room()))
	return nil
}

func whoamiText(u oco.User, r oco.Room) string {
	groups := "in no group"
	if len(u.Groups) > 0 {
		sorted := slices.Sorted(slices.Values(u.Groups))
		groups = "in the groups " + strings.Join(sorted, ", ")
		if len(sorted) == 1 {
			groups = "in the group " + sorted[0]
		}
	}
	name := oneLine(u.Name)
	if name == "" {
		name = "somebody without a name"
	}
	place := "room " + string(r.ID)
	if r.Kind != oco.RoomUnspecified {
		place = kindText(r.Kind) + " room " + string(r.ID)
	}
	return fmt.Sprintf("You are %s, %s.\nYour id is %s.\nThis is the %s.", name, groups, u.ID, place)
}

func users(ctx context.Context, msg *oco.Message) error {
	all, err := msg.Bot().ListUsers(ctx)
	switch {
	case incapable(err):
		msg.Reply("This chat service does not tell me who is there.")
		return nil
	case err != nil:
		return lacking("users.read", err)
	}
	msg.Reply(usersText(all))
	return nil
}

func usersText(all []oco.User) string {
	lines := make([]string, 0, len(all))
	for _, u := range all {
		lines = append(lines, userLine(u))
	}
	slices.Sort(lines)
	return shown(count(len(all), "user"), lines)
}

// userLine does not write a mention, so that nobody is called by it.
func userLine(u oco.User) string {
	text := oneLine(u.Name)
	if text == "" {
		text = oneLine(u.MentionName)
	}
	if text == "" {
		text = string(u.ID)
	}
	switch {
	case u.Self:
		text += " (that is me)"
	case u.Bot:
		text += " (a bot)"
	}
	return text
}

func rooms(ctx context.Context, msg *oco.Message) error {
	all, err := msg.Bot().ListRooms(ctx)
	switch {
	case incapable(err):
		msg.Reply("This chat service does not tell me what rooms there are.")
		return nil
	case err != nil:
		return lacking("rooms.read", err)
	}
	msg.Reply(roomsText(all, msg.Room().ID))
	return nil
}

// roomsText lists the rooms. Of private rooms and those of two people it names
// only the one in which it is said: who is not in the others should not learn
// of them.
func roomsText(all []oco.Room, here oco.RoomID) string {
	var lines []string
	hidden := 0
	for _, r := range all {
		if r.ID != here && (r.Private || r.Kind != oco.RoomChannel) {
			hidden++
			continue
		}
		lines = append(lines, roomLine(r, r.ID == here))
	}
	slices.Sort(lines)
	text := shown(count(len(lines), "room"), lines)
	if hidden > 0 {
		text += fmt.Sprintf("\nAnd %d private.", hidden)
	}
	return text
}

func roomLine(r oco.Room, here bool) string {
	text := oneLine(r.Name)
	if text == "" {
		text = string(r.ID)
	}
	if r.Alias != "" {
		text += ", alias " + r.Alias
	}
	var marks []string
	if r.Kind != oco.RoomChannel && r.Kind != oco.RoomUnspecified {
		marks = append(marks, kindText(r.Kind))
	}
	if here {
		marks = append(marks, "here")
	}
	if len(marks) > 0 {
		text += " (" + strings.Join(marks, ", ") + ")"
	}
	if r.Topic != "" {
		text += " - " + oneLine(r.Topic)
	}
	return text
}

func kindText(k oco.RoomKind) string {
	if k == oco.RoomMultiDirect {
		return "group direct"
	}
	return k.String()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
