package route

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/openchatops/oco/internal/pattern"
)

// A Mention is where a text names somebody, in code points.
type Mention struct{ Start, Length int }

// Places says where in a text mentions stand, in bytes: for each one, in the order in
// which they are given. One that is empty, ends behind the text or begins in another
// one has no place, and its span is empty. The work is that of reading the text once,
// however many there are and however they lie.
func Places(text string, mentions []Mention) []pattern.Span {
	if len(mentions) == 0 {
		return nil
	}
	order := make([]int, len(mentions))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(mentions[a].Start, mentions[b].Start) })
	places := make([]pattern.Span, len(mentions))
	points, at := 0, 0 // code points and bytes that are behind
	walk := func(to int) bool {
		for ; points < to && at < len(text); points++ {
			_, size := utf8.DecodeRuneInString(text[at:])
			at += size
		}
		return points == to
	}
	for _, i := range order {
		m := mentions[i]
		if m.Length <= 0 || m.Start < points || !walk(m.Start) {
			continue
		}
		if start := at; walk(m.Start + m.Length) {
			places[i] = pattern.Span{Start: start, End: at}
		}
	}
	return places
}
