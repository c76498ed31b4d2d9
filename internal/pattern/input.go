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
}

type word struct {
	start, end int    // bytes of Input.text, quotes included
	text       string // without quotes
	quoted     bool
}

// Tokenize cuts a text, without the address of the bot, into words. White
// space of any kind separates them, non-breaking too. A quoted text is one
// word: it opens at the start of a word and closes at the first quote of its
// family that ends one, so the apostrophe of don't opens and closes nothing.
// The families are " “ ” „ and ' ‘ ’. Inside, a backslash before a quote of the
// family or before a backslash takes that character as it is. A quote that
// nothing closes is an ordinary character. Bytes that are not UTF-8 become
// U+FFFD. The work is linear in the length of the text.
func Tokenize(text string) Input {
	text = strings.TrimRightFunc(strings.ToValidUTF8(text, "\uFFFD"), unicode.IsSpace)
	in := Input{text: text, words: make([]word, 0, min(MaxWords, strings.Count(text, " ")+1))}
	scan := quoteScanner{text: text}
	for at := skipSpace(text, 0); at < len(text); at = skipSpace(text, at) {
		if len(in.words) == MaxWords {
			in.more = true
			break
		}
		w, ok := scan.quoted(at)
		if !ok {
			end := wordEnd(text, at)
			w = word{start: at, end: end, text: text[at:end]}
		}
		in.words = append(in.words, w)
		at = w.end
	}
	return in
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
