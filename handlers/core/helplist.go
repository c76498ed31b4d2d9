package core

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openchatops/oco"
)

// byHandler lists commands under the names of their handlers.
func byHandler(commands []oco.Command) string {
	var b strings.Builder
	for _, group := range grouped(commands) {
		b.WriteString(oneLine(group[0].Plugin) + ":\n")
		for _, c := range group {
			b.WriteString("  " + commandLine(c) + "\n")
		}
	}
	return b.String()
}

// byRank lists commands in their order, the first of them in detail.
func byRank(commands []oco.Command, details int) string {
	var b strings.Builder
	for i, c := range commands {
		if i < details {
			b.WriteString(commandLine(c) + "\n" + detail(c))
			continue
		}
		if i == details && i > 0 {
			b.WriteString("See also:\n")
		}
		if details > 0 {
			b.WriteString("  ")
		}
		b.WriteString(commandLine(c) + " (" + oneLine(c.Plugin) + ")\n")
	}
	return b.String()
}

func commandLine(c oco.Command) string {
	text := oneLine(c.Pattern)
	if c.Help != "" {
		text += " - " + oneLine(c.Help)
	}
	if c.Offline {
		text += " (not running)"
	}
	return text
}

// sorted returns the commands by handler, both in the order of the alphabet.
func sorted(commands []oco.Command) []oco.Command {
	out := slices.Clone(commands)
	slices.SortStableFunc(out, func(a, b oco.Command) int {
		return cmp.Or(cmp.Compare(a.Plugin, b.Plugin), cmp.Compare(a.Pattern, b.Pattern))
	})
	return out
}

// grouped cuts a sorted list where the handler changes.
func grouped(commands []oco.Command) [][]oco.Command {
	var groups [][]oco.Command
	for i, c := range commands {
		if i == 0 || c.Plugin != commands[i-1].Plugin {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], c)
	}
	return groups
}
