package pattern

// Cost gives how many parts the command has. Matching takes at most one step for
// each of them at each word of a message.
func (c *Command) Cost() int { return len(c.program) }
