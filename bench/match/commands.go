package main

import (
	"fmt"
	"time"

	"github.com/openchatops/oco/internal/route"
)

// said is what addressed messages cost with commands: one that is taken, and one that
// is not, for which the bot looks for what was meant.
type said struct {
	commands         int
	taken, unmatched float64 // ns of CPU a message
}

func measureCommands(c corpus, numbers []int, rounds int, length time.Duration) (all []said, err error) {
	type subject struct {
		table           *route.Table
		taken, mistyped []string
		ns, unmatchedNs []float64
	}
	var subjects []*subject
	for _, n := range numbers {
		s := &subject{}
		var routes []*route.Route
		v, nouns := c.vocabulary()
		for i := range n {
			verb, noun := v[i%len(v)], nouns[i/len(v)%len(nouns)]
			if i >= len(v)*len(nouns) {
				noun += fmt.Sprintf("-%s%d", nouns[i*7%len(nouns)], i/(len(v)*len(nouns)))
			}
			r, err := route.Compile("p", route.Definition{Kind: route.Command, Name: fmt.Sprint("c", i), Patterns: []string{verb + " " + noun + " {app} [to {env:prod|staging}]"}})
			if err != nil {
				return nil, err
			}
			routes = append(routes, r)
			s.taken = append(s.taken, verb+" "+noun+" web to prod")
			s.mistyped = append(s.mistyped, verb[:1]+verb[2:]+" "+noun+" web to prod", "please "+verb+" the "+noun+" now")
		}
		s.table = replace(route.Empty(nil), "p", routes)
		subjects = append(subjects, s)
	}
	match := func(t *route.Table) func(string) {
		return func(text string) { t.Match(route.Message{Text: text, Addressed: true}, everybody) }
	}
	for range rounds {
		for _, s := range subjects {
			s.ns = append(s.ns, each(s.taken, length, match(s.table)))
			s.unmatchedNs = append(s.unmatchedNs, each(s.mistyped, length, match(s.table)))
		}
	}
	for i, s := range subjects {
		all = append(all, said{numbers[i], median(s.ns), median(s.unmatchedNs)})
	}
	return all, nil
}
