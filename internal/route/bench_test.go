package route_test

import (
	"fmt"
	"testing"

	"github.com/openchatops/oco/internal/route"
)

// benchTable has 60 % commands, and hear routes of which one in eight has no
// literal that a message must hold.
func benchTable(b *testing.B, n int) *route.Table {
	b.Helper()
	var routes []*route.Route
	for i := range n {
		verb, noun := fmt.Sprint("verb", i%40), fmt.Sprint("noun", i/40)
		var d route.Definition
		switch i % 20 {
		case 0, 1, 2, 3, 4:
			d = hear(fmt.Sprint("h", i), `(?i)\bhow do i (?:set ?up|configure|use) `+noun+verb+` (?P<x>.+)\?`)
		case 5, 6:
			d = hear(fmt.Sprint("h", i), noun+verb+" is down")
		case 7:
			d = hear(fmt.Sprint("h", i), fmt.Sprintf(`^\S{%d,}\+\+$`, 1+i%38))
		default:
			d = command(verb + " " + noun + " {app} to {env:prod|staging}")
			d.Name = fmt.Sprint("c", i)
		}
		routes = append(routes, compiled(b, "p", d))
	}
	return newTable(b, routes...)
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{20, 1_000, 10_000} {
		table := benchTable(b, n)
		for _, m := range []struct {
			name    string
			message route.Message
		}{
			{"ambient", route.Message{Text: "i think the new release is fine, shall we have lunch at noon then"}},
			{"command", route.Message{Text: "verb8 noun0 web to prod", Addressed: true}},
			{"unmatched", route.Message{Text: "verv8 noun0 web to prod", Addressed: true}},
		} {
			b.Run(fmt.Sprintf("%s/%d", m.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					table.Match(m.message, everybody)
				}
			})
		}
	}
}
