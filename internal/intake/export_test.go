package intake

// Remembered counts what guards and limits remember.
func Remembered(in *Intake) (talks, traces, people int) {
	return len(in.guard.talks.by), len(in.guard.traces), len(in.limits.people.by)
}

// Renamed counts who is remembered to know of a new name.
func Renamed(in *Intake) int { return len(in.renames.told.by) }
