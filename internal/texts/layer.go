package texts

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// LanguageKey is the key of a layer that says in which language its texts are.
const LanguageKey = "language"

// maxText bounds a text, in bytes.
const maxText = 4 << 10

// A Layer is what an operator says in the bot's place: texts by their names. Of what
// is counted the name ends with the form: `waiting.one`.
type Layer map[string]string

// A Problem is one thing that is wrong with a Layer.
type Problem struct {
	Layer int    // which one of those that New was given
	Name  string // of the text
	Text  string // what is wrong, and what to do
	// Unknown says that there is no text of that name.
	Unknown bool
}

var languagePattern = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)

// New makes a Catalogue of layers over the English texts, of which a later one wins.
// Where there are problems, the texts that have them are as they would be without.
func New(layers ...Layer) (*Catalogue, []Problem) {
	l := laying{c: &Catalogue{language: "en", texts: map[*definition]forms{}}, counts: oneOther, given: map[*definition]map[string]string{}}
	for i, layer := range layers {
		l.language(i, layer)
	}
	for i, layer := range layers {
		for _, name := range slices.Sorted(maps.Keys(layer)) {
			if name != LanguageKey {
				l.take(i, name, layer[name])
			}
		}
	}
	for _, d := range definitions {
		l.c.texts[d] = l.formsOf(d)
	}
	return l.c, l.problems
}

// Names are the names that a layer may have in a language, sorted as they are said.
func Names(language string) []string {
	all := []string{LanguageKey}
	for _, d := range definitions {
		all = append(all, d.names(countsOf(language))...)
	}
	return all
}

// names are those of a text's forms.
func (d *definition) names(counts plurality) []string {
	if d.counted == "" {
		return []string{d.name}
	}
	var all []string
	for _, form := range counts.forms {
		all = append(all, d.name+"."+form)
	}
	return all
}

func countsOf(language string) plurality {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	if counts, ok := pluralities[base]; ok {
		return counts
	}
	return oneOther
}

// laying is a Catalogue that is being made.
type laying struct {
	c        *Catalogue
	counts   plurality
	given    map[*definition]map[string]string // by form, "" of what has one
	from     map[*definition]int               // the last layer that gives one
	problems []Problem
}

func (l *laying) wrong(layer int, name, format string, args ...any) {
	l.problems = append(l.problems, Problem{Layer: layer, Name: name, Text: fmt.Sprintf(format, args...)})
}

func (l *laying) language(i int, layer Layer) {
	tag, ok := layer[LanguageKey]
	if !ok {
		return
	}
	if !languagePattern.MatchString(tag) {
		l.wrong(i, LanguageKey, "`%.40s` is no tag of a language: such tags look like `de` or `pt-BR`", tag)
		return
	}
	l.c.language, l.counts = tag, countsOf(tag)
}

// take takes one text of a layer.
func (l *laying) take(i int, name, said string) {
	d, form, counted := find(name)
	switch {
	case d == nil:
		l.problems = append(l.problems, Problem{Layer: i, Name: name, Text: "there is no such text", Unknown: true})
		return
	case counted && !l.counts.has(form):
		l.wrong(i, name, "the language `%s` has no form `%s`: it has %s, unless `language` says that it is another", l.c.language, form, strings.Join(l.counts.forms, ", "))
		return
	}
	if why := d.check(said); why != "" {
		l.wrong(i, name, "%s", why)
		return
	}
	if l.given[d] == nil {
		l.given[d] = map[string]string{}
	}
	l.given[d][form] = said
	if l.from == nil {
		l.from = map[*definition]int{}
	}
	l.from[d] = i
}

// find is the text of a name, and its form if the name must have one.
func find(name string) (d *definition, form string, counted bool) {
	for _, d := range definitions {
		if d.counted == "" {
			if d.name == name {
				return d, "", false
			}
			continue
		}
		if form, ok := strings.CutPrefix(name, d.name+"."); ok && slices.Contains(everyForm, form) {
			return d, form, true
		}
	}
	return nil, "", false
}

// check says what is wrong with a text that is to stand in the place of another;
// empty: nothing.
func (d *definition) check(said string) string {
	t, wrong := parse(said)
	switch {
	case strings.TrimSpace(said) == "":
		return "the text is empty, and the bot says something: leave the key out for the English text"
	case !utf8.ValidString(said):
		return "the text is not UTF-8: save it in that encoding"
	case len(said) > maxText:
		return fmt.Sprintf("the text has %d bytes, at most %d are allowed", len(said), maxText)
	case wrong != "":
		return wrong
	case !d.lines && strings.Contains(said, "\n"):
		return "the text has several lines, and is to have one"
	case strings.ContainsFunc(said, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }):
		return "the text has control characters: take them out"
	}
	has := t.names()
	for _, name := range slices.Sorted(maps.Keys(has)) {
		if !slices.Contains(d.all, name) {
			return fmt.Sprintf("this text has no placeholder `{%s}`%s", name, d.those())
		}
	}
	for _, name := range d.all {
		if !has[name] && !d.leaves(name) {
			return fmt.Sprintf("the placeholder `{%s}` is missing: people need to read what it stands for", name)
		}
	}
	return ""
}

func (d *definition) those() string {
	if len(d.all) == 0 {
		return ": it has none"
	}
	return ": it has {" + strings.Join(d.all, "}, {") + "}"
}

// formsOf puts the forms of a text together. One of which the layers give some forms
// has the English ones in the place of the others, if the language counts as English
// does; else they are missing.
func (l *laying) formsOf(d *definition) forms {
	given := l.given[d]
	if d.counted == "" {
		if said, ok := given[""]; ok {
			return saying(plurality{}, true, said)
		}
		return saying(plurality{}, false, d.english...)
	}
	if len(given) == 0 {
		return saying(oneOther, false, d.english...)
	}
	var all []string
	for _, form := range l.counts.forms {
		said, ok := given[form]
		if at := slices.Index(oneOther.forms, form); !ok && slices.Equal(l.counts.forms, oneOther.forms) {
			said, ok = d.english[at], true
		}
		if !ok {
			l.problems = append(l.problems, Problem{Layer: l.from[d], Name: d.name + "." + slices.Sorted(maps.Keys(given))[0], Text: fmt.Sprintf("the form `%s.%s` is missing, which the language `%s` has", d.name, form, l.c.language)})
			return saying(oneOther, false, d.english...)
		}
		all = append(all, said)
	}
	return saying(l.counts, true, all...)
}
