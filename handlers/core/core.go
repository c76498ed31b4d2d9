// Package core is the handler that every bot has: help, and commands that show
// whether the bot is there, what it is doing and whom it sees. It reads and
// replies and does nothing else.
package core

import (
	"context"

	"github.com/openchatops/oco"
)

// New returns the handler as the plugin "core". Its commands work as far as the
// operator grants it the scopes commands.read, rooms.read, status.read and
// users.read; a command that lacks its scope says so.
func New() *oco.Handler {
	h := oco.NewHandler("core")
	h.Description = "Help, and a look at the bot itself."
	h.Scopes("commands.read", "rooms.read", "status.read", "users.read")
	declareHelp(h)
	h.Command("ping", "Answer pong.", ping, oco.Repeatable())
	h.Command("echo {text...}", "Repeat some text.", echo, oco.Repeatable())
	h.Command("status", "Show how I am.", showStatus, oco.Repeatable())
	h.Command("whoami", "Show who you are to me.", whoami, oco.Repeatable())
	h.Command("users", "List the users that I see.", users, oco.Repeatable())
	h.Command("rooms", "List the rooms that I am in.", rooms, oco.Repeatable())
	return h
}

func ping(_ context.Context, msg *oco.Message) error {
	msg.Reply("pong")
	return nil
}

func echo(_ context.Context, msg *oco.Message) error {
	msg.Reply(msg.Arg("text"))
	return nil
}
