package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/route"
)

// attacked is what a message costs beside the dearest that one plugin may register.
type attacked struct {
	register time.Duration
	message  [3]time.Duration // by attackedSizes
	said     time.Duration    // addressed, of as many words as are looked at
}

var attackedSizes = [3]int{200, 4 << 10, 64 << 10}

// measureAttack registers expressions up to every quota, none of which an automaton of
// bounded size holds, and says what holds their literals and keeps them busy.
func measureAttack(rounds int) (out attacked, err error) {
	var expressions []string
	loose, all := 0, 0
	for i := 0; loose < plugin.MaxLoose-1000; i++ {
		expressions = append(expressions, fmt.Sprintf(`[ab]*%c(?:[ab][^%d]?){%d}c`, "ab"[i%2], i%10, 230-i/20))
		loose += 1000
	}
	for i := 0; all < plugin.MaxExpressions-loose-1000 && len(expressions) < plugin.MaxRoutes; i++ {
		expressions = append(expressions, fmt.Sprintf(`word[ab]*a[ab]{%d}(?:c|%d)`, 80+i%10, i))
		all += 100 + i%10
	}
	began := cpu()
	routes, err := compile("p", expressions)
	if err != nil {
		return out, err
	}
	table := replace(route.Empty(nil), "p", routes)
	out.register = cpu() - began
	for i, size := range attackedSizes {
		text := hostileText(size)
		out.message[i] = took(rounds, func() { table.Match(route.Message{Text: text}, everybody) })
	}
	out.said, err = measureCommandAttack(rounds)
	return out, err
}

// measureCommandAttack is the same with commands, all of which one message may mean.
func measureCommandAttack(rounds int) (time.Duration, error) {
	var routes []*route.Route
	for parts := 0; ; {
		pattern := "do"
		for i := range 40 {
			pattern += fmt.Sprintf(" [{a%d*}] [--f%d]", i, i)
		}
		r, err := route.Compile("p", route.Definition{Kind: route.Command, Name: fmt.Sprint("c", len(routes)), Patterns: []string{pattern + " {n:integer}"}})
		if err != nil {
			return 0, err
		}
		for _, c := range r.Commands() {
			parts += c.Cost()
		}
		if parts > plugin.MaxAtOnce {
			break
		}
		routes = append(routes, r)
	}
	table, text := replace(route.Empty(nil), "p", routes), "do"+strings.Repeat(" --f1 a", 511)
	return took(rounds, func() { table.Match(route.Message{Text: text, Addressed: true}, everybody) }), nil
}

func hostileText(size int) string {
	var b strings.Builder
	b.WriteString("word ")
	for x := uint32(1); b.Len() < size; {
		x = x*1664525 + 1013904223
		b.WriteByte("ab"[x>>31])
	}
	return b.String()
}
