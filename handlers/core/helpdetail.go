package core

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/openchatops/oco"
)

const (
	maxWays      = 5  // other ways to say a command, and examples
	maxArguments = 25 // of a command
)

// detail shows all that is known of a command but its pattern.
func detail(c oco.Command) string {
	var lines []string
	lines = appendSome(lines, c.Aliases, maxWays, "or: ", "ways to say it")
	var arguments []string
	for _, a := range c.Arguments {
		arguments = append(arguments, argumentLine(a))
	}
	lines = appendSome(lines, arguments, maxArguments, "", "arguments")
	lines = appendSome(lines, c.Examples, maxWays, "example: ", "examples")
	if c.Danger {
		lines = append(lines, "It is dangerous: only those may run it whom an operator allowed.")
	}
	lines = append(lines, "It is a command of "+c.Plugin+".")
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("  " + oneLine(line) + "\n")
	}
	return b.String()
}

func appendSome(lines, more []string, most int, before, what string) []string {
	for i, text := range more {
		if i == most {
			return append(lines, fmt.Sprintf("and %d more %s", len(more)-i, what))
		}
		lines = append(lines, before+text)
	}
	return lines
}

// argumentLine says what may stand in the place of an argument.
func argumentLine(a oco.CommandArgument) string {
	text := a.Name + ": " + accepts(a)
	switch {
	case a.HasDefault:
		text += "; " + cmp.Or(a.Default, "the empty text") + " if you leave it out"
	case a.Optional:
		text += "; may be left out"
	}
	if a.Sensitive {
		text += "; a secret, which no log shows"
	}
	text += "."
	if a.Help != "" {
		text += " " + a.Help
	}
	return text
}

// accepted says what one value of a type may be.
var accepted = map[string]string{
	"text":     "a word, or more in quotes",
	"integer":  "a whole number",
	"number":   "a number",
	"flag":     "yes or no",
	"duration": "how long, such as 90s or 1h30m",
	"time":     "when, such as 17:30, tomorrow 9am or in 2h",
	"user":     "somebody, such as @alice or me",
	"room":     "a room, such as #ops or here",
	"file":     "a file that comes with the message",
	"url":      "a web address, such as https://example.com",
	"json":     "JSON",
	"regex":    "a regular expression",
}

func accepts(a oco.CommandArgument) string {
	one, known := accepted[a.Type]
	switch {
	case len(a.Choices) > 0:
		one = "one of " + strings.Join(a.Choices, ", ")
	case !known:
		one = a.Type
	}
	switch {
	case a.Rest && a.Type == "text":
		return "all that follows"
	case a.Rest:
		return one + ": all that follows"
	case a.List:
		return one + "; one or more of them"
	}
	return one
}
