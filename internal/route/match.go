package route

import (
	"strings"
	"unicode"

	"github.com/openchatops/oco/internal/pattern"
)

// A Message is what of a message decides who takes it. All but Text is stated
// by the adapter or found by [Address.Strip].
type Message struct {
	Text      string // without the address
	Addressed bool
	Bot       bool // written by a bot or a webhook
	Self      bool // written by this bot
	Edited    bool // the new text of a message that was there before
	Forwarded bool // written by somebody else before
}

// commands reports whether the message may be a command: only what a person
// says to the bot now, in his own words.
func (m *Message) commands() bool { return m.Addressed && !m.Bot && !m.Edited && !m.Forwarded }

// A Hit is a route that takes a message.
type Hit struct {
	Route  *Route
	Args   []pattern.Value // Command
	Groups []pattern.Group // Hear
}

// Result is what the table makes of a message. At most one of Command, Refused,
// Problem and Suggest is set.
type Result struct {
	Command *Hit
	Refused *Hit   // the command that fits and must not run
	Hidden  string // Refused for this: the text has invisible characters, shown here as escapes
	Hears   []Hit  // in the order in which they fire

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
// matches hear routes with IncludeBots only, an edit those with OnEdit only; an
// edit, a forwarded message and another bot never give a command, and a
// forwarded message does not address the bot. A route with Danger is not
// reached by a text with invisible characters.
func (t *Table) Match(m Message, may func(*Route) bool) Result {
	var out Result
	if m.Self {
		return out
	}
	if may == nil {
		may = func(*Route) bool { return false }
	}
	text := strings.ToValidUTF8(m.Text, "\uFFFD")
	var answered bool
	out.Hears, answered = t.hears.match(m, text, may)
	if !m.commands() {
		return out
	}
	in := pattern.Tokenize(text)
	found := t.resolve(in, may)
	switch {
	case found.hit != nil:
		t.decide(&out, found.hit, text, may)
	case answered:
	case found.near != nil:
		out.Near, out.Problem, out.Usage = found.near, found.problem, found.usage
	default:
		out.Suggest = t.phrases.suggest(in, may)
	}
	return out
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
func (t *Table) resolve(in pattern.Input, may func(*Route) bool) verdict {
	named := t.resolveNamed(in.Text(), may)
	if named.hit != nil {
		return named
	}
	if all := t.commands.resolve(in, may); all.hit != nil || named.near == nil {
		return all
	}
	return named
}

// resolveNamed asks the plugin of "plugin:command", if the text begins so. What
// it says of a near miss is about the whole text.
func (t *Table) resolveNamed(text string, may func(*Route) bool) verdict {
	trimmed := strings.TrimLeftFunc(text, unicode.IsSpace)
	name, _, found := strings.Cut(trimmed[:min(len(trimmed), maxPlugin+1)], ":")
	own := t.plugins[pattern.Fold(name)]
	if !found || own == nil {
		return verdict{}
	}
	rest := trimmed[len(name)+1:]
	if strings.TrimLeftFunc(rest, unicode.IsSpace) != rest {
		return verdict{}
	}
	v := own.resolve(pattern.Tokenize(rest), may)
	if v.near != nil {
		shifted := *v.problem
		shifted.Offset += len(text) - len(rest)
		v.problem, v.usage = &shifted, v.near.Plugin+":"+v.usage
	}
	return v
}
