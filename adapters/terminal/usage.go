package terminal

import (
	"slices"
	"strings"
)

// part is a part of a command's pattern, as far as completion needs it.
type part struct {
	word    string   // a literal word; of a flag with a value all but that, such as "--count="
	name    string   // of an argument
	kind    string   // of an argument: "user", "room", or what does not matter here
	choices []string // of an argument
	many    bool     // the argument takes one word or more
	// alternatives of a group, which may be left out if it is optional.
	alternatives [][]part
	optional     bool
}

// usageOf reads a pattern such as "deploy {app} to {env:prod|staging} [--force]".
// What it cannot read is a word that nobody types.
func usageOf(pattern string) []part {
	r := patternReader{rest: []rune(pattern)}
	return r.sequence()
}

type patternReader struct{ rest []rune }

func (r *patternReader) sequence() []part { return r.group()[0] }

// group reads alternatives to the end of a group.
func (r *patternReader) group() [][]part {
	all := [][]part{nil}
	last := func(p part) { all[len(all)-1] = append(all[len(all)-1], p) }
	for len(r.rest) > 0 {
		c := r.rest[0]
		switch c {
		case ' ':
			r.rest = r.rest[1:]
		case ']', ')':
			r.rest = r.rest[1:]
			return all
		case '|':
			r.rest = r.rest[1:]
			all = append(all, nil)
		case '[', '(':
			r.rest = r.rest[1:]
			last(part{alternatives: r.group(), optional: c == '['})
		case '{':
			last(r.argument())
		default:
			last(r.literal())
		}
	}
	return all
}

func (r *patternReader) literal() part {
	var word []rune
	for len(r.rest) > 0 && !strings.ContainsRune(" []()|{", r.rest[0]) {
		if r.rest[0] == '\\' && len(r.rest) > 1 {
			r.rest = r.rest[1:]
		}
		word, r.rest = append(word, r.rest[0]), r.rest[1:]
	}
	p := part{word: string(word)}
	if len(r.rest) > 0 && r.rest[0] == '{' && strings.HasSuffix(p.word, "=") {
		value := r.argument()
		p.name, p.kind, p.choices = value.name, value.kind, value.choices
	}
	return p
}

func (r *patternReader) argument() part {
	end := slices.Index(r.rest, '}')
	if end < 0 {
		end = len(r.rest) - 1
	}
	text := string(r.rest[1:max(end, 1)])
	r.rest = r.rest[end+1:]
	text, _, _ = strings.Cut(text, "=")
	name, kind, _ := strings.Cut(text, ":")
	p := part{name: strings.TrimRight(name, ".*"), kind: kind}
	p.many = p.name != name
	if strings.Contains(p.kind, "|") {
		p.choices = strings.Split(p.kind, "|")
	}
	return p
}

// mostSteps bounds the search in a pattern with many optional parts.
const mostSteps = 10_000

// following returns what may come after words that were typed whole.
func following(usage []part, words []string) []part {
	var found []part
	steps := mostSteps
	var walk func(usage []part, words []string)
	walk = func(usage []part, words []string) {
		if steps--; steps < 0 || len(usage) == 0 {
			return
		}
		p, rest := usage[0], usage[1:]
		switch {
		case p.alternatives != nil:
			for _, alternative := range p.alternatives {
				walk(slices.Concat(alternative, rest), words)
			}
			if p.optional {
				walk(rest, words)
			}
		case len(words) == 0:
			found = append(found, p)
		case p.fits(words[0]):
			walk(rest, words[1:])
			if p.many {
				walk(usage, words[1:])
			}
		}
	}
	walk(usage, words)
	return found
}

func (p part) fits(word string) bool {
	same := func(choice string) bool { return strings.EqualFold(choice, word) }
	switch {
	case p.name == "":
		return same(p.word)
	case p.word != "":
		return len(word) > len(p.word) && strings.EqualFold(word[:len(p.word)], p.word)
	case len(p.choices) > 0:
		return slices.ContainsFunc(p.choices, same)
	}
	return true
}

// begins says whether words begin with the literal words at the beginning of a
// pattern.
func begins(usage []part, words []string) bool {
	for i, p := range usage {
		if p.alternatives != nil || p.name != "" {
			return true
		}
		if i == len(words) || !p.fits(words[i]) {
			return false
		}
	}
	return true
}
