package terminal

import (
	"strings"

	"github.com/rivo/uniseg"
)

// buffer is the text of the line that is edited, and where the cursor is in it.
// What a person sees as one character is one: the cursor does not stop within,
// and it is rubbed out whole.
type buffer struct {
	text string
	at   int // in bytes
}

func (b *buffer) set(text string) { b.text, b.at = text, len(text) }

func (b *buffer) insert(text string) {
	b.text = b.text[:b.at] + text + b.text[b.at:]
	b.at += len(text)
}

// before returns where the character before the cursor begins.
func (b *buffer) before() int {
	start, state := 0, -1
	for rest := b.text[:b.at]; rest != ""; {
		var character string
		character, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		start = b.at - len(rest) - len(character)
	}
	return start
}

// after returns where the character at the cursor ends.
func (b *buffer) after() int {
	character, _, _, _ := uniseg.FirstGraphemeClusterInString(b.text[b.at:], -1)
	return b.at + len(character)
}

// wordBefore returns where the word before the cursor begins.
func (b *buffer) wordBefore() int {
	words := strings.TrimRight(b.text[:b.at], " ")
	return strings.LastIndexByte(words, ' ') + 1
}

// wordAfter returns where the next word begins.
func (b *buffer) wordAfter() int {
	rest := b.text[b.at:]
	word := strings.IndexByte(rest, ' ')
	if word < 0 {
		return len(b.text)
	}
	return b.at + word + len(rest[word:]) - len(strings.TrimLeft(rest[word:], " "))
}

// cut takes out what lies between two places and leaves the cursor there.
func (b *buffer) cut(from, to int) {
	b.text, b.at = b.text[:from]+b.text[to:], from
}

// transpose swaps the characters around the cursor, or at the end the last two,
// and goes on.
func (b *buffer) transpose() {
	at := *b
	if at.at == len(at.text) {
		at.at = at.before()
	}
	first, end := at.before(), at.after()
	if first == at.at || end == at.at {
		return
	}
	b.text = at.text[:first] + at.text[at.at:end] + at.text[first:at.at] + at.text[end:]
	b.at = end
}
