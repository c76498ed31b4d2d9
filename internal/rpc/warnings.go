package rpc

import (
	"fmt"
	"slices"
	"time"

	"github.com/openchatops/oco/internal/delivery"
)

// missedFor is how long status warns of messages that were not seen.
const missedFor = 24 * time.Hour

// warnings are what operators should know.
func (c *Core) warnings(s delivery.Snapshot) []string {
	_, warnings := c.opt.State()
	warnings = append(slices.Clone(warnings), c.opt.Registry.Warnings()...)
	for _, a := range s.Accounts {
		if !a.MissedTo.IsZero() && time.Since(a.MissedTo) < missedFor {
			warnings = append(warnings, fmt.Sprintf("the bot was away from %s to %s: messages in that time were not seen",
				a.MissedFrom.Format(time.DateTime), a.MissedTo.Format(time.DateTime+" MST")))
		}
	}
	if s.Unheard > 0 {
		notices := "1 notice was"
		if s.Unheard > 1 {
			notices = fmt.Sprintf("%d notices were", s.Unheard)
		}
		warnings = append(warnings, fmt.Sprintf("no operators_room is configured: %s said nowhere since the bot was started", notices))
	}
	return warnings
}
