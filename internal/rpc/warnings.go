package rpc

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/delivery"
)

// missedFor is how long status warns of messages that were not seen.
const missedFor = 24 * time.Hour

// maxWarnings is how many warnings about plugins are told: a manifest can earn
// thousands, which fit into no answer.
const maxWarnings = 100

// warnings are what operators should know.
func (c *Core) warnings(s delivery.Snapshot) []string {
	_, warnings := c.opt.State()
	warnings = append(slices.Clone(warnings), first(c.opt.Registry.Warnings())...)
	for _, a := range s.Accounts {
		if !a.MissedTo.IsZero() && time.Since(a.MissedTo) < missedFor {
			warnings = append(warnings, fmt.Sprintf("the bot was away from %s to %s: messages in that time were not seen",
				a.MissedFrom.Format(time.DateTime), a.MissedTo.Format(time.DateTime+" MST")))
		}
	}
	if s.Unheard > 0 {
		warnings = append(warnings, fmt.Sprintf("no operators_room is configured: %s said nowhere since the bot was started", notices(s.Unheard)))
	}
	if n := s.Unposted.Notices; n > 0 {
		warnings = append(warnings, fmt.Sprintf("%s not posted in the operators' room, at last because: %s. See whether operators_room is right, and the bot in that room",
			notices(n), strings.TrimSuffix(s.Unposted.Why, ".")))
	}
	return warnings
}

// first gives the first of some warnings, and how many more there are.
func first(warnings []string) []string {
	more := len(warnings) - maxWarnings
	if more <= 0 {
		return warnings
	}
	return append(warnings[:maxWarnings:maxWarnings], fmt.Sprintf("%d more such warnings about plugins and routes: mend some of those above to see them", more))
}

func notices(n int) string {
	if n == 1 {
		return "1 notice was"
	}
	return fmt.Sprintf("%d notices were", n)
}
