package terminal

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/openchatops/oco"
)

// askFor is how long the list of commands is waited for while a person types.
const askFor = time.Second

// completer completes lines by what the bot says may be run.
type completer struct {
	ctx    context.Context
	bot    oco.CommandLister // nil: there is none to ask
	places *places
}

// commands returns what who speaks may run where they are; nil if the bot does
// not say.
func (c *completer) commands() ([]oco.Command, error) {
	if c.bot == nil {
		return nil, nil
	}
	user, room := c.places.here()
	ctx, cancel := context.WithTimeout(c.ctx, askFor)
	defer cancel()
	return c.bot.ListCommands(ctx, user.ID, room.ID)
}

// complete returns what may stand in the place of the last word of a text, in
// order, and how long that word is in bytes.
func (c *completer) complete(text string) (found []string, word int) {
	words, last := wordsOf(text)
	users, rooms := c.names()
	if strings.HasPrefix(text, "/") {
		return matching(last, ownCandidates(words, users, rooms)), len(last)
	}
	rest, addressed := c.unaddressed(words)
	_, room := c.places.here()
	if !addressed && room.Kind != oco.RoomDirect {
		if len(words) > 0 {
			return nil, len(last)
		}
		return matching(last, []string{c.places.bot + ":"}), len(last)
	}
	commands, err := c.commands()
	if err != nil {
		return nil, len(last) // the bot is away: nothing is known, and nothing made up
	}
	var all []string
	for _, command := range commands {
		for _, pattern := range append([]string{command.Pattern}, command.Aliases...) {
			for _, p := range following(usageOf(pattern), rest) {
				all = append(all, p.candidates(command, users, rooms)...)
			}
		}
	}
	if len(words) == 0 && last == "" {
		all = append(all, "/help")
	}
	return matching(last, all), len(last)
}

// candidates are the texts that a part of a pattern can be.
func (p part) candidates(command oco.Command, users, rooms []string) []string {
	if p.name == "" {
		return []string{p.word}
	}
	values := p.values(command, users, rooms)
	if p.word == "" {
		return values
	}
	if len(values) == 0 {
		return []string{p.word}
	}
	flags := make([]string, len(values))
	for i, v := range values {
		flags[i] = p.word + v
	}
	return flags
}

// values are the texts that an argument can be.
func (p part) values(command oco.Command, users, rooms []string) []string {
	switch {
	case len(p.choices) > 0:
		return p.choices
	case p.kind == "user":
		return users
	case p.kind == "room":
		return rooms
	}
	for _, a := range command.Arguments {
		if a.Name == p.name {
			return a.Choices
		}
	}
	return nil
}

func (c *completer) names() (users, rooms []string) {
	u, r := c.places.known()
	for _, user := range u {
		users = append(users, "@"+user.Name)
	}
	for _, room := range r {
		if room.Kind == oco.RoomChannel {
			rooms = append(rooms, roomPrefix+room.Name)
		}
	}
	return users, rooms
}

func ownCandidates(words, users, rooms []string) []string {
	switch {
	case len(words) == 0:
		var all []string
		for _, w := range ownWords {
			all = append(all, w.word)
		}
		return all
	case len(words) == 1 && words[0] == "/as":
		return users
	case len(words) == 1 && (words[0] == "/room" || words[0] == "/join"):
		return rooms
	}
	return nil
}

// unaddressed takes the bot's name off the beginning of a line.
func (c *completer) unaddressed(words []string) ([]string, bool) {
	if len(words) == 0 {
		return nil, false
	}
	name := strings.Trim(words[0], "@:,")
	if name != words[0] && strings.EqualFold(name, c.places.bot) || words[0] == c.places.bot {
		return words[1:], true
	}
	return words, false
}

// privacy says how long a line may be kept.
type privacy int

const (
	keepForever privacy = iota
	keepAWhile          // only as long as the program runs
	keepNowhere         // it has an argument that is a secret
)

// privacy says how long a line may be kept. Of a command that is not listed, and
// of one that nobody can tell, it may be a secret: the operator may hide a command,
// and one may still be said by an old name.
func (c *completer) privacy(line string) privacy {
	if strings.HasPrefix(line, "/") && !strings.HasPrefix(line, "//") {
		return keepForever
	}
	words, _ := wordsOf(line + " ")
	words, addressed := c.unaddressed(words)
	commands, err := c.commands()
	if err != nil {
		return keepNowhere
	}
	_, room := c.places.here()
	kept := keepAWhile
	if !addressed && room.Kind != oco.RoomDirect {
		kept = keepForever // it is for others
	}
	for _, command := range commands {
		if !slices.ContainsFunc(append([]string{command.Pattern}, command.Aliases...), func(pattern string) bool {
			return begins(usageOf(pattern), words)
		}) {
			continue
		}
		if slices.ContainsFunc(command.Arguments, func(a oco.CommandArgument) bool { return a.Sensitive }) {
			return keepNowhere
		}
		kept = keepForever
	}
	return kept
}

// wordsOf returns the words of a text, and apart from them the last if it may go
// on.
func wordsOf(text string) (words []string, last string) {
	words = strings.Fields(text)
	if len(words) > 0 && !strings.HasSuffix(text, " ") {
		return words[:len(words)-1], words[len(words)-1]
	}
	return words, ""
}

// matching returns the candidates that begin with a word, each once, in order.
func matching(word string, candidates []string) []string {
	var found []string
	for _, candidate := range candidates {
		candidate = oneLine(candidate)
		if len(candidate) >= len(word) && candidate != "" && strings.EqualFold(candidate[:len(word)], word) {
			found = append(found, candidate)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// common returns the longest text that all begin with.
func common(texts []string) string {
	first, last := []rune(texts[0]), []rune(slices.Max(texts))
	n := 0
	for n < len(first) && n < len(last) && first[n] == last[n] {
		n++
	}
	return string(first[:n])
}
