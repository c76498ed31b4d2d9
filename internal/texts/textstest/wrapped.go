// Package textstest shows in tests whether what is said is of a catalogue.
package textstest

import (
	"strings"

	"github.com/openchatops/oco/internal/texts"
)

// Wrapped makes a catalogue of which every text stands between brackets: ⟦deploy: done.⟧
func Wrapped() *texts.Catalogue {
	layer := texts.Layer{}
	for _, e := range (*texts.Catalogue)(nil).Entries() {
		layer[e.Name] = "⟦" + e.Said + "⟧"
	}
	c, problems := texts.New(layer)
	if problems != nil {
		panic(problems) // a text of the bot's own, between brackets
	}
	return c
}

// Outside is what of a text stands between no brackets: what was said without the
// wrapped catalogue. White space is left out, and so are the marks of lists.
func Outside(text string) string {
	var b strings.Builder
	depth := 0
	for _, r := range text {
		switch {
		case r == '⟦':
			depth++
		case r == '⟧':
			depth--
		case depth <= 0:
			b.WriteRune(r)
		}
	}
	if depth != 0 {
		b.WriteString(" (its brackets do not match)")
	}
	return strings.TrimSpace(b.String())
}
