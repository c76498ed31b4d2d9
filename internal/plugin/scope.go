package plugin

import (
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/chat"
)

// The scopes: what a handler or a client may do beside receiving what its
// routes take and replying where that came from.
const (
	MessagesWrite       = "messages.write"        // send into any room
	MessagesWriteDirect = "messages.write.direct" // send into the direct room of any user
	RoomsRead           = "rooms.read"
	UsersRead           = "users.read"
	CommandsRead        = "commands.read"
	StatusRead          = "status.read"
)

// Scopes lists every scope that there is.
var Scopes = []string{CommandsRead, MessagesWrite, MessagesWriteDirect, RoomsRead, StatusRead, UsersRead}

// CheckScopes refuses a scope that does not exist: a grant that grants nothing
// is a mistake.
func CheckScopes(scopes []string) *chat.Error {
	for _, scope := range scopes {
		if !slices.Contains(Scopes, scope) {
			return chat.Refuse(chat.FieldInvalid, "scopes: there is no scope %.64q; there are %s", scope, strings.Join(Scopes, ", "))
		}
	}
	return nil
}
