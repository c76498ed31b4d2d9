package pattern

import (
	"strings"
	"unicode/utf8"
)

// Usage gives the pattern for help: one space between items, choices and
// defaults of the specs included. It compiles to a command that matches the
// same messages, unless it exceeds MaxSource.
func (c *Command) Usage() string {
	var out strings.Builder
	c.writeNodes(&out, c.nodes)
	return out.String()
}

func (c *Command) writeNodes(out *strings.Builder, nodes []node) {
	for i, item := range nodes {
		if i > 0 {
			out.WriteByte(' ')
		}
		switch item.kind {
		case nodeLiteral:
			writeLiteral(out, item.word)
		case nodeArgument:
			c.writePlaceholder(out, item.argument)
		case nodeOptional:
			out.WriteByte('[')
			c.writeNodes(out, item.branches[0])
			out.WriteByte(']')
		case nodeChoice:
			for i, branch := range item.branches {
				out.WriteByte("(|"[min(i, 1)])
				c.writeNodes(out, branch)
			}
			out.WriteByte(')')
		case nodeFlag:
			arg := c.arguments[item.argument]
			out.WriteString("[" + strings.Join(arg.spellings, "|"))
			if arg.valued {
				out.WriteByte('=')
				c.writePlaceholder(out, item.argument)
			}
			out.WriteByte(']')
		}
	}
}

func writeLiteral(out *strings.Builder, word string) {
	if looksLikeFlag(word) {
		out.WriteByte('\\')
	}
	writeEscaped(out, word, "[](){}|\\")
}

func (c *Command) writePlaceholder(out *strings.Builder, index int) {
	arg := c.arguments[index]
	out.WriteString("{" + arg.Name)
	switch {
	case arg.Rest:
		out.WriteString("...")
	case arg.List:
		out.WriteByte('*')
	}
	switch arg.Type {
	case TypeText:
		switch {
		case arg.Check != CheckNone:
			out.WriteString(":" + arg.Check.String())
		case arg.Sensitive:
			out.WriteString(":" + secretType)
		}
	case TypeChoice:
		for i, choice := range arg.Choices {
			out.WriteByte(":|"[min(i, 1)])
			writeEscaped(out, choice, "{}|=\\")
		}
	default:
		out.WriteString(":" + arg.Type.String())
	}
	if arg.HasDefault {
		out.WriteByte('=')
		writeEscaped(out, arg.Default, "{}\\")
	}
	out.WriteByte('}')
}

func writeEscaped(out *strings.Builder, text, special string) {
	for _, r := range text {
		if r < utf8.RuneSelf && strings.ContainsRune(special, r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
}
