package pattern

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// An alphabet puts characters into classes: those of one are alike to every
// expression of a set.
type alphabet struct {
	ascii  [utf8.RuneSelf]int32
	begins []rune // the first character of each class, ascending
}

func newAlphabet() alphabet {
	begins := []rune{0}
	for _, word := range [][2]rune{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}, {'\n', '\n'}} {
		begins = append(begins, word[0], word[1]+1)
	}
	return alphabet{begins: begins}.with(nil)
}

// with tells apart what more instructions tell apart.
func (a alphabet) with(more code) alphabet {
	begins := slices.Clone(a.begins)
	for i := range more {
		if more[i].op == syntax.InstRune {
			for low, high := range more[i].ranges() {
				begins = append(begins, low, high+1)
			}
		}
	}
	slices.Sort(begins)
	out := alphabet{begins: slices.Compact(begins)}
	for r := range out.ascii {
		out.ascii[r] = int32(out.find(rune(r)))
	}
	return out
}

func (a *alphabet) find(r rune) int {
	i, exact := slices.BinarySearch(a.begins, r)
	if exact {
		return i
	}
	return i - 1
}

func (a *alphabet) class(r rune) int {
	if r < utf8.RuneSelf {
		return int(a.ascii[r])
	}
	return a.find(r)
}

// end is the class of the end of the text.
func (a *alphabet) end() int { return len(a.begins) }
