package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxWords is the number of words of a message that placeholders other than
// {rest...} can reach. What follows is reached by {rest...} only.
const MaxWords = 1024

// Input is a message cut into words: computed once, matched against many
// commands. It is immutable and safe for concurrent use.
type Input struct {
	text  string // valid UTF-8, without white space at its end
	words []word
	more  bool // the text goes on after the last word
	spans []Span
	files int
}

type word struct {
	start, end int    // bytes of Input.text, quotes included
	text       string // without quotes
	quoted     bool
	value      *word // of --flag="a text": what is quoted; otherwise nil
}

// Span is a part of a text, in bytes.
type Span struct{ Start, End int }

// Tokenize cuts a text, without the address of the bot, into words. White
// space of any kind separates them, non-breaking too. A quoted text is one
// word: it opens at the start of a word and closes at the first quote of its
// family that ends one, so the apostrophe of don't opens and closes nothing.
// The families are " “ ” „ and ' ‘ ’. Inside, a backslash before a quote of the
// family or before a backslash takes that character as it is. A quote that
// nothing closes is an ordinary character. Bytes that are not UTF-8 become
// U+FFFD. The work is linear in the length of the text.
//
// A quoted text may also follow the = of a flag: --note="two words" is one word.
//
// White space inside a span separates nothing: a mention of somebody whose name
// has two words is one word. Spans are of a text that is valid UTF-8, ascending
// and apart; one that does not end after it begins means nothing.
func Tokenize(text string, spans ...Span) Input {
	text = strings.TrimRightFunc(strings.ToValidUTF8(text, "\uFFFD"), unicode.IsSpace)
	in := Input{text: text, words: make([]word, 0, min(MaxWords, strings.Count(text, " ")+1)), spans: spans}
	scan := quoteScanner{text: text}
	for at := skipSpace(text, 0); at < len(text); at = skipSpace(text, at) {
		if len(in.words) == MaxWords {
			in.more = true
			break
		}
		w, ok := scan.quoted(at)
		if !ok {
			w = scan.word(at)
			spans = w.widen(text, spans)
		}
		in.words = append(in.words, w)
		at = w.end
	}
	return in
}

// widen makes a word end behind the spans that begin in it. It gives the spans
// that are left.
func (w *word) widen(text string, spans []Span) []Span {
	for len(spans) > 0 && spans[0].Start < w.end {
		if s := spans[0]; s.Start >= w.start && s.End > w.end && s.End <= len(text) {
			w.end = wordEnd(text, s.End)
			w.text = text[w.start:w.end]
		}
		spans = spans[1:]
	}
	return spans
}

// WithFiles gives the message with a number of files that came with it.
func (in Input) WithFiles(n int) Input {
	in.files = n
	return in
}

// From gives the message without the first bytes of its text, which must end
// where a character does.
func (in Input) From(start int) Input {
	var spans []Span
	for _, s := range in.spans {
		if s.Start >= start {
			spans = append(spans, Span{s.Start - start, s.End - start})
		}
	}
	return Tokenize(in.text[start:], spans...).WithFiles(in.files)
}

// Text gives the message as it was tokenized, without white space at its end.
func (in Input) Text() string { return in.text }

// Len gives the number of words, at most MaxWords.
func (in Input) Len() int { return len(in.words) }

// Literal gives the folded form of word i, by which it is looked up among
// [Command.Literals]; false if there is no such word or it is quoted, for a
// quoted word is never a literal.
func (in Input) Literal(i int) (string, bool) {
	if i < 0 || i >= len(in.words) || in.words[i].quoted {
		return "", false
	}
	return Fold(in.words[i].text), true
}

// raw gives words first to last as they were typed, with what is between them.
func (in Input) raw(first, last int) string {
	return in.text[in.words[first].start:in.words[last].end]
}

// rest gives everything from word first on, as it was typed.
func (in Input) rest(first int) string { return in.text[in.words[first].start:] }

func skipSpace(text string, at int) int {
	for at < len(text) {
		r, size := rune(text[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[at:])
		}
		if !isSpace(r) {
			break
		}
		at += size
	}
	return at
}

func wordEnd(text string, at int) int {
	for at < len(text) {
		r, size := rune(text[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[at:])
		}
		if isSpace(r) {
			break
		}
		at += size
	}
	return at
}

// isSpace is unicode.IsSpace, small enough for ASCII to be inlined.
func isSpace(r rune) bool {
	if r < utf8.RuneSelf {
		return r == ' ' || '\t' <= r && r <= '\r'
	}
	return unicode.IsSpace(r)
}
