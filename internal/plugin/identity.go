package plugin

import (
	"context"
	"regexp"
	"slices"

	"github.com/openchatops/oco/internal/chat"
)

// An Identity is who the holder of a key is.
type Identity struct {
	Name   string
	Role   chat.Role
	Scopes []string // what the operator granted; not those that the plugin asks for
	KeyID  string
	// Child says that it is a process that the bot started itself.
	Child bool
	// Revoked ends once the key is refused. It is nil for a Child: what ends with
	// its process ends by that.
	Revoked context.Context
}

// May says whether the operator granted the scope.
func (i Identity) May(scope string) bool { return slices.Contains(i.Scopes, scope) }

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// CheckName refuses what cannot be the name of a plugin or a client.
func CheckName(name string) *chat.Error {
	if !namePattern.MatchString(name) {
		return chat.Refuse(chat.FieldInvalid,
			"a name has at most 32 characters a-z, 0-9 and -, and begins with a letter; %.64q does not fit", name)
	}
	return nil
}
