package route

import (
	"cmp"
	"iter"
	"slices"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/snapshot"
)

// entry is one pattern of a command.
type entry struct {
	route      *Route
	command    *pattern.Command
	source     string // as it was written
	deprecated bool
}

// usage is how the command is used, for who nearly did and named the plugin by under,
// or did not. A pattern that is deprecated is not shown.
func (e entry) usage(under string) string {
	switch {
	case !e.deprecated:
		return under + e.command.Usage()
	case under != "":
		return under + e.route.commands[0].Usage()
	}
	return e.route.Usage()
}

// claim is a pattern that wants the literal words at its beginning.
type claim struct {
	entry
	member   *member
	alias    bool // the operator's own, which come before those of plugins
	number   int  // among those of its route
	literals []string
}

// byPrecedence sorts claims so that the first has the words.
func byPrecedence(a, b claim) int {
	switch {
	case a.alias != b.alias && a.alias:
		return -1
	case a.alias != b.alias:
		return 1
	}
	return cmp.Or(cmp.Compare(a.member.rank, b.member.rank), cmp.Compare(a.route.Plugin, b.route.Plugin),
		cmp.Compare(a.member.number, b.member.number), cmp.Compare(a.number, b.number))
}

// index finds commands by the literal words at their beginning. One that is in a
// table does not change.
type index struct {
	edit   *snapshot.Edit
	claims []claim // whose literals end here, in order of precedence
	live   []entry // of those claims, the ones that have the words
	next   snapshot.Map[string, *index]
}

// with gives an index in which one place is another; nil if nothing is left of it.
func (x *index) with(e *snapshot.Edit, literals []string, change func(*index)) *index {
	if x == nil {
		x = &index{edit: e}
	} else if x.edit != e {
		x = &index{edit: e, claims: slices.Clone(x.claims), live: x.live, next: x.next}
	}
	if len(literals) == 0 {
		change(x)
	} else {
		before, _ := x.next.Get(literals[0])
		switch after := before.with(e, literals[1:], change); {
		case after == nil:
			x.next.Delete(e, literals[0])
		case after != before:
			x.next.Set(e, literals[0], after)
		}
	}
	if len(x.claims) == 0 && x.next.Len() == 0 {
		return nil
	}
	return x
}

// at gives the place of a sequence of literals; nil if there is none.
func (x *index) at(literals []string) *index {
	for _, word := range literals {
		if x == nil {
			return nil
		}
		x, _ = x.next.Get(word)
	}
	return x
}

// owner gives the plugin to which the words of a place belong: that of the first
// claim. No plugin owns the commands that begin with none.
func (x *index) owner(literals []string) string {
	if x == nil || len(literals) == 0 || len(x.claims) == 0 {
		return ""
	}
	return x.claims[0].route.Plugin
}

// contested reports whether several plugins claim the words of a place.
func (x *index) contested(literals []string) bool {
	owner := x.owner(literals)
	return owner != "" && slices.ContainsFunc(x.claims, func(c claim) bool { return c.route.Plugin != owner })
}

// settle gives the words to whom they belong.
func (x *index) settle(literals []string) {
	slices.SortFunc(x.claims, byPrecedence)
	owner := x.owner(literals)
	x.live = nil
	for _, c := range x.claims {
		if owner == "" || owner == c.route.Plugin {
			x.live = append(x.live, c.entry)
		}
	}
}

// path gives the places whose literals begin the message, shortest first.
func (x *index) path(in pattern.Input) []*index {
	var short [8]*index
	path := short[:0]
	for i := 0; x != nil; i++ {
		path = append(path, x)
		word, ok := "", false
		if x.next.Len() > 0 {
			word, ok = in.Literal(i)
		}
		if !ok {
			break
		}
		x, _ = x.next.Get(word)
	}
	return path
}

// verdict is what the commands of an index make of a message.
type verdict struct {
	hit     *Hit // the command that fits whole
	near    *Route
	entry   entry  // of near
	under   string // what the text names its plugin by, and a colon
	problem *pattern.Problem
}

// resolve takes the command that fits the whole message and has the longest
// literal prefix. If none fits, it takes the nearest of those that may be shown. What
// was typed is in no problem if one of these has a secret: it may be that.
func (x *index) resolve(in pattern.Input, shows func(entry) bool) verdict {
	var out verdict
	secret := false
	for e := range x.candidates(in) {
		args, fit, problem := e.command.Match(in)
		switch {
		case fit == pattern.Yes:
			return verdict{hit: &Hit{Route: e.route, Args: args, Pattern: e.source, Deprecated: e.deprecated, entry: e}}
		case fit == pattern.Near && (out.near == nil || !secret && e.route.Secret()) && shows(e):
			secret = secret || e.route.Secret()
			if out.near == nil {
				out = verdict{near: e.route, entry: e, problem: problem}
			}
		}
	}
	if secret {
		kept := *out.problem
		kept.Value = ""
		out.problem = &kept
	}
	return out
}

// candidates gives the commands whose literal words begin the message, in the order
// of precedence.
func (x *index) candidates(in pattern.Input) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for _, place := range slices.Backward(x.path(in)) {
			for _, e := range place.live {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// lost gives the commands whose literal words begin the message and belong to
// another, with whose they are.
func (x *index) lost(in pattern.Input) iter.Seq2[entry, *Route] {
	return func(yield func(entry, *Route) bool) {
		for i, place := range x.path(in) {
			for _, c := range place.claims {
				if holder := place.claims[0].route; i > 0 && c.route.Plugin != holder.Plugin && !c.alias && !yield(c.entry, holder) {
					return
				}
			}
		}
	}
}
