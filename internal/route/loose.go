package route

import (
	"fmt"

	"github.com/openchatops/oco/internal/pattern"
)

// loose are the hear routes that no literal tells apart: a set of their
// expressions finds in one pass which of them a message may match.
type loose struct {
	set    *pattern.Set
	routes [][]int32 // by expression: those that have it
}

// newLoose makes the set of some of the routes. Equal expressions are one.
func newLoose(routes []*Route, of []int32) loose {
	var l loose
	var all []pattern.Member
	place := make(map[string]int)
	for _, i := range of {
		source := routes[i].regexp.String()
		n, known := place[source]
		if !known {
			n = len(all)
			place[source] = n
			all, l.routes = append(all, pattern.Member{Regexp: routes[i].regexp}), append(l.routes, nil)
		}
		l.routes[n] = append(l.routes[n], i)
	}
	set, err := pattern.NewSet(all)
	if err != nil {
		panic(fmt.Sprintf("route: what compiles does not compile: %v", err))
	}
	l.set = set
	return l
}

// candidates gives the routes that a text may match, in no order.
func (l *loose) candidates(text string) (found []int32) {
	numbers, _ := l.set.Match(text)
	for _, n := range numbers {
		found = append(found, l.routes[n]...)
	}
	return found
}
