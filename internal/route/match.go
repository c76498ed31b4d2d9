package route

import (
	"strings"
	"unicode"

	"github.com/openchatops/oco/internal/pattern"
)

// A Message is what of a message decides who takes it. All but Text is stated
// by the adapter, found by [Address.Strip] or said by the operator.
type Message struct {
	Text      string // without the address
	Addressed bool
	Listening bool // a command that takes it whole needs no address here
	Bot       bool // written by a bot or a webhook
	Self      bool // written by this bot
	Edited    bool // the new text of a message that was there before
	Forwarded bool // written by somebody else before

	Mentions []pattern.Span // of Text: white space in them separates no words; ascending and apart
	Files    int            // that came with it
}

// input cuts the message into words. text is Text in UTF-8.
func (m *Message) input(text string) pattern.Input {
	return pattern.Tokenize(text, m.Mentions...).WithFiles(m.Files)
}

// order reports whether the message may be a command: only what a person says in
// his own words, to the bot or in a room where it listens.
func (m *Message) order() bool { return (m.Addressed || m.Listening) && !m.Bot && !m.Forwarded }

// A Hit is a route that takes a message.
type Hit struct {
	Route      *Route
	Args       []pattern.Value // what it is given: of a hear route the named groups that took part
	Pattern    string          // Command: the one that takes it, as it was written
	Deprecated bool            // Command: the pattern is not to be used any more
	Groups     []pattern.Group // Hear: all of the match

	entry entry  // Command
	under string // what stands before its usage: the plugin that the message names, and a colon
}

// Usage gives the usage line of the pattern of a command that took the message, for
// when a value turns out to be wrong all the same.
func (h *Hit) Usage() string { return h.entry.usage(h.under) }

// Result is what the table makes of a message. At most one of Command, Refused,
// Problem and Suggest is set.
type Result struct {
	// Addressed says that the message counts as addressed to the bot. One that a
	// command takes where the bot listens does.
	Addressed bool

	Command *Hit
	Refused *Hit     // the command that fits and must not run
	Hidden  string   // Refused for this: the text has invisible characters, shown here as escapes
	Hears   []Hit    // in the order in which they fire
	Unheard []string // plugins whose expressions are too many for such a text: not all were tried

	// For an addressed message that no command fits and no hear route with
	// AddressedOnly took; only of commands that the person may use.
	Near    *Route // the command that fits but for Problem
	Problem *pattern.Problem
	Usage   string   // of the pattern of Near that nearly fits
	Suggest []*Route // did you mean; best first
}

// Match resolves a message. may says whether the person may use a route; it is
// called for a few routes only, must not block, and nil stands for nobody.
//
// A message of the bot itself matches nothing. A message of another bot
// matches hear routes with IncludeBots only, an edit only routes with OnEdit.
// A forwarded message and another bot never give a command, and a forwarded
// message does not address the bot. Where the bot listens, a message that is
// not addressed is taken by a command that fits it whole, and then counts as
// addressed. A route with Danger is not reached by a text with invisible
// characters.
func (t *Table) Match(m Message, may func(*Route) bool) Result {
	var out Result
	if m.Self {
		return out
	}
	if may == nil {
		may = func(*Route) bool { return false }
	}
	text := strings.ToValidUTF8(m.Text, "\uFFFD")
	var in pattern.Input
	var found verdict
	if m.order() {
		in = m.input(text)
		found = t.resolve(in, func(e entry) bool { return shows(e, m) && may(e.route) })
	}
	if hit := found.hit; hit != nil && (!m.Edited || hit.Route.OnEdit) {
		t.decide(&out, hit, text, may)
		m.Addressed = true
	}
	out.Addressed = m.Addressed && !m.Forwarded
	var answered bool
	out.Hears, answered, out.Unheard = t.hears.match(m, text, may)
	switch {
	case found.hit != nil || answered || !m.order() || !m.Addressed:
	case found.near != nil:
		out.Near, out.Problem, out.Usage = found.near, found.problem, found.entry.usage(found.under)
	case !m.Edited:
		out.Suggest = t.phrases.suggest(in, may)
	}
	return out
}

// shows reports whether who nearly said a command may learn how it is used. One
// that is hidden he must have known by its words.
func shows(e entry, m Message) bool {
	return m.Addressed && (!m.Edited || e.route.OnEdit) && !(e.route.Hidden && e.command.Name() == "")
}

// decide lets the command run or refuses it.
func (t *Table) decide(out *Result, hit *Hit, text string, may func(*Route) bool) {
	switch {
	case !may(hit.Route):
		out.Refused = hit
	case hit.Route.Danger && pattern.HasHidden(text):
		out.Refused, out.Hidden = hit, pattern.EscapeHidden(text)
	default:
		out.Command = hit
	}
}

// resolve asks the plugin first that the message names, then all.
func (t *Table) resolve(in pattern.Input, shows func(entry) bool) verdict {
	named := t.resolveNamed(in, shows)
	if named.hit != nil {
		return named
	}
	if all := t.commands.resolve(in, shows); all.hit != nil || named.near == nil {
		return all
	}
	return named
}

// resolveNamed asks the plugin of "plugin:command", if the text begins so. What
// it says of a near miss is about the whole text.
func (t *Table) resolveNamed(in pattern.Input, shows func(entry) bool) verdict {
	own, rest := t.named(in.Text())
	if own == nil {
		return verdict{}
	}
	before := len(in.Text()) - len(rest)
	v := own.resolve(in.From(before), shows)
	if v.hit != nil {
		v.hit.under = v.hit.Route.Plugin + ":"
		shift(v.hit.Args, before)
	}
	if v.near != nil {
		shifted := *v.problem
		shifted.Offset += before
		v.problem, v.under = &shifted, v.near.Plugin+":"
	}
	return v
}

// shift moves values by so many bytes, each to where it stands in the whole text.
func shift(values []pattern.Value, by int) {
	for i := range values {
		if v := &values[i]; v.End > 0 {
			v.Start, v.End = v.Start+by, v.End+by
		}
		shift(values[i].List, by)
	}
}

// named gives the commands of the plugin that a text names, as "plugin:command",
// and the text after its name; nil if it names none.
func (t *Table) named(text string) (own *index, rest string) {
	trimmed := strings.TrimLeftFunc(text, unicode.IsSpace)
	name, _, found := strings.Cut(trimmed[:min(len(trimmed), maxPlugin+1)], ":")
	p, known := t.parts.Get(pattern.Fold(name))
	if !found || !known {
		return nil, ""
	}
	rest = trimmed[len(name)+1:]
	if strings.TrimLeftFunc(rest, unicode.IsSpace) != rest {
		return nil, ""
	}
	return p.own(), rest
}
