package core

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openchatops/oco"
)

// findings are the commands that are about a topic.
type findings struct {
	commands []oco.Command
	topic    string // what they are about, in words that are there
	note     string // that they are about something else than was asked
	handler  string // the topic is the name of a handler
	exact    int    // so many of the first are what was asked for
}

// look finds the commands about a topic. Words that are nowhere are taken for
// the nearest that are there, or else left out.
func look(all catalogue, topic string) findings {
	words := strings.Fields(strings.ToLower(topic))
	words = words[:min(len(words), maxTopic)]
	f := findings{topic: strings.Join(words, " ")}
	if len(words) == 0 {
		f.commands = all.commands(func(*entry) bool { return true })
		return f
	}
	if f.commands = all.commands(func(e *entry) bool { return e.is(words) }); len(f.commands) > 0 {
		f.exact = len(f.commands)
		for _, c := range all.about(words) {
			if !slices.ContainsFunc(f.commands[:f.exact], func(e oco.Command) bool { return e.Plugin == c.Plugin && e.Route == c.Route }) {
				f.commands = append(f.commands, c)
			}
		}
		return f
	}
	if f.commands = all.commands(func(e *entry) bool { return strings.EqualFold(e.Plugin, f.topic) }); len(f.commands) > 0 {
		f.handler = f.topic
		return f
	}
	if f.commands = all.about(words); len(f.commands) > 0 {
		return f
	}
	return all.roughly(words)
}

// roughly finds what is about the words that are there, or nearly; and if there
// is nothing about all of them, about most.
func (all catalogue) roughly(words []string) findings {
	var kept, unknown []string
	for _, word := range words {
		switch near, found := all.nearest(word); {
		case all.has(word):
			kept = append(kept, word)
		case found:
			kept, unknown = append(kept, near), append(unknown, word)
		default:
			unknown = append(unknown, word)
		}
	}
	switch asked := strings.Join(words, " "); {
	case len(kept) == 0:
		return findings{topic: asked}
	case len(unknown) == 0:
		return findings{topic: asked, commands: all.mostly(kept), note: fmt.Sprintf("Nothing is about all of %q; this is about some of it.", oneLine(asked))}
	default:
		f := look(all, strings.Join(kept, " "))
		f.note = fmt.Sprintf("Nothing is about %q; this is about %q.", oneLine(strings.Join(unknown, " ")), oneLine(f.topic))
		return f
	}
}

// detailed is how many of the first commands are shown with all that is known of
// them: those that were asked for by their name, or all if they are few.
func (f findings) detailed() int {
	if f.exact == 0 && len(f.commands) <= inDetail {
		return len(f.commands)
	}
	return min(f.exact, inDetail)
}

func (all catalogue) commands(which func(*entry) bool) []oco.Command {
	var out []oco.Command
	for i := range all {
		if which(&all[i]) {
			out = append(out, all[i].Command)
		}
	}
	return out
}

func (all catalogue) has(word string) bool {
	return slices.ContainsFunc(all, func(e entry) bool { return e.score(word) > 0 })
}
