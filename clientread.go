package oco

import (
	"context"
	"fmt"
	"strings"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// This file is what a [Client] reads: commands, rooms, users, and how the bot is.

// Command is a command of some handler, as help shows it.
type Command struct {
	Plugin, Route string
	Pattern       string
	Aliases       []string
	Help          string
	// Examples are texts that it takes.
	Examples []string
	Danger   bool
	// Offline: registered, but no replica lives.
	Offline bool
	// Hidden: the operator keeps it out of help. Only operators are listed such
	// a command.
	Hidden    bool
	Arguments []CommandArgument
}

// CommandArgument is an argument of a command, with all that its pattern and its
// author say of it.
type CommandArgument struct {
	Name string
	Help string
	// Type as patterns spell it: "text", "integer", "choice" and so on, or what a
	// text is held to: "url", "json", "regex".
	Type    string
	Choices []string
	// Default stands in when the argument is left out, if HasDefault: it may be the
	// empty text.
	Default    string
	HasDefault bool
	Sensitive  bool
	// Optional: a message may leave it out.
	Optional bool
	// List: one or more words.
	List bool
	// Rest: all that is left of the message.
	Rest bool
}

// ListCommands lists what this user may run in this room.
func (c *Client) ListCommands(ctx context.Context, user UserID, room RoomID) ([]Command, error) {
	var ref *ocov1.RoomRef
	if room != "" {
		ref = &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: string(room)}}
	}
	var out []Command
	err := pages(func(token string) (string, error) {
		resp, err := c.bot.ListCommands(ctx, &ocov1.ListCommandsRequest{UserId: string(user), Room: ref, PageSize: pageSize, PageToken: token})
		for _, w := range resp.GetCommands() {
			cmd := Command{
				Plugin: w.GetPluginId(), Route: w.GetRoute(), Pattern: w.GetPattern(), Aliases: w.GetAliases(),
				Help: w.GetHelp(), Examples: w.GetExamples(), Danger: w.GetDanger(), Offline: w.GetOffline(), Hidden: w.GetHidden(),
			}
			for _, a := range w.GetArguments() {
				cmd.Arguments = append(cmd.Arguments, argumentFromWire(a))
			}
			out = append(out, cmd)
		}
		return resp.GetNextPageToken(), err
	})
	return out, err
}

func argumentFromWire(a *ocov1.ArgumentSpec) CommandArgument {
	kind := strings.TrimPrefix(a.GetType().String(), "ARGUMENT_TYPE_")
	if check := a.GetCheck(); check != ocov1.ArgumentCheck_ARGUMENT_CHECK_UNSPECIFIED {
		kind = strings.TrimPrefix(check.String(), "ARGUMENT_CHECK_")
	}
	return CommandArgument{
		Name: a.GetName(), Help: a.GetHelp(), Type: strings.ToLower(kind), Choices: a.GetChoices(), Default: a.GetDefaultText(),
		HasDefault: a.DefaultText != nil, Sensitive: a.GetSensitive(), Optional: a.GetOptional(), List: a.GetList(), Rest: a.GetRest(),
	}
}

// ListRooms lists the rooms that the bot is in.
func (c *Client) ListRooms(ctx context.Context) ([]Room, error) {
	var out []Room
	err := pages(func(token string) (string, error) {
		resp, err := c.chat.ListRooms(ctx, &ocov1.ListRoomsRequest{PageSize: pageSize, PageToken: token})
		for _, r := range resp.GetRooms() {
			out = append(out, roomFromWire(r))
		}
		return resp.GetNextPageToken(), err
	})
	return out, err
}

// GetRoom says what is known of a room and what can be done in it. A room that
// does not exist is an error with gRPC code NotFound. Handlers need the scope
// rooms.read.
func (c *Client) GetRoom(ctx context.Context, room To) (Room, error) {
	ref, err := room.room()
	if err != nil {
		return Room{}, err
	}
	resp, err := c.chat.GetRoom(ctx, &ocov1.GetRoomRequest{Room: ref})
	return roomFromWire(resp.GetRoom()), err
}

// ListMembers lists who is in a room. Handlers need the scope users.read.
func (c *Client) ListMembers(ctx context.Context, room To) ([]User, error) {
	ref, err := room.room()
	if err != nil {
		return nil, err
	}
	var out []User
	err = pages(func(token string) (string, error) {
		resp, err := c.chat.ListMembers(ctx, &ocov1.ListMembersRequest{Room: ref, PageSize: pageSize, PageToken: token})
		out = append(out, usersFromWire(resp.GetUsers())...)
		return resp.GetNextPageToken(), err
	})
	return out, err
}

// ListUsers lists the users of the chat service.
func (c *Client) ListUsers(ctx context.Context) ([]User, error) {
	var out []User
	err := pages(func(token string) (string, error) {
		resp, err := c.chat.ListUsers(ctx, &ocov1.ListUsersRequest{PageSize: pageSize, PageToken: token})
		out = append(out, usersFromWire(resp.GetUsers())...)
		return resp.GetNextPageToken(), err
	})
	return out, err
}

// GetUser looks a user up. A user that does not exist is an error with gRPC
// code NotFound.
func (c *Client) GetUser(ctx context.Context, by UserLookup) (User, error) {
	req := &ocov1.GetUserRequest{By: &ocov1.GetUserRequest_UserId{UserId: valid(string(by.ID))}}
	if by.ID == "" {
		req.By = &ocov1.GetUserRequest_MentionName{MentionName: valid(by.MentionName)}
	}
	resp, err := c.chat.GetUser(ctx, req)
	return userFromWire(resp.GetUser()), err
}

const pageSize = 1000

// pages calls next with each page token, and fails on a bot that gives the same
// one twice instead of asking for ever.
func pages(next func(token string) (string, error)) error {
	seen := map[string]bool{}
	token := ""
	for {
		after, err := next(token)
		if err != nil || after == "" {
			return err
		}
		if seen[after] {
			return fmt.Errorf("oco: the bot gave the page token %q twice", after)
		}
		seen[after], token = true, after
	}
}

// BotStatus is how the bot is.
type BotStatus struct {
	Name, Version string
	Ready         bool
	Warnings      []string
	Uptime        time.Duration
	Accounts      []AccountStatus
	Plugins       []PluginStatus
	// Counts by name: "open", "waiting", "leased", "open_list", "outbox".
	Counts map[string]uint64
}

// AccountStatus is how the bot's account on a chat service is.
type AccountStatus struct {
	ID        AccountID
	Service   string
	Connected bool
	Detail    string
}

// PluginStatus is how a plugin is.
type PluginStatus struct {
	Name, Version string
	Adapter       bool
	// State of its process, if the bot runs it, for example "running".
	State, Detail     string
	Paused            bool
	Replicas, Waiting int
}

// Status returns how the bot is. Handlers need the scope status.read.
func (c *Client) Status(ctx context.Context) (BotStatus, error) {
	resp, err := c.admin.GetStatus(ctx, &ocov1.GetStatusRequest{})
	if err != nil {
		return BotStatus{}, err
	}
	s := BotStatus{
		Name: resp.GetBot().GetName(), Version: resp.GetBot().GetVersion(), Ready: resp.GetReady(),
		Warnings: resp.GetWarnings(), Uptime: resp.GetUptime().AsDuration(), Counts: resp.GetCounts(),
	}
	for _, a := range resp.GetAccounts() {
		s.Accounts = append(s.Accounts, AccountStatus{AccountID(a.GetAccountId()), a.GetService(), a.GetConnected(), a.GetDetail()})
	}
	for _, p := range resp.GetPlugins() {
		s.Plugins = append(s.Plugins, PluginStatus{
			Name: p.GetPluginId(), Version: p.GetVersion(), Adapter: p.GetRole() == ocov1.Role_ROLE_ADAPTER,
			State: p.GetState(), Detail: p.GetDetail(), Paused: p.GetPaused(),
			Replicas: len(p.GetReplicas()), Waiting: int(p.GetWaiting()),
		})
	}
	return s, nil
}

func userFromWire(u *ocov1.User) User {
	return User{
		ID: UserID(u.GetUserId()), Account: AccountID(u.GetAccountId()),
		Name: u.GetName(), MentionName: u.GetMentionName(), Bot: u.GetBot(), Self: u.GetIsSelf(),
		Principal: PrincipalID(u.GetPrincipalId()), Groups: u.GetGroups(), Email: u.GetEmail(), TimeZone: u.GetTimeZone(),
	}
}

func usersFromWire(in []*ocov1.User) []User {
	out := make([]User, len(in))
	for i, u := range in {
		out[i] = userFromWire(u)
	}
	return out
}

func roomFromWire(r *ocov1.Room) Room {
	return Room{
		ID: RoomID(r.GetRoomId()), Account: AccountID(r.GetAccountId()), Kind: RoomKind(r.GetKind()),
		Name: r.GetName(), Alias: r.GetAlias(), Topic: r.GetTopic(), Private: r.GetPrivate(),
		Levels: levelsFromWire(r.GetCapabilities()),
	}
}

func levelsFromWire(c *ocov1.Capabilities) map[Capability]Level {
	if len(c.GetLevels()) == 0 {
		return nil
	}
	levels := map[Capability]Level{}
	for name, level := range c.GetLevels() {
		levels[Capability(name)] = Level(level)
	}
	return levels
}
