package texts

import (
	"strings"
	"unicode/utf8"
)

// An Entry is one text of a Catalogue, or one form of what is counted.
type Entry struct {
	// Name is that of the text, as a Layer has it.
	Name string
	// Said is the text, and English what the bot says without an operator's.
	Said, English string
	// When says when it is said.
	When string
	// Placeholders are those that it may have, and of these Free those that it may
	// leave out.
	Placeholders, Free []string
	// Own says that the text is the operator's.
	Own bool
	// Alike says that a translation may well be as the English text.
	Alike bool
}

// Entries are all texts of a Catalogue, in the order in which they are explained, with
// the forms that its language has.
func (c *Catalogue) Entries() []Entry {
	c = c.orEnglish()
	counts := countsOf(c.language)
	var all []Entry
	for _, d := range definitions {
		f := c.texts[d]
		for i, name := range d.names(counts) {
			e := Entry{Name: name, When: d.when, Own: f.own, Alike: d.same, English: d.english[len(d.english)-1]}
			if strings.HasSuffix(name, "."+oneOther.forms[0]) {
				e.English = d.english[0]
			}
			if e.Said = e.English; f.own {
				e.Said = f.said[i]
			}
			for _, name := range d.all {
				e.Placeholders = append(e.Placeholders, name)
				if d.leaves(name) {
					e.Free = append(e.Free, name)
				}
			}
			all = append(all, e)
		}
	}
	return all
}

// YAML writes entries as a file that a Layer can be read from, each with a comment.
func YAML(language string, entries []Entry) string {
	var b strings.Builder
	b.WriteString("# The language of the texts below: it says how they count.\n" + LanguageKey + ": " + language + "\n")
	when, group := "", ""
	for _, e := range entries {
		if first, _, _ := strings.Cut(e.Name, "."); first != group {
			group, when = first, ""
			b.WriteByte('\n')
		}
		if comment := e.comment(); comment != when {
			when = comment
			for _, line := range wrap(comment, 96) {
				b.WriteString("# " + line + "\n")
			}
		}
		b.WriteString(e.Name + ": " + quoted(e.Said) + "\n")
	}
	return b.String()
}

// comment says when a text is said, and what it may have.
func (e Entry) comment() string {
	var free []string
	for _, name := range e.Free {
		if !strings.HasPrefix(e.When, "Part of a time") {
			free = append(free, "{"+name+"}")
		}
	}
	if len(free) == 0 {
		return e.When
	}
	return e.When + " May leave out " + strings.Join(free, ", ") + "."
}

// wrap breaks a text between words.
func wrap(text string, most int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line+" "+word) > most {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimLeft(line+" "+word, " ")
	}
	return append(lines, line)
}

// quoted writes a text as YAML does in double quotes.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}
