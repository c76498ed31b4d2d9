package core

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/openchatops/oco"
)

// maxTopic is how many words of a topic are looked for.
const maxTopic = 12

// What a word of a topic counts, by where it is found.
const (
	inPhrase  = 100 // the words by which the command is found
	inHandler = 80
	inAlias   = 70
	inValues  = 40 // the names and choices of arguments
	inHelp    = 30
	inExample = 15
	inside    = 3 // of any word
)

// entry is a command with its words.
type entry struct {
	oco.Command
	phrases [][]string     // the literal words of its pattern and of its aliases
	weights map[string]int // of its words
	text    string         // all of them
}

// catalogue is the commands of the bot, by handler.
type catalogue []entry

func newCatalogue(commands []oco.Command) catalogue {
	all := catalogue{}
	for _, c := range sorted(commands) {
		if !c.Hidden {
			all = append(all, newEntry(c))
		}
	}
	return all
}

func newEntry(c oco.Command) entry {
	e := entry{Command: c, weights: map[string]int{}}
	for i, pattern := range append([]string{c.Pattern}, c.Aliases...) {
		phrase := literalWords(pattern)
		e.phrases = append(e.phrases, phrase)
		weight := inAlias
		if i == 0 {
			weight = inPhrase
		}
		for _, word := range phrase {
			e.add(weight, word) // whole, whatever is in it
		}
		e.addText(weight, strings.Join(phrase, " "))
		e.addText(inValues, pattern)
	}
	e.addText(inPhrase, c.Route)
	e.add(inHandler, strings.ToLower(c.Plugin))
	e.addText(inHandler, c.Plugin)
	e.addText(inHelp, c.Help)
	for _, a := range c.Arguments {
		e.addText(inValues, a.Name+" "+strings.Join(a.Choices, " "))
		e.addText(inHelp, a.Help)
	}
	for _, example := range c.Examples {
		e.addText(inExample, example)
	}
	all := make([]string, 0, len(e.weights))
	for word := range e.weights {
		all = append(all, word)
	}
	e.text = strings.Join(all, "\n")
	return e
}

func (e *entry) add(weight int, word string) { e.weights[word] = max(weight, e.weights[word]) }

func (e *entry) addText(weight int, text string) {
	for _, word := range wordsIn(text) {
		e.add(weight, word)
	}
}

// wordsIn are the words of a text, without what stands between them.
func wordsIn(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
}

// literalWords are the words before the first placeholder of a pattern.
func literalWords(pattern string) []string {
	var out []string
	for _, word := range strings.Fields(strings.ToLower(pattern)) {
		if strings.ContainsAny(word[:1], "[({") {
			break
		}
		out = append(out, strings.ReplaceAll(word, `\`, ""))
	}
	return out
}

// score is what a word of a topic counts for a command; 0 if it is not in it. A
// short word has to be there whole, a longer one may be the beginning of one that
// is there, and a long one any part of it.
func (e *entry) score(word string) int {
	best := e.weights[word]
	if best > 0 || len(word) < 3 || !strings.Contains(e.text, word) {
		return best
	}
	if len(word) > 3 {
		best = inside
	}
	for have, weight := range e.weights {
		if strings.HasPrefix(have, word) {
			best = max(best, weight/2)
		}
	}
	return best
}

// rank is a command with how many words of a topic are in it, and what they count.
type rank struct {
	*entry
	words, score int
}

func (all catalogue) rank(words []string) []rank {
	var ranks []rank
	for i := range all {
		r := rank{entry: &all[i]}
		for _, word := range words {
			if n := r.entry.score(word); n > 0 {
				r.words, r.score = r.words+1, r.score+n
			}
		}
		if r.begins(words) {
			r.score += inPhrase
		}
		if r.words > 0 {
			ranks = append(ranks, r)
		}
	}
	slices.SortStableFunc(ranks, func(a, b rank) int {
		return cmp.Or(cmp.Compare(b.words, a.words), cmp.Compare(b.score, a.score), cmp.Compare(len(a.phrases[0]), len(b.phrases[0])))
	})
	return ranks
}

// about returns the commands in which all these words are, the best first.
func (all catalogue) about(words []string) []oco.Command { return with(all.rank(words), len(words)) }

// mostly returns the commands in which the most of these words are.
func (all catalogue) mostly(words []string) []oco.Command {
	ranks := all.rank(words)
	if len(ranks) == 0 {
		return nil
	}
	return with(ranks, ranks[0].words)
}

// with returns the commands that have so many words.
func with(ranks []rank, words int) []oco.Command {
	var out []oco.Command
	for _, r := range ranks {
		if r.words == words {
			out = append(out, r.Command)
		}
	}
	return out
}

// begins says whether a way to say the command begins with these words.
func (e *entry) begins(words []string) bool {
	return slices.ContainsFunc(e.phrases, func(p []string) bool {
		return len(p) >= len(words) && slices.Equal(p[:len(words)], words)
	})
}

// is says whether these words, whole, are a way to say the command or its name.
func (e *entry) is(words []string) bool {
	name := strings.Join(words, " ")
	return slices.ContainsFunc(e.phrases, func(p []string) bool { return slices.Equal(p, words) }) ||
		name == strings.ToLower(e.Route) || name == strings.ToLower(e.Plugin+":"+e.Route)
}
