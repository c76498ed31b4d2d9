package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/openchatops/oco"
)

// routesOf is how many routes the handler of a variant has.
func routesOf(variant string) int {
	switch variant {
	case fewRoutes:
		return 10
	case manyRoutes:
		return 10_000
	}
	return 1
}

var (
	verbs = strings.Fields("deploy restart scale rollback promote drain cordon snapshot silence page")
	nouns = strings.Fields("billing payments search gateway auth ledger catalog inbox notifier scheduler")
)

// register declares as many other routes as a variant has besides the echo: of ten,
// six are commands, and four listen to everything, of which now and then one has no
// text that all that it matches holds. None takes the message that goes round.
func register(h *oco.Handler, n int) {
	nothing := func(context.Context, *oco.Message) error { return nil }
	for i := range n - 1 {
		name := fmt.Sprint("route-", i)
		thing := fmt.Sprint(nouns[i/10%len(nouns)], i/100)
		switch {
		case i%10 < 6:
			h.Command(verbs[i%len(verbs)]+" "+thing+" {app} [to {env:prod|staging}]", "Do something.", nothing, oco.Name(name))
		case i%10 < 9:
			h.Hear(`(?i)\bhow do i (?:set ?up|configure|use) `+thing+` (?P<x>.+)\?`, "Say how.", nothing, oco.Name(name))
		default:
			h.Hear(fmt.Sprintf(`^[A-Z]{%d,}-\d+$`, 2+i/10%40), "Show a ticket.", nothing, oco.Name(name))
		}
	}
}
