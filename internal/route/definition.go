package route

import (
	"slices"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
)

// Kind says what a route takes.
type Kind uint8

// The kinds of routes.
const (
	Command Kind = iota + 1 // messages that are addressed to the bot and fit whole
	Hear                    // any message in which an expression is found
	Event                   // events that are not messages, by type
)

func (k Kind) String() string {
	switch k {
	case Command:
		return "command"
	case Hear:
		return "hear"
	case Event:
		return "event"
	}
	return "invalid"
}

// A Definition is a route as its plugin wrote it. A zero policy field takes the
// default of the kind.
type Definition struct {
	Kind     Kind
	ID       string // of this exact definition; see the translator of the wire
	Name     string // empty on a command: the literal words of its first pattern
	Help     string
	Priority int      // of hear routes and events, higher goes first
	Allow    []string // groups; empty: everyone, but nobody if Danger
	Danger   bool

	RunPolicy   chat.RunPolicy
	Order       chat.Order
	Notice      chat.Notice
	MaxRun      time.Duration
	StaleAfter  time.Duration
	MaxAttempts int

	Patterns   []string       // Command: the pattern, then its aliases
	Deprecated []string       // Command: patterns that go on working and are shown to nobody
	Arguments  []pattern.Spec // Command: refines placeholders; of a Route, complete. Hear: what named groups are
	Examples   []string       // Command: texts that one of Patterns takes

	Regex         string // Hear: OCO-RE
	AddressedOnly bool   // Hear
	Exclusive     bool   // Hear
	IncludeBots   bool   // Hear

	OnEdit bool // Command, Hear: also the new text of a message that was changed

	Types []string // Event
}

// clone gives a definition that shares no memory with d.
func (d Definition) clone() Definition {
	d.Allow = slices.Clone(d.Allow)
	d.Patterns, d.Deprecated = slices.Clone(d.Patterns), slices.Clone(d.Deprecated)
	d.Examples = slices.Clone(d.Examples)
	d.Types = slices.Clone(d.Types)
	d.Arguments = slices.Clone(d.Arguments)
	for i := range d.Arguments {
		d.Arguments[i].Choices = slices.Clone(d.Arguments[i].Choices)
	}
	return d
}

// A Route is a compiled definition: complete, with the defaults of its kind
// filled in. It is immutable.
type Route struct {
	Plugin string
	Definition

	// Of a route of a table, the operator's word.
	Aliases []string // patterns that take the command besides
	Hidden  bool     // nobody is shown it

	commands   []*pattern.Command // one for each of Patterns
	deprecated []*pattern.Command // one for each of Deprecated
	taken      bool               // in a table: the first of Patterns has the words of another plugin
	regexp     *pattern.Regexp
	required   []string        // texts of which every match of regexp has all; see requiredLiterals
	described  []*pattern.Spec // what each group of regexp is by Arguments; nil if none is
}

// Key names the route in rules and in the operator's configuration:
// "plugin:name".
func (r *Route) Key() string { return r.Plugin + ":" + r.Name }

// Secret says whether an argument of the route is sensitive.
func (r *Route) Secret() bool {
	return slices.ContainsFunc(r.Arguments, func(a pattern.Spec) bool { return a.Sensitive })
}

// Command gives the first pattern of a command, compiled; nil for the other kinds.
func (r *Route) Command() *pattern.Command {
	if len(r.commands) == 0 {
		return nil
	}
	return r.commands[0]
}

// Usage gives the usage line of a command, without the bot's name; empty for
// the other kinds. In a table it names the plugin if the words are another's.
func (r *Route) Usage() string {
	switch {
	case len(r.commands) == 0:
		return ""
	case r.taken:
		return r.Plugin + ":" + r.commands[0].Usage()
	}
	return r.commands[0].Usage()
}
