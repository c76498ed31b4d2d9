package bot

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// unheardFor is how long the operator is warned of a plugin that did not hear all of a
// message.
const unheardFor = time.Hour

// unheard remembers of which plugins a message did not reach all hear routes, since
// that would have been too much for one message.
type unheard struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// note takes some plugins, and gives those of which the operator does not know yet.
func (u *unheard) note(plugins []string, now time.Time) (fresh []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = make(map[string]time.Time)
	}
	u.forget(now)
	for _, plugin := range plugins {
		if _, known := u.last[plugin]; !known {
			fresh = append(fresh, plugin)
		}
		u.last[plugin] = now
	}
	return fresh
}

func (u *unheard) forget(now time.Time) {
	maps.DeleteFunc(u.last, func(_ string, at time.Time) bool { return now.Sub(at) > unheardFor })
}

const unheardWhy = "messages came in that not all of its hear routes could be tried on: too many dear expressions may be found in them"

// warnings are sentences for the operator.
func (u *unheard) warnings(now time.Time) (all []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forget(now)
	for _, plugin := range slices.Sorted(maps.Keys(u.last)) {
		all = append(all, fmt.Sprintf("%s: %s", plugin, unheardWhy))
	}
	return all
}

// noteUnheard takes that a message did not reach all hear routes of some plugins.
func (b *Bot) noteUnheard(plugins []string) {
	for _, plugin := range b.unheard.note(plugins, time.Now()) {
		b.log.Warn(unheardWhy, "plugin", plugin)
	}
}
