package pattern

import "slices"

// Command is a compiled command pattern. It is immutable and safe for
// concurrent use.
type Command struct {
	nodes     []node
	arguments []argument
	literals  []string // folded words that begin every match
	name      string
	program   []instruction
	flags     map[string]int // spelling to index into arguments
	flagNames []string       // all of them
	short     bool           // one of them is a dash and a letter
	sensitive bool           // an argument is: no Problem shows what was typed
}

// maxInstructions bounds the program, and with MaxWords the work of a match.
const maxInstructions = 256

// Compile reads a command pattern and what specs add to its placeholders. An
// error is an [*Error]; one that lies in a spec points at its placeholder.
func Compile(pattern string, specs []Spec) (*Command, error) {
	if err := checkSource(pattern, ""); err != nil {
		return nil, err
	}
	p := parser{source: pattern}
	nodes, err := p.parse()
	if err != nil {
		return nil, err
	}
	if err := p.refine(nodes, specs); err != nil {
		return nil, err
	}
	c := &Command{nodes: nodes, arguments: p.arguments, flags: make(map[string]int)}
	for i, arg := range c.arguments {
		c.flagNames = append(c.flagNames, arg.spellings...)
		for _, spelling := range arg.spellings {
			c.flags[spelling] = i
			c.short = c.short || len(spelling) == len("-f")
		}
		c.sensitive = c.sensitive || arg.Sensitive
	}
	c.name, c.literals = leadingLiterals(nodes)
	c.emit(nodes)
	c.add(instruction{op: opEnd})
	if len(c.program) > maxInstructions {
		return nil, p.fail(0, "the pattern has %d parts, at most %d are allowed", len(c.program), maxInstructions)
	}
	return c, nil
}

func leadingLiterals(nodes []node) (name string, literals []string) {
	for i, item := range nodes {
		if item.kind != nodeLiteral {
			break
		}
		if i > 0 {
			name += " "
		}
		name += item.word
		literals = append(literals, Fold(item.word))
	}
	return name, literals
}

// Name gives the literal words before the first placeholder, as written,
// joined by one space; empty if the pattern does not begin with a literal.
func (c *Command) Name() string { return c.name }

// Literals gives the words of Name folded: those with which every message that
// matches begins, as [Input.Literal] gives them. The longer list wins
// resolution.
func (c *Command) Literals() []string { return slices.Clone(c.literals) }

// Arguments gives the arguments in the order of the pattern.
func (c *Command) Arguments() []Spec {
	specs := make([]Spec, len(c.arguments))
	for i, arg := range c.arguments {
		specs[i] = arg.Spec
		specs[i].Choices = slices.Clone(arg.Choices)
	}
	return specs
}
