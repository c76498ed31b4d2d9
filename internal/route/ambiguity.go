package route

import (
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/pattern"
)

// Bounds of the search for ambiguities: a plugin may have thousands of commands that
// begin alike, and comparing each with each would take for ever.
const (
	maxPairs     = 2000      // that are compared
	maxPairSteps = 20_000    // of one comparison
	maxSteps     = 4_000_000 // of all
)

// An Ambiguity is two commands that begin with the same words and both take a text,
// so that nothing but the order of precedence decides.
type Ambiguity struct {
	First, Second               *Route // the first takes the text
	FirstPattern, SecondPattern string
	Example                     string
	// Never says that the second pattern never takes anything: the first takes all
	// that it does.
	Never bool
}

// Ambiguities are those of a table.
type Ambiguities struct {
	Found []Ambiguity // by the words at the beginning, then in the order of precedence
	// Unknown is how many pairs of commands were not compared, because there are too
	// many or comparing them would take too long.
	Unknown int
}

// Ambiguities looks for commands of different routes that begin with the same words
// and both take a text, with a shortest example, and among them for those that are
// never reached (OCO-RTE-60). The work is bounded, however many commands there are.
func (t *Table) Ambiguities() Ambiguities {
	s := ambiguitySearch{steps: maxSteps}
	var places []placeOf
	t.commands.each(nil, func(literals []string, entries []entry) {
		places = append(places, placeOf{strings.Join(literals, " "), entries})
	})
	slices.SortFunc(places, func(a, b placeOf) int { return strings.Compare(a.words, b.words) })
	for _, p := range places {
		s.place(p.entries)
	}
	return s.out
}

// placeOf is the commands that begin with the same words.
type placeOf struct {
	words   string
	entries []entry
}

type ambiguitySearch struct {
	out   Ambiguities
	pairs int
	steps int
}

func (s *ambiguitySearch) place(entries []entry) {
	known := make(map[[2]*Route]bool) // of these an ambiguity is said
	for j, second := range entries {
		for _, first := range entries[:j] {
			if first.route == second.route {
				continue
			}
			if s.pairs == maxPairs || s.steps < maxPairSteps {
				s.out.Unknown++
				continue
			}
			s.pairs++
			found, ok := s.compare(first, second)
			if both := [2]*Route{first.route, second.route}; ok && (found.Never || !known[both]) {
				known[both] = true
				s.out.Found = append(s.out.Found, found)
			}
		}
	}
}

// compare compares the patterns of two routes, of which the first has precedence.
func (s *ambiguitySearch) compare(first, second entry) (found Ambiguity, ok bool) {
	steps := maxPairSteps
	defer func() { s.steps -= maxPairSteps - max(steps, 0) }()
	example, both := pattern.Overlap(first.command, second.command, &steps)
	if steps < 0 {
		s.out.Unknown++
	}
	if !both {
		return found, false
	}
	return Ambiguity{
		First: first.route, Second: second.route, FirstPattern: first.source, SecondPattern: second.source,
		Example: example, Never: first.command.Covers(second.command, &steps),
	}, true
}

// each visits the places at which commands stand, in no order.
func (x *index) each(literals []string, visit func(literals []string, entries []entry)) {
	if len(x.live) > 0 {
		visit(literals, x.live)
	}
	for word, deeper := range x.next.All() {
		deeper.each(append(literals[:len(literals):len(literals)], word), visit)
	}
}
