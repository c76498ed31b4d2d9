package oco

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Client asks the bot and sends by the scopes of its key. Safe for concurrent
// use. Calls return errors with gRPC codes; they block until ctx ends at most.
type Client struct {
	chat    ocov1.ChatServiceClient
	bot     ocov1.BotServiceClient
	admin   ocov1.AdminServiceClient
	storage ocov1.StorageServiceClient
	close   func() error
}

func newClient(conn grpc.ClientConnInterface) *Client {
	return &Client{
		chat: ocov1.NewChatServiceClient(conn), bot: ocov1.NewBotServiceClient(conn), admin: ocov1.NewAdminServiceClient(conn),
		storage: ocov1.NewStorageServiceClient(conn),
		close:   func() error { return nil },
	}
}

// Dial returns a client for a program that registers nothing, for example a CI
// job. It connects at the first call. Of opts it uses Dialer only.
func Dial(endpoint, key string, opts ...Options) (*Client, error) {
	var o Options
	if len(opts) > 0 {
		o = opts[0]
	}
	o.Endpoint = endpoint
	l, err := newLink(o)
	if err != nil {
		return nil, err
	}
	c := newClient(keyed{l, key})
	c.close = l.Close
	return c, nil
}

// Close ends the connection of a client that [Dial] made.
func (c *Client) Close() error { return c.close() }

// To says where a message goes: exactly one of Room, RoomName and User is set.
type To struct {
	Room RoomID
	// RoomName is the operator's alias for the room, or else its name.
	RoomName string
	// User means the direct room of that user.
	User UserID
	// Account is needed only where a name or a user is not unique.
	Account AccountID
	// Thread in the room, or a message at which to start one; at most one is set.
	Thread        ThreadID
	StartThreadAt MessageID
}

// SendOption refines [Client.SendMessage].
type SendOption func(*ocov1.SendMessageRequest)

// RequestID makes the send repeatable: the same id with the same message is
// sent once, for at least 24 hours. Without it the library draws one, which
// covers its own repeats.
func RequestID(id string) SendOption {
	return func(r *ocov1.SendMessageRequest) {
		r.Id = &ocov1.SendMessageRequest_RequestId{RequestId: valid(id)}
	}
}

// Wait makes SendMessage return only when the chat service has the message.
func Wait() SendOption { return func(r *ocov1.SendMessageRequest) { r.Wait = true } }

// ReplyTo makes the message an answer to another one.
func ReplyTo(id MessageID) SendOption {
	return func(r *ocov1.SendMessageRequest) { r.Message.ReplyTo = string(id) }
}

// SendMessage sends text. It returns when the bot has it on disk, or with
// [Wait] when its fate is known, as [Message.ReplyNow] does.
func (c *Client) SendMessage(ctx context.Context, to To, text string, opts ...SendOption) (Handle, error) {
	if len(text) > maxText {
		return Handle{}, fmt.Errorf("oco: message of %d bytes is longer than 64 KiB", len(text))
	}
	address, err := to.wire()
	if err != nil {
		return Handle{}, err
	}
	req := &ocov1.SendMessageRequest{
		Id:      &ocov1.SendMessageRequest_RequestId{RequestId: randomID()},
		Message: &ocov1.OutgoingMessage{To: address, Content: &ocov1.Content{Text: valid(text)}},
	}
	for _, o := range opts {
		o(req)
	}
	var h Handle
	err = c.sendTo(ctx, req, &h)
	return h, err
}

func (c *Client) send(ctx context.Context, req *ocov1.SendMessageRequest) error {
	var h Handle
	return c.sendTo(ctx, req, &h)
}

// sendTo repeats a send, under the same id, while the bot is out of reach.
func (c *Client) sendTo(ctx context.Context, req *ocov1.SendMessageRequest, h *Handle) error {
	var b backoff
	for {
		resp, err := c.chat.SendMessage(ctx, req, grpc.WaitForReady(true))
		if err == nil {
			h.id = MessageID(resp.GetMessageId())
			return sendError(resp.GetState(), req.GetWait())
		}
		if ctx.Err() != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		if status.Code(err) != codes.Unavailable {
			return err
		}
		if !b.sleep(ctx) {
			return err
		}
	}
}

func sendError(state ocov1.SendState, waited bool) error {
	switch state {
	case ocov1.SendState_SEND_STATE_UNKNOWN:
		return ErrMaybeSent
	case ocov1.SendState_SEND_STATE_FAILED:
		return ErrNotSent
	case ocov1.SendState_SEND_STATE_SENT:
		return nil
	}
	if waited {
		return fmt.Errorf("oco: the bot answered with state %v to a send that waits", state)
	}
	return nil
}

func (t To) wire() (*ocov1.Address, error) {
	ref := &ocov1.RoomRef{AccountId: string(t.Account)}
	n := 0
	if t.Room != "" {
		n++
		ref.By = &ocov1.RoomRef_RoomId{RoomId: valid(string(t.Room))}
	}
	if t.RoomName != "" {
		n++
		ref.By = &ocov1.RoomRef_Name{Name: valid(t.RoomName)}
	}
	if t.User != "" {
		n++
		ref.By = &ocov1.RoomRef_UserId{UserId: valid(string(t.User))}
	}
	if n != 1 {
		return nil, errors.New("oco: To: set exactly one of Room, RoomName and User")
	}
	a := &ocov1.Address{Room: ref}
	switch {
	case t.Thread != "" && t.StartThreadAt != "":
		return nil, errors.New("oco: To: set at most one of Thread and StartThreadAt")
	case t.Thread != "":
		a.Place = &ocov1.Address_ThreadId{ThreadId: valid(string(t.Thread))}
	case t.StartThreadAt != "":
		a.Place = &ocov1.Address_StartThreadAt{StartThreadAt: valid(string(t.StartThreadAt))}
	}
	return a, nil
}

// Command is a command of some handler, as help shows it.
type Command struct {
	Plugin, Route string
	Pattern       string
	Aliases       []string
	Help          string
	Danger        bool
	// Offline: registered, but no replica lives.
	Offline   bool
	Arguments []ArgumentSpec
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
				Help: w.GetHelp(), Danger: w.GetDanger(), Offline: w.GetOffline(),
			}
			for _, a := range w.GetArguments() {
				cmd.Arguments = append(cmd.Arguments, ArgumentSpec{Name: a.GetName(), Help: a.GetHelp(), Choices: a.GetChoices(), Sensitive: a.GetSensitive()})
			}
			out = append(out, cmd)
		}
		return resp.GetNextPageToken(), err
	})
	return out, err
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
