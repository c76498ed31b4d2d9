package plugin

import (
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/chat"
)

// The scopes: what a handler or a client may do beside receiving what its
// routes take and replying where that came from.
const (
	MessagesWrite       = "messages.write"        // send into any room whose id or name is known
	MessagesWriteDirect = "messages.write.direct" // send to any user by their id
	MessagesEditOwn     = "messages.edit.own"     // change what the bot said, whoever had it say so
	MessagesDeleteAny   = "messages.delete.any"   // delete messages of the bot's and of others
	ReactionsWrite      = "reactions.write"       // react in any room
	RoomsRead           = "rooms.read"
	RoomsJoin           = "rooms.join"   // bring the bot into rooms and out of them
	RoomsManage         = "rooms.manage" // bring others into rooms and out of them; set topics
	UsersRead           = "users.read"
	CommandsRead        = "commands.read"
	StatusRead          = "status.read"
	StoreOwn            = "store" // a handler's own namespace of the store
	// StoreShared begins the scopes of shared namespaces: the name follows.
	StoreShared = "store.shared:"
)

// Scopes lists every scope that there is, but for those of shared namespaces.
var Scopes = []string{
	CommandsRead, MessagesDeleteAny, MessagesEditOwn, MessagesWrite, MessagesWriteDirect, ReactionsWrite,
	RoomsJoin, RoomsManage, RoomsRead, StatusRead, StoreOwn, UsersRead,
}

// CheckScopes refuses a scope that does not exist: a grant that grants nothing
// is a mistake.
func CheckScopes(scopes []string) *chat.Error {
	for _, scope := range scopes {
		namespace, shared := strings.CutPrefix(scope, StoreShared)
		if !slices.Contains(Scopes, scope) && !(shared && CheckName(namespace) == nil) {
			return chat.Refuse(chat.FieldInvalid, "scopes: there is no scope %.64q; there are %s and %sNAMESPACE", scope, strings.Join(Scopes, ", "), StoreShared)
		}
	}
	return nil
}
