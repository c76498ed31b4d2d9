package texts

import (
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Catalogue holds a text for every key. It is not changed after it was made, so it
// is safe for concurrent use. Nil is the English one.
type Catalogue struct {
	language string
	texts    map[*definition]forms
}

// forms are the forms of one text.
type forms struct {
	plurality
	said      []string // as they were given
	templates []template
	own       bool // by the operator
}

// saying makes the forms of texts that were checked.
func saying(counts plurality, own bool, said ...string) forms {
	f := forms{plurality: counts, said: said, own: own}
	for _, text := range said {
		f.templates = append(f.templates, mustParse(text))
	}
	return f
}

// english is what a nil Catalogue says.
var english = sync.OnceValue(func() *Catalogue {
	c, _ := New()
	return c
})

// Language is the tag of the language, such as `de`.
func (c *Catalogue) Language() string { return c.orEnglish().language }

func (c *Catalogue) orEnglish() *Catalogue {
	if c == nil {
		return english()
	}
	return c
}

// Say returns the text of a key. with are names of placeholders and their values in
// turn: a string, an int, a time.Duration, or a Text.
func (c *Catalogue) Say(key Key, with ...any) string {
	c = c.orEnglish()
	f := c.texts[key.d]
	form := 0
	if key.d.counted != "" {
		if n, ok := value(with, key.d.counted).(int); ok {
			form = f.form(n)
		}
	}
	var b strings.Builder
	for _, p := range f.templates[form] {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		switch v := value(with, p.name).(type) {
		case string:
			b.WriteString(v)
		case int:
			b.WriteString(strconv.Itoa(v))
		case time.Duration:
			b.WriteString(c.Span(v))
		case Text:
			b.WriteString(c.Text(v))
		default: // a test finds who forgets one
			b.WriteString("{" + p.name + "}")
		}
	}
	return b.String()
}

// value finds what a placeholder stands for.
func value(with []any, name string) any {
	for i := 0; i+1 < len(with); i += 2 {
		if with[i] == name {
			return with[i+1]
		}
	}
	return nil
}

// Text says a Text; the zero one is empty.
func (c *Catalogue) Text(t Text) string {
	if t.IsZero() {
		return ""
	}
	return c.Say(t.Key, t.With...)
}

// Sentence ends what somebody else wrote as a sentence ends, unless it does.
func (c *Catalogue) Sentence(text string) string {
	for _, mark := range []string{".", "!", "?", "。", "！", "？", "؟", "।"} {
		if strings.HasSuffix(text, mark) {
			return text
		}
	}
	return c.Say(sentence, "text", text)
}

// Sentences puts whole sentences behind one another. Empty ones are left out.
func (c *Catalogue) Sentences(all ...string) string { return c.join(sentences, all) }

// List names several things, of which all are meant.
func (c *Catalogue) List(all ...string) string { return c.join(list, all) }

func (c *Catalogue) join(how Key, all []string) string {
	text := ""
	for _, next := range all {
		switch {
		case next == "":
		case text == "":
			text = next
		default:
			text = c.Say(how, "first", text, "next", next)
		}
	}
	return text
}
