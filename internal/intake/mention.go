package intake

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"

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
	points := make([]route.Mention, len(msg.GetMentions()))
	for i, m := range msg.GetMentions() {
		points[i] = route.Mention{Start: int(m.GetStart()), Length: int(m.GetLength())}
	}
	all := make([]mentioned, 0, len(points))
	for i, place := range route.Places(whole, points) {
		if place.End > place.Start && place.Start >= address {
			all = append(all, mentioned{place.Start - address, place.End - address, msg.GetMentions()[i]})
		}
	}
	slices.SortFunc(all, func(a, b mentioned) int { return cmp.Compare(a.from, b.from) })
	return all
}

// spans are where mentions stand.
func spans(all []mentioned) []pattern.Span {
	var out []pattern.Span
	for _, m := range all {
		out = append(out, pattern.Span{Start: m.from, End: m.to})
	}
	return out
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
