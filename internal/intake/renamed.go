package intake

import (
	"sync"
	"time"

	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/texts"
)

const (
	// renamedAgain is how long who said an old name of a command is not told again.
	renamedAgain = 24 * time.Hour
	// maxRenamed bounds of how many users and commands the bot knows that it told them.
	maxRenamed = 4096
)

// renames remember who was told that a command is called otherwise now. They are safe
// for concurrent use.
type renames struct {
	mu   sync.Mutex
	told recent[renaming, *time.Time]
}

// A renaming is an old name that a user said: by user and "plugin:route".
type renaming struct{ user, route string }

func newRenames() *renames {
	return &renames{told: recent[renaming, *time.Time]{most: maxRenamed}}
}

// due says whether a user is to be told now, and takes that it is done.
func (r *renames) due(who renaming, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := r.told.of(who, func() *time.Time { return new(time.Time) })
	if !last.IsZero() && now.Sub(*last) < renamedAgain {
		return false
	}
	*last = now
	return true
}

// renamed tells who said a deprecated pattern how the command is called now, once a
// day (OCO-RTE-41). Of a command that the operator hides nothing is told.
func (p *pending) renamed(hit *route.Hit) {
	if !hit.Route.Hidden && p.in.renames.due(renaming{p.event.GetActor().GetUserId(), hit.Route.Key()}, p.now) {
		p.say(p.in.words().Say(texts.Renamed, "old", hit.Pattern, "new", hit.Route.Usage()))
	}
}
