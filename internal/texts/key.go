package texts

import (
	"regexp"
	"slices"
	"strings"
)

// A Key names a text. The zero value names none.
type Key struct{ d *definition }

// A definition is a text as the bot brings it.
type definition struct {
	name    string
	english []string // as many as English has forms: one, or of what is counted two
	when    string   // when it is said, for who translates
	counted string   // the placeholder that chooses the form; empty: there is one form
	all     []string // its placeholders
	free    []string // of them, those that a text may leave out
	lines   bool     // it may have several lines
	same    bool     // it holds nothing to translate: a text may be as it is in English
}

// definitions are all texts, file by file. They do not change after the start of the
// program.
var definitions []*definition

// original is the last text that is not said to be the same as one before it.
var original string

var namePattern = regexp.MustCompile(`\{[a-z0-9_]+\}`)

// text defines a text.
func text(name, english, when string) Key { return define(name, "", when, english) }

// counted defines a text of which there is a form for each way in which the language
// counts. by is the placeholder of the number.
func counted(name, by, one, other, when string) Key {
	k := define(name, by, when, one, other)
	k.d.free = append(k.d.free, by) // "one delivery" needs no number
	return k
}

func define(name, by, when string, english ...string) Key {
	if rest, same := strings.CutPrefix(when, "The same"); same {
		when = "As " + original + rest
	} else {
		original = name
	}
	d := &definition{name: name, english: english, when: when, counted: by}
	for _, text := range english {
		for _, found := range namePattern.FindAllString(text, -1) {
			if named := strings.Trim(found, "{}"); !slices.Contains(d.all, named) {
				d.all = append(d.all, named)
			}
		}
	}
	d.free = []string{"bot"} // there are other ways to speak to it
	definitions = append(definitions, d)
	return Key{d}
}

// may says which placeholders a text may leave out, beside the bot's name.
func (k Key) may(names ...string) Key {
	k.d.free = append(k.d.free, names...)
	return k
}

// leaves says whether a text may leave out a placeholder.
func (d *definition) leaves(name string) bool { return slices.Contains(d.free, name) }

// inLines says that a text may have several lines.
func (k Key) inLines() Key {
	k.d.lines = true
	return k
}

// alike says that a translation may well be the same as the English text.
func (k Key) alike() Key {
	k.d.same = true
	return k
}

// String returns the name.
func (k Key) String() string {
	if k.d == nil {
		return ""
	}
	return k.d.name
}

// A Text is one that is said later, in the language of who says it: a key with what
// its placeholders stand for.
type Text struct {
	Key  Key
	With []any
}

// Of makes a Text: names of placeholders and their values in turn, as Catalogue.Say
// takes them.
func Of(key Key, with ...any) Text { return Text{key, with} }

// IsZero says that there is nothing to say.
func (t Text) IsZero() bool { return t.Key.d == nil }

// Choices names several things of which one may stand in a place, a string or a Text
// each, and Listed several of which all are meant. Nil if there are none.
func Choices(all ...any) any { return joined(choice, all) }

// Listed names several things of which all are meant.
func Listed(all ...any) any { return joined(list, all) }

func joined(how Key, all []any) any {
	var text any
	for i, next := range all {
		if i == 0 {
			text = next
			continue
		}
		text = Of(how, "first", text, "next", next)
	}
	return text
}
