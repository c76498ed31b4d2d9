package pattern

import (
	"cmp"
	"fmt"
	"slices"
)

// Covers reports whether a command takes every text that another takes: false also if
// following them cannot tell, or would take more steps than there are. steps is as for
// [Overlap].
func (c *Command) Covers(other *Command, steps *int) bool {
	if len(c.arguments) > maxFollowed || len(other.arguments) > maxFollowed || c.guesses() || other.guesses() || c.takesFile() {
		return false
	}
	wide, narrow := newFollower(c), newFollower(other)
	if !prepare(steps, wide, narrow) {
		return false
	}
	open := []covered{{wide: []spot{{}}}}
	seen := map[string]bool{open[0].key(): true}
	for len(open) > 0 {
		at := open[0]
		open = open[1:]
		if narrow.ends(at.narrow) && !slices.ContainsFunc(at.wide, wide.ends) {
			return false
		}
		for i := range narrow.means {
			if *steps -= 1 + len(at.wide); *steps < 0 {
				return false
			}
			next := narrow.step(at.narrow, &narrow.means[i])
			if len(next) == 0 {
				continue
			}
			follows := wide.stepAll(at.wide, i)
			*steps -= len(next) * (1 + len(follows))
			for _, p := range next {
				n := covered{narrow: p, wide: follows}
				if key := n.key(); !seen[key] {
					seen[key] = true
					open = append(open, n)
				}
			}
		}
	}
	return true
}

// covered is a spot of one command and all those that another may be at meanwhile.
type covered struct {
	narrow spot
	wide   []spot
}

func (c *covered) key() string { return fmt.Sprint(c.narrow, c.wide) }

// stepAll gives the spots behind a word from any of some, sorted.
func (f *follower) stepAll(from []spot, sample int) (next []spot) {
	for _, p := range from {
		next = append(next, f.step(p, &f.means[sample])...)
	}
	slices.SortFunc(next, func(a, b spot) int {
		return cmp.Or(cmp.Compare(a.pc, b.pc), cmp.Compare(a.used, b.used), cmp.Compare(a.value, b.value),
			cmp.Compare(a.words, b.words), cmp.Compare(a.said, b.said), cmp.Compare(fmt.Sprint(a.ended), fmt.Sprint(b.ended)))
	})
	return slices.Compact(next)
}

// guesses reports whether what a follower finds possible may not be.
func (c *Command) guesses() bool {
	return slices.ContainsFunc(c.arguments, func(a argument) bool {
		return a.words() > 1 && len(a.spellings) > 0 || a.Rest && a.Check != CheckNone
	})
}

func (c *Command) takesFile() bool {
	return slices.ContainsFunc(c.arguments, func(a argument) bool { return a.Type == TypeFile })
}
