package rpc

import (
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/texts"
)

// Words are what the operator says and may change while the bot runs. They are not
// changed in place.
type Words struct {
	Name  string            // the bot's
	Texts *texts.Catalogue  // what the bot itself says; nil: in English
	Rooms map[string]string // alias -> room id
	// Credit is the most callbacks that a replica of a plugin may run at once;
	// a plugin that is not named has MaxInFlight.
	Credit map[string]int
	// Declared are the plugins whose manifest the operator registered: they do not
	// register themselves.
	Declared map[string]bool
}

// words are Words with what follows from them.
type words struct {
	Words
	aliases map[string]string // room id -> alias
}

// SetWords puts words in the place of those before. Streams that are open keep the
// credit that they were given.
func (c *Core) SetWords(w Words) {
	now := &words{Words: w, aliases: map[string]string{}}
	for alias, room := range w.Rooms {
		if other, ok := now.aliases[room]; !ok || alias < other {
			now.aliases[room] = alias
		}
	}
	c.words.Store(now)
}

// registersItself refuses a registration that the operator made already
// (OCO-LIF-30).
func (c *Core) registersItself(plugin string) *chat.Error {
	if c.words.Load().Declared[plugin] {
		return chat.Refuse(chat.PolicyForbidden, "the configuration has a manifest for %s, which is registered already: pull and complete, or take its key `manifest` out", plugin)
	}
	return nil
}
