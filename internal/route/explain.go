package route

import (
	"strings"

	"github.com/openchatops/oco/internal/pattern"
)

// maxNear bounds each kind of near miss that is explained.
const maxNear = 8

// Why says what keeps a route from a message that it nearly takes.
type Why uint8

// The reasons.
const (
	WhyProblem  Why = iota + 1 // it fits but for Problem; of a hear route: a group is something else
	WhySpelling                // the words at its beginning are spelt in another way
	WhyLater                   // it fits, and so does By, which begins with as many words and comes first
	WhyShorter                 // it fits, and so does By, which begins with more words
	WhyTaken                   // it fits, and its words belong to By
	WhyDisabled                // it fits, and the operator disabled it
	WhyDeaf                    // of a hear route: it does not listen to such a message, as Text says
	WhyStopped                 // of a hear route: By is exclusive and fires before it
	WhyNotHeard                // of a hear route: what this person says is not for it
)

// A Near is a route that does not take a message and nearly does.
type Near struct {
	Route   *Route
	Pattern string // the pattern of it that nearly does, as usage shows it, or the expression
	Why     Why
	Problem *pattern.Problem
	By      *Route
	Text    string
}

// An Explanation is what operators want to know of a message beside its Result.
type Explanation struct {
	// Command is the command that fits the text first, whether or not such a message
	// can be a command, and Pattern the pattern of it that does; nil if none fits.
	Command *Route
	Pattern string
	// Bar says why it does not take such a message all the same; empty if it does.
	Bar string
	// Near are the others, the nearest first, at most a few of each kind.
	Near []Near
}

// Explain says of a message which command fits it and why others do not take it.
// It looks at the routes at which [Table.Match] looks, in the same order, and at
// those that the operator or another plugin keeps from it. It is for operators: what
// it says is no secret to them, and it may take as long as trying each route once.
// may is that of Match.
func (t *Table) Explain(m Message, may func(*Route) bool) Explanation {
	text := strings.ToValidUTF8(m.Text, "\uFFFD")
	x := explainer{table: t, text: text, in: m.input(text), said: make(map[*Route]bool), met: make(map[*Route]bool)}
	x.commands()
	x.out.Bar = m.bar(x.out.Command)
	if x.out.Command != nil && x.out.Bar == "" {
		m.Addressed = true // where the bot listens, it counts as that
	}
	x.spelling()
	x.hears(m, may)
	return x.out
}

// bar says why a command does not take a message, whatever its text says.
func (m *Message) bar(r *Route) string {
	switch {
	case m.Self:
		return "the bot said it itself"
	case m.Bot:
		return "another bot said it"
	case m.Forwarded:
		return "it is forwarded: somebody else said it before"
	case !m.Addressed && !m.Listening:
		return "it is not addressed to the bot"
	case m.Edited && !(r != nil && r.OnEdit):
		return "it is the new text of a message that was changed, which this command does not take"
	}
	return ""
}

// An explainer collects an explanation.
type explainer struct {
	table *Table
	text  string
	in    pattern.Input
	out   Explanation
	words int // at the beginning of the pattern that fits first
	said  map[*Route]bool
	met   map[*Route]bool // whose words begin the text
	near  []Near
}

// spelling adds the commands that the text may mean.
func (x *explainer) spelling() {
	all := func(*Route) bool { return true }
	for _, r := range x.table.phrases.suggest(x.in, all) {
		if !x.said[r] && !x.met[r] {
			x.out.Near = append(x.out.Near, Near{Route: r, Pattern: r.Usage(), Why: WhySpelling})
		}
	}
}

// hears adds the hear routes whose expression is found and that do not fire.
func (x *explainer) hears(m Message, may func(*Route) bool) {
	var stopped *Route
	n := 0
	for _, r := range x.table.hears.candidates(x.text) {
		groups, found := r.regexp.Match(x.text)
		if !found || n == maxNear {
			continue
		}
		wrong := r.misfit(groups)
		near := Near{Route: r, Pattern: r.Regex}
		switch deaf := r.deaf(m, x.text); {
		case deaf != "" || m.Self:
			near.Why, near.Text = WhyDeaf, deaf
		case stopped != nil:
			near.Why, near.By = WhyStopped, stopped
		case !may(r):
			near.Why = WhyNotHeard
		case wrong != nil:
			near.Why, near.Problem = WhyProblem, wrong
		default:
			if r.Exclusive {
				stopped = r
			}
			continue
		}
		n++
		x.out.Near = append(x.out.Near, near)
	}
}
