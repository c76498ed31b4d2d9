package core

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/openchatops/oco"
)

const (
	// helpRoom is how many bytes one answer of help takes at most; a message
	// takes 64 KiB.
	helpRoom = 32 << 10
	// inDetail is how many commands are shown with all that is known of them.
	inDetail = 3
)

func help(ctx context.Context, msg *oco.Message) error {
	commands, err := msg.Bot().ListCommands(ctx, msg.User().ID, msg.Room().ID)
	if err != nil {
		return lacking("commands.read", err)
	}
	msg.Reply(helpText(commands, msg.Arg("topic")))
	return nil
}

// helpText shows the commands that have all words of the topic in them; all
// commands if it is empty. They are those that the asker may run.
func helpText(commands []oco.Command, topic string) string {
	found := about(commands, topic)
	switch {
	case len(found) == 0 && topic == "":
		return "There is no command that you may run here."
	case len(found) == 0:
		return fmt.Sprintf("There is no command about %q that you may run here. Say help to see all.", oneLine(topic))
	}
	detailed := topic != "" && len(found) <= inDetail
	var b strings.Builder
	for _, group := range grouped(found) {
		fmt.Fprintf(&b, "%s:\n", group[0].Plugin)
		for _, c := range group {
			b.WriteString("  " + commandLine(c) + "\n")
			if detailed {
				b.WriteString(detail(c))
			}
		}
	}
	if b.Len() > helpRoom {
		return overview(found, topic)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// overview is for more commands than fit into a message.
func overview(commands []oco.Command, topic string) string {
	groups := grouped(commands)
	var b strings.Builder
	fmt.Fprintf(&b, "%s, too much for one message", count(len(commands), "command"))
	if topic != "" {
		fmt.Fprintf(&b, ", about %q", oneLine(topic))
	}
	b.WriteString(". Say help and one of these, or any word:\n")
	for i, group := range groups {
		text := fmt.Sprintf("  %s (%d)\n", group[0].Plugin, len(group))
		if b.Len()+len(text) > helpRoom {
			fmt.Fprintf(&b, "  and %d more handlers\n", len(groups)-i)
			break
		}
		b.WriteString(text)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func commandLine(c oco.Command) string {
	text := c.Pattern
	if c.Help != "" {
		text += " - " + c.Help
	}
	if c.Offline {
		text += " (not running)"
	}
	return text
}

// detail shows other ways to say a command, and its arguments.
func detail(c oco.Command) string {
	var b strings.Builder
	for _, alias := range c.Aliases {
		fmt.Fprintf(&b, "    or: %s\n", alias)
	}
	for _, a := range c.Arguments {
		text := a.Help
		if len(a.Choices) > 0 {
			text = strings.TrimSpace(text + " One of " + strings.Join(a.Choices, ", ") + ".")
		}
		if text != "" {
			fmt.Fprintf(&b, "    %s: %s\n", a.Name, text)
		}
	}
	return b.String()
}

// about returns the commands in which every word of the topic is found.
func about(commands []oco.Command, topic string) []oco.Command {
	words := strings.Fields(strings.ToLower(topic))
	var found []oco.Command
	for _, c := range commands {
		text := strings.ToLower(strings.Join(append([]string{c.Plugin, c.Route, c.Pattern, c.Help}, c.Aliases...), "\n"))
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			found = append(found, c)
		}
	}
	return found
}

// grouped returns the commands by handler, both in the order of the alphabet.
func grouped(commands []oco.Command) [][]oco.Command {
	sorted := slices.Clone(commands)
	slices.SortStableFunc(sorted, func(a, b oco.Command) int {
		return cmp.Or(cmp.Compare(a.Plugin, b.Plugin), cmp.Compare(a.Pattern, b.Pattern))
	})
	var groups [][]oco.Command
	for i, c := range sorted {
		if i == 0 || c.Plugin != sorted[i-1].Plugin {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], c)
	}
	return groups
}
