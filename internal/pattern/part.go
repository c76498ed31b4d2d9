package pattern

import "slices"

// PartKind says what a part of a pattern is.
type PartKind int

// The kinds of parts.
const (
	PartLiteral  PartKind = iota + 1 // a word
	PartArgument                     // a placeholder
	PartOptional                     // one branch, which may be left out
	PartChoice                       // two branches or more, of which one is said
	PartFlag                         // may stand anywhere after the words at the beginning
)

// Part is an item of a pattern, for who shows a command in another form.
type Part struct {
	Kind      PartKind
	Word      string   // of a literal, as written
	Argument  string   // of a placeholder or a flag: its name
	Branches  [][]Part // of an optional part or a choice
	Spellings []string // of a flag, such as --force and -f
	Valued    bool     // the flag carries a value
}

// Parts gives the items of the pattern in order.
func (c *Command) Parts() []Part { return c.parts(c.nodes) }

func (c *Command) parts(nodes []node) []Part {
	out := make([]Part, len(nodes))
	for i, item := range nodes {
		part := Part{Kind: PartKind(item.kind) + PartLiteral, Word: item.word}
		switch item.kind {
		case nodeArgument, nodeFlag:
			arg := &c.arguments[item.argument]
			part.Argument, part.Spellings, part.Valued = arg.Name, slices.Clone(arg.spellings), arg.valued
		case nodeLiteral, nodeOptional, nodeChoice:
		}
		for _, branch := range item.branches {
			part.Branches = append(part.Branches, c.parts(branch))
		}
		out[i] = part
	}
	return out
}
