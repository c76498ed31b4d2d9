package view

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openchatops/oco/internal/pattern"
)

// quoting says which values are quoted.
type quoting int

const (
	quoteLeast quoting = iota // those that must be
	quoteSpace                // also times of several words
	quoteAll                  // all
)

// write joins the items of a line, and puts the flags at its end or before its
// rest.
func (w *writer) write(items []item, quotes quoting) string {
	var words []string
	flags := w.flags(quotes)
	for _, it := range items {
		switch {
		case it.spec == nil:
			words = append(words, it.text)
		case it.spec.Rest:
			words, flags = append(words, flags...), nil
			if w.dashed() && beginsLikeFlag(it.text) {
				words = append(words, "--") // what follows is no flag
			}
			words = append(words, it.text)
		default:
			words = append(words, w.word(*it.spec, it.text, quotes))
		}
	}
	return strings.Join(append(words, flags...), " ")
}

// word gives a value as it stands in a line.
func (w *writer) word(spec pattern.Spec, text string, quotes quoting) string {
	spoken := spec.Type == pattern.TypeTime || spec.Type == pattern.TypeDuration // may be several words
	must := mustQuote(text) && (quotes == quoteSpace || !spoken) || w.dashed() && beginsLikeFlag(text)
	if must || quotes == quoteAll {
		return quote(text)
	}
	return text
}

// dashed says whether the command has flags.
func (w *writer) dashed() bool {
	return slices.ContainsFunc(w.parts, func(p pattern.Part) bool { return p.Kind == pattern.PartFlag })
}

// flags are the words of the flags that were filled in.
func (w *writer) flags(quotes quoting) []string {
	var words []string
	for _, part := range w.parts {
		texts, given := w.args[part.Argument]
		if part.Kind != pattern.PartFlag || !given {
			continue
		}
		spelling := part.Spellings[0]
		for _, s := range part.Spellings {
			if strings.HasPrefix(s, "--") {
				spelling = s
				break
			}
		}
		spec := w.specs[part.Argument]
		if on, _ := spec.Convert(texts[0]); !part.Valued && on.Flag {
			words = append(words, spelling)
			continue
		}
		words = append(words, spelling+"="+w.word(spec, texts[0], max(quotes, quoteSpace)))
	}
	return words
}

const (
	// The quotes that close one another.
	doubles = "\"“”„"
	singles = "'‘’"
	// What can begin a flag.
	dashes = "-‐‑‒–—―−"
)

// mustQuote says whether a value would not be one word as it is.
func mustQuote(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return text == "" || strings.ContainsFunc(text, unicode.IsSpace) || strings.ContainsRune(doubles+singles, first)
}

// beginsLikeFlag says whether a text could be a flag, or what ends the flags.
func beginsLikeFlag(text string) bool {
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		end = len(text)
	}
	name := strings.TrimLeft(text[:end], dashes)
	first, _ := utf8.DecodeRuneInString(name)
	return text[:end] == "--" || len(name) < end && unicode.IsLetter(first)
}

// quote makes a text one word.
func quote(text string) string {
	mark, family := `"`, doubles
	if strings.ContainsAny(text, doubles) && !strings.ContainsAny(text, singles) {
		mark, family = "'", singles
	}
	var out strings.Builder
	out.WriteString(mark)
	for i, r := range text {
		next, size := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
		ends := size == 0 || next == '\\' || strings.ContainsRune(family, next)
		if strings.ContainsRune(family, r) || r == '\\' && ends {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	out.WriteString(mark)
	return out.String()
}
