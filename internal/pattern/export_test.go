package pattern

import "time"

// Steps gives how many steps a match takes, and how many it may take.
func Steps(c *Command, in Input) (steps, most int) {
	_, _, _, steps = c.match(in)
	return steps, len(c.program) * (in.Len() + 1)
}

// FormatDuration gives the shortest text that is read as the same duration.
func FormatDuration(d time.Duration) string { return formatDuration(d) }
