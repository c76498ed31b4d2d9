package intake

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/openchatops/oco/internal/pattern"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A mentioned is a mention with where it stands in the text without the address, in
// bytes.
type mentioned struct {
	from, to int
	*ocov1.Mention
}

// mentioned gives the mentions of the message by where they stand. Those that lie
// outside the text, in the address or in another one are none.
func (p *pending) mentioned() []mentioned {
	msg := p.event.GetMessage().GetMessage()
	whole := msg.GetContent().GetText()
	address := len(whole) - len(p.text)
	if len(msg.GetMentions()) == 0 || address < 0 || whole[address:] != p.text {
		return nil
	}
	all := make([]mentioned, 0, len(msg.GetMentions()))
	for _, m := range msg.GetMentions() {
		if m.GetLength() > 0 {
			all = append(all, mentioned{Mention: m})
		}
	}
	slices.SortStableFunc(all, func(a, b mentioned) int { return cmp.Compare(a.GetStart(), b.GetStart()) })
	points, at := 0, 0 // code points and bytes of the text that are behind
	for i := range all {
		m := &all[i]
		for ; points < int(m.GetStart()) && at < len(whole); points++ {
			at += sizeOfRune(whole[at:])
		}
		m.from, m.to = at, at
		for n := m.GetLength(); n > 0 && m.to < len(whole); n-- {
			m.to += sizeOfRune(whole[m.to:])
		}
		m.from, m.to = m.from-address, m.to-address
	}
	end := 0 // of the last one that counts
	return slices.DeleteFunc(all, func(m mentioned) bool {
		if m.from < end || m.from >= m.to {
			return true
		}
		end = m.to
		return false
	})
}

// spans are where mentions stand.
func spans(all []mentioned) []pattern.Span {
	var out []pattern.Span
	for _, m := range all {
		out = append(out, pattern.Span{Start: m.from, End: m.to})
	}
	return out
}

func sizeOfRune(text string) int {
	_, size := utf8.DecodeRuneInString(text)
	return size
}

// around are characters that may stand in a word beside a mention that is the word.
const around = `"'“”„‘’<>()[],.;:!?…`

// mentionAt gives the mention that a word is, which stands from byte from to byte to. A
// mention may be longer than the word, as a name of two words is.
func mentionAt(all []mentioned, text string, from, to int) *ocov1.Mention {
	if from < 0 || to > len(text) || from >= to {
		return nil
	}
	for _, m := range all {
		switch {
		case m.from <= from && to <= m.to:
			return m.Mention
		case from <= m.from && m.to <= to && beside(text[from:m.from]) && beside(text[m.to:to]):
			return m.Mention
		case m.from >= to:
			return nil
		}
	}
	return nil
}

func beside(text string) bool { return strings.Trim(text, around) == "" }
