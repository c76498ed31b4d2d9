package route

import (
	"iter"
	"slices"

	"github.com/openchatops/oco/internal/pattern"
)

// entry is one pattern of a command.
type entry struct {
	route      *Route
	command    *pattern.Command
	source     string // as it was written
	deprecated bool
}

// usage is how the command is used, for who nearly did. A pattern that is
// deprecated is not shown.
func (e entry) usage() string {
	if e.deprecated {
		return e.route.commands[0].Usage()
	}
	return e.command.Usage()
}

// index finds commands by the literal words at their beginning.
type index struct {
	entries []entry // whose literals end here, in order of precedence
	next    map[string]*index
}

// at gives the place of a sequence of literals, which it makes if need be.
func (x *index) at(literals []string) *index {
	for _, word := range literals {
		if x.next == nil {
			x.next = make(map[string]*index)
		}
		deeper := x.next[word]
		if deeper == nil {
			deeper = &index{}
			x.next[word] = deeper
		}
		x = deeper
	}
	return x
}

func (x *index) add(e entry) {
	place := x.at(e.command.Literals())
	place.entries = append(place.entries, e)
}

// path gives the places whose literals begin the message, shortest first.
func (x *index) path(in pattern.Input) []*index {
	path := []*index{x}
	for i := 0; x.next != nil; i++ {
		word, ok := in.Literal(i)
		if ok {
			x, ok = x.next[word]
		}
		if !ok {
			break
		}
		path = append(path, x)
	}
	return path
}

// verdict is what the commands of an index make of a message.
type verdict struct {
	hit     *Hit // the command that fits whole
	near    *Route
	usage   string
	problem *pattern.Problem
}

// resolve takes the command that fits the whole message and has the longest
// literal prefix. If none fits, it takes the nearest of those that may be shown.
func (x *index) resolve(in pattern.Input, shows func(entry) bool) verdict {
	var out verdict
	for e := range x.candidates(in) {
		args, fit, problem := e.command.Match(in)
		switch {
		case fit == pattern.Yes:
			return verdict{hit: &Hit{Route: e.route, Args: args, Pattern: e.source, Deprecated: e.deprecated, entry: e}}
		case fit == pattern.Near && out.near == nil && shows(e):
			out = verdict{near: e.route, usage: e.usage(), problem: problem}
		}
	}
	return out
}

// candidates gives the commands whose literal words begin the message, in the order
// of precedence.
func (x *index) candidates(in pattern.Input) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for _, place := range slices.Backward(x.path(in)) {
			for _, e := range place.entries {
				if !yield(e) {
					return
				}
			}
		}
	}
}
