package intake

import "github.com/openchatops/oco/internal/pattern"

// Remembered counts what guards and limits remember.
func Remembered(in *Intake) (talks, traces, people int) {
	return len(in.guard.talks.by), len(in.guard.traces), len(in.limits.people.by)
}

// Renamed counts who is remembered to know of a new name.
func Renamed(in *Intake) int { return len(in.renames.told.by) }

// Problem is what a person reads of a problem, in English.
func Problem(p *pattern.Problem) string { return inEnglish.Text(problem(p)) }
