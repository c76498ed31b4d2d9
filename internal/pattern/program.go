package pattern

type opcode int

const (
	opLiteral opcode = iota // one word, equal to literal
	opWord                  // one word, or several of a time, converted for an argument
	opFile                  // no word: what came with the message, for an argument
	opRest                  // all that is left, for an argument; then the match is over
	opSplit                 // next if it leads to a match, else other
	opJump                  // other
	opEnd                   // a match if no word is left
)

// instruction is one step of a program over the words of a message. All but
// opJump, opRest and opEnd go on at the next instruction.
type instruction struct {
	op       opcode
	literal  string // folded
	word     string // as written
	argument int
	other    int
}

func (c *Command) add(i instruction) int {
	c.program = append(c.program, i)
	return len(c.program) - 1
}

// emit appends the program of a sequence. Optional parts and lists take as much
// as they can.
func (c *Command) emit(nodes []node) {
	for _, item := range nodes {
		switch item.kind {
		case nodeLiteral:
			c.add(instruction{op: opLiteral, literal: Fold(item.word), word: item.word})
		case nodeArgument:
			c.emitArgument(item.argument)
		case nodeOptional:
			split := c.add(instruction{op: opSplit})
			c.emit(item.branches[0])
			c.program[split].other = len(c.program)
		case nodeChoice:
			c.emitChoice(item.branches)
		case nodeFlag: // stands anywhere: not part of the program
		}
	}
}

func (c *Command) emitArgument(index int) {
	arg := c.arguments[index]
	split := -1
	if arg.HasDefault {
		split = c.add(instruction{op: opSplit})
	}
	switch {
	case arg.Type == TypeFile:
		c.add(instruction{op: opFile, argument: index})
	case arg.Rest:
		c.add(instruction{op: opRest, argument: index})
	case arg.List:
		again := c.add(instruction{op: opWord, argument: index})
		split := c.add(instruction{op: opSplit})
		c.add(instruction{op: opJump, other: again})
		c.program[split].other = len(c.program)
	default:
		c.add(instruction{op: opWord, argument: index})
	}
	if split >= 0 {
		c.program[split].other = len(c.program)
	}
}

func (c *Command) emitChoice(branches [][]node) {
	var jumps []int
	for i, branch := range branches {
		if i == len(branches)-1 {
			c.emit(branch)
			break
		}
		split := c.add(instruction{op: opSplit})
		c.emit(branch)
		jumps = append(jumps, c.add(instruction{op: opJump}))
		c.program[split].other = len(c.program)
	}
	for _, jump := range jumps {
		c.program[jump].other = len(c.program)
	}
}

// reach gives how many words a match can take before its rest; flags included.
func (c *Command) reach() int {
	words := 0
	for _, i := range c.program {
		switch i.op {
		case opLiteral:
			words++
		case opWord:
			words += c.arguments[i.argument].words()
			if c.arguments[i.argument].List {
				return MaxWords
			}
		}
	}
	if len(c.flags) > 0 {
		return MaxWords // a flag may be repeated and is then reported
	}
	return words + 1
}
