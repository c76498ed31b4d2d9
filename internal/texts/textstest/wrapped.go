// Package textstest shows in tests whether what is said is of a catalogue.
package textstest

import (
	"regexp"
	"strings"

	"github.com/openchatops/oco/internal/texts"
)

// Wrapped makes a catalogue of which every text stands between brackets, behind its
// name: ⟦notice.done| deploy: done.⟧
func Wrapped() *texts.Catalogue {
	layer := texts.Layer{}
	for _, e := range (*texts.Catalogue)(nil).Entries() {
		layer[e.Name] = "⟦" + e.Name + "| " + e.Said + "⟧"
	}
	c, problems := texts.New(layer)
	if problems != nil {
		panic(problems) // a text of the bot's own, between brackets
	}
	return c
}

// Outside is what of a text stands between no brackets: what was said without the
// wrapped catalogue. White space is left out.
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

var named = regexp.MustCompile(`⟦([a-z_.]+)\| `)

// Names are the names of the texts that were said.
func Names(text string) []string {
	var all []string
	for _, found := range named.FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
	}
	return all
}
