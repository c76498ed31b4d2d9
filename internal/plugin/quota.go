package plugin

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
)

// What the routes of one plugin may cost together, so that no message has to wait
// for them. Equal expressions count once, and what their groups are each time.
const (
	// MaxExpressions is the cost of all its expressions, and the ranges of their classes.
	MaxExpressions = 1_000_000
	// MaxLoose is the cost of those that every message has to be tried with, since no
	// text of four bytes stands in all that they match.
	MaxLoose = 50_000
	// MaxAtOnce is how many parts those commands have together that one message may
	// mean: each of which the literal words at the beginning begin the message.
	MaxAtOnce = 2_000
)

// checkQuotas says which routes of a plugin are too many: in the order of its manifest,
// and of commands those with more literal words after those with fewer.
func checkQuotas(routes []*route.Route) map[*route.Route]*chat.Error {
	refused := make(map[*route.Route]*chat.Error)
	checkExpressions(routes, refused)
	checkCommands(routes, refused)
	return refused
}

// exhausted says that a manifest has cost so much that no more of its expressions are
// looked at. Those that were refused count as well.
func exhausted(weight int) bool { return weight > 2*MaxExpressions }

var errExhausted = over(MaxExpressions, "hear.regex: the expressions before this one cost more than twice %d together: take some away", MaxExpressions)

func checkExpressions(routes []*route.Route, refused map[*route.Route]*chat.Error) {
	known := make(map[string]bool)
	all, loose := 0, 0
	for _, r := range routes {
		if r == nil {
			continue
		}
		source, weight, free, ok := r.Expression()
		if known[source] {
			weight = 0
		}
		weight += r.GroupCost()
		switch {
		case !ok:
		case all+weight > MaxExpressions:
			refused[r] = over(MaxExpressions, "hear.regex: with this expression those of the plugin would cost more than %d together; shorten them or take some away", MaxExpressions)
		case free && loose+weight > MaxLoose:
			refused[r] = over(MaxLoose, "hear.regex: with this expression those of the plugin in which no text of four letters is certain would cost more than %d together; write a word into them that every match has, or take some away", MaxLoose)
		default:
			known[source] = true
			if all += weight; free {
				loose += weight
			}
		}
	}
}

// A wanted is one pattern of a command and the words at its beginning.
type wanted struct {
	route   *route.Route
	command *pattern.Command
	words   []string
}

func checkCommands(routes []*route.Route, refused map[*route.Route]*chat.Error) {
	var all []wanted
	for _, r := range routes {
		if r == nil || r.Kind != route.Command {
			continue
		}
		for _, c := range r.Commands() {
			all = append(all, wanted{r, c, c.Literals()})
		}
	}
	slices.SortStableFunc(all, func(a, b wanted) int { return cmp.Compare(len(a.words), len(b.words)) })
	parts := make(map[string]int) // by literal words
	for _, w := range all {
		text, sum := strings.Join(w.words, " "), w.command.Cost()+parts[""]
		end := 0
		for _, word := range w.words {
			end += len(word)
			sum += parts[text[:end]]
			end++
		}
		if sum > MaxAtOnce && refused[w.route] == nil {
			refused[w.route] = over(MaxAtOnce, "command.pattern: with this command those that one message may mean would have more than %d parts together; let them begin with different words", MaxAtOnce)
		}
		if refused[w.route] == nil {
			parts[text] += w.command.Cost()
		}
	}
}

func over(limit int, format string, args ...any) *chat.Error {
	return chat.Refuse(chat.QuotaExceeded, format, args...).With("limit", strconv.Itoa(limit))
}
