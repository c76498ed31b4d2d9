package route

import (
	"fmt"
	"slices"

	"github.com/openchatops/oco/internal/pattern"
)

// loose are the ears that no literal tells apart: a set of their expressions finds
// in one pass which of them are found in a message.
type loose struct {
	set    *pattern.Set
	ears   []*ear   // by number in the set; nil: gone
	payers []string // plugins, by the numbers that the set knows them by
	gone   int
}

// with gives the ears of another table. That of the same plugin with the same
// expression as one that goes takes its number over.
func (l loose) with(coming []*ear, leaving map[*ear]bool) loose {
	l.ears = slices.Clone(l.ears)
	type place struct{ plugin, source string }
	free := make(map[place]int)
	for n, e := range l.ears {
		if e != nil && leaving[e] {
			l.ears[n] = nil
			l.gone++
			free[place{e.plugin, e.regexp.String()}] = n
		}
	}
	var more []*ear
	for _, e := range coming {
		if n, ok := free[place{e.plugin, e.regexp.String()}]; ok {
			l.ears[n] = e
			l.gone--
		} else {
			more = append(more, e)
		}
	}
	if l.gone > len(l.ears)/2 {
		more = append(slices.DeleteFunc(l.ears, func(e *ear) bool { return e == nil }), more...)
		l = loose{}
	}
	if len(more) == 0 {
		return l
	}
	return l.and(more)
}

func (l loose) and(more []*ear) loose {
	members := make([]pattern.Member, len(more))
	number := make(map[string]int32)
	for i, plugin := range l.payers {
		number[plugin] = int32(i)
	}
	l.payers = slices.Clone(l.payers)
	for i, e := range more {
		n, ok := number[e.plugin]
		if !ok {
			n = int32(len(l.payers))
			number[e.plugin], l.payers = n, append(l.payers, e.plugin)
		}
		members[i] = pattern.Member{Regexp: e.regexp, Payer: n}
	}
	var err error
	if l.set == nil {
		l.set, err = pattern.NewSet(members)
	} else {
		l.set, err = l.set.With(members)
	}
	if err != nil {
		panic(fmt.Sprintf("route: what compiles does not compile: %v", err))
	}
	l.ears = append(l.ears, more...)
	return l
}

// candidates adds the ears whose expressions are found in a text, and says which
// plugins have too many for it.
func (l *loose) candidates(found []*ear, text string) (all []*ear, spent []string) {
	if l.set == nil {
		return found, nil
	}
	numbers, late := l.set.Match(text)
	for _, n := range numbers {
		if e := l.ears[n]; e != nil {
			found = append(found, e)
		}
	}
	for _, n := range late {
		spent = append(spent, l.payers[n])
	}
	return found, spent
}
