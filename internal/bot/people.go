package bot

import (
	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/store"
)

// people knows the groups of the configuration and who claimed.
func people(c *config.Config, claims *plugin.Claims) *authz.Authz {
	a := authz.New(c.Groups, c.Operators)
	a.SetClaims(claims.Users())
	return a
}

// self is the id of the bot's own user, as the adapter stated it.
func self(registry *plugin.Registry) func(account string) string {
	return func(string) string {
		_, info, ok := registry.Adapter()
		if !ok {
			return ""
		}
		id, _ := chat.Derive(chat.KindUser, accountNumber, info.GetBotUser().GetUserId())
		return id
	}
}

// native finds the chat service's id behind one of the bot's that is a hash.
func native(st store.Store) func(kind chat.Kind, id string) (string, bool) {
	return func(_ chat.Kind, id string) (string, bool) {
		value, err := st.Get(intake.LongIDKey(id))
		return string(value), err == nil
	}
}
