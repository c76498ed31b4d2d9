package rpc

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// maxPageToken is the length of a page token, in bytes.
const maxPageToken = 16 << 10

// maxRosterPages bounds the search for a room by its name.
const maxRosterPages = 100

// GetUser asks the adapter for one user.
func (c *Core) GetUser(ctx context.Context, req *ocov1.GetUserRequest) (*ocov1.GetUserResponse, error) {
	if err := c.checkAccount("account_id", req.GetAccountId()); err != nil {
		return nil, err
	}
	ask := new(ocov1.UserQuery)
	switch by := req.GetBy().(type) {
	case *ocov1.GetUserRequest_UserId:
		native, ok := c.native(chat.KindUser, by.UserId)
		if !ok {
			return nil, chat.Refuse(chat.UserNotFound, "user_id: %.140q is no user of this bot's account", by.UserId)
		}
		ask.By = &ocov1.UserQuery_UserId{UserId: native}
	case *ocov1.GetUserRequest_MentionName:
		if by.MentionName == "" || len(by.MentionName) > 256 {
			return nil, invalid("mention_name", "a name has 1 to 256 bytes")
		}
		ask.By = &ocov1.UserQuery_MentionName{MentionName: strings.TrimPrefix(by.MentionName, "@")}
	default:
		return nil, invalid("by", "a user is named by user_id or mention_name; none of them is set")
	}
	answer, err := c.ask(ctx, chat.CanRoster, "", &ocov1.Query{Kind: &ocov1.Query_User{User: ask}})
	if errors.Is(err, errNotThere) || err == nil && len(answer.GetUsers()) == 0 {
		return nil, chat.Refuse(chat.UserNotFound, "the chat service has no such user")
	}
	if err != nil {
		return nil, err
	}
	user, ok := c.user(ctx, answer.GetUsers()[0])
	if !ok {
		return nil, chat.Refuse(chat.UserNotFound, "the adapter named no id of the user")
	}
	return &ocov1.GetUserResponse{User: user}, nil
}

// ListUsers asks the adapter for its users, page by page.
func (c *Core) ListUsers(ctx context.Context, req *ocov1.ListUsersRequest) (*ocov1.ListUsersResponse, error) {
	page, err := c.page(req.GetAccountId(), req.GetPageSize(), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	answer, failed := c.ask(ctx, chat.CanRoster, "", &ocov1.Query{Kind: &ocov1.Query_Users{Users: &ocov1.UsersQuery{PageToken: page.token}}})
	if failed != nil {
		return nil, failed
	}
	users, next := cut(page, answer.GetUsers(), answer.GetNextPageToken())
	res := &ocov1.ListUsersResponse{NextPageToken: next}
	for _, u := range users {
		if user, ok := c.user(ctx, u); ok {
			res.Users = append(res.Users, user)
		}
	}
	return res, nil
}

// ListRooms asks the adapter for its rooms, page by page.
func (c *Core) ListRooms(ctx context.Context, req *ocov1.ListRoomsRequest) (*ocov1.ListRoomsResponse, error) {
	page, err := c.page(req.GetAccountId(), req.GetPageSize(), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	answer, failed := c.rooms(ctx, page.token)
	if failed != nil {
		return nil, failed
	}
	rooms, next := cut(page, answer.GetRooms(), answer.GetNextPageToken())
	res := &ocov1.ListRoomsResponse{NextPageToken: next}
	for _, r := range rooms {
		if id, ok := c.derive(chat.KindRoom, r.GetRoomId()); ok {
			res.Rooms = append(res.Rooms, c.describe(id, r))
		}
	}
	return res, nil
}

func (c *Core) rooms(ctx context.Context, token string) (*ocov1.QueryAnswer, error) {
	return c.ask(ctx, chat.CanRoster, "", &ocov1.Query{Kind: &ocov1.Query_Rooms{Rooms: &ocov1.RoomsQuery{PageToken: token}}})
}

// eachRoom visits all rooms of the chat service, in its own ids.
func (c *Core) eachRoom(ctx context.Context, visit func(*ocov1.Room) error) error {
	token := ""
	for range maxRosterPages {
		answer, err := c.rooms(ctx, token)
		if err != nil {
			return err
		}
		for _, r := range answer.GetRooms() {
			if err := visit(r); err != nil {
				return err
			}
		}
		if token = answer.GetNextPageToken(); token == "" {
			return nil
		}
	}
	return chat.Refuse(chat.QuotaExceeded, "the chat service has more rooms than can be searched: name the room by its id")
}

// AwaitAdapter waits until the adapter can be asked: a moment after its stream counts.
func (c *Core) AwaitAdapter(ctx context.Context) error { return c.queries.await(ctx) }

// ask asks the adapter, if it can do at all what it is asked for in a room, or
// without one.
func (c *Core) ask(ctx context.Context, capability, room string, q *ocov1.Query) (*ocov1.QueryAnswer, error) {
	if !c.queries.connected() {
		return nil, chat.Refuse(chat.AdapterDisconnected, "no adapter is connected to ask: try again later")
	}
	if c.level(capability, room) < chat.Fallback {
		return nil, chat.Refuse(chat.CapabilityMissing, "the adapter has not the capability %s", capability).With("capability", capability)
	}
	return c.queries.ask(ctx, q)
}

func (c *Core) capabilities() *ocov1.Capabilities {
	c.mu.Lock()
	reported := c.account.capabilities
	c.mu.Unlock()
	if reported != nil {
		return reported
	}
	_, info, _ := c.opt.Registry.Adapter()
	return info.GetCapabilities()
}

// user translates a user of the chat service. Addresses of mail are for
// operators.
func (c *Core) user(ctx context.Context, u *ocov1.User) (*ocov1.User, bool) {
	id, ok := c.derive(chat.KindUser, u.GetUserId())
	if !ok {
		return nil, false
	}
	user := &ocov1.User{
		UserId: id, AccountId: chat.AccountID(c.opt.Account), Name: u.GetName(), MentionName: u.GetMentionName(),
		Bot: u.GetBot(), IsSelf: u.GetIsSelf(), PrincipalId: id, Groups: c.opt.Authority.Groups(id), TimeZone: u.GetTimeZone(),
	}
	if caller(ctx).Role == chat.RoleOperator {
		user.Email = u.GetEmail()
	}
	return user, true
}

// A page is a part of a page of the adapter's, which may be larger than what
// the caller wants.
type page struct {
	size, skip int
	token      string // the adapter's
}

func (c *Core) page(account string, size int32, token string) (page, *chat.Error) {
	if err := c.checkAccount("account_id", account); err != nil {
		return page{}, err
	}
	n, err := pageSize(size)
	switch {
	case err != nil || token == "":
		return page{size: n}, err
	case len(token) > maxPageToken: // it goes to the adapter
		return page{}, badToken()
	}
	raw, failed := base64.RawURLEncoding.DecodeString(token)
	digits, theirs, found := strings.Cut(string(raw), " ")
	skip, wrong := strconv.Atoi(digits)
	if failed != nil || !found || wrong != nil || skip < 0 {
		return page{}, badToken()
	}
	return page{size: n, skip: skip, token: theirs}, nil
}

func badToken() *chat.Error {
	return chat.Refuse(chat.PageTokenInvalid, "page_token: it was not made by this call; begin again without one").With("field", "page_token")
}

func cut[T any](p page, all []T, next string) ([]T, string) {
	all = all[min(p.skip, len(all)):]
	if len(all) > p.size {
		token := strconv.Itoa(p.skip+p.size) + " " + p.token
		return slices.Clone(all[:p.size]), base64.RawURLEncoding.EncodeToString([]byte(token))
	}
	if next != "" {
		next = base64.RawURLEncoding.EncodeToString([]byte("0 " + next))
	}
	return all, next
}
