package pattern

import (
	"fmt"
	"strings"
	"unicode"
)

// scriptRanges gives the characters of \p{Old_Italic} or \P{Old_Italic} as ranges
// of a class; empty if the token is no such one. The engine of Go 1.25 and 1.26
// does not find a script whose name holds a low line or a second capital, although
// the tables of its standard library have it.
func (p *regexpParser) scriptRanges(token string) string {
	if p.checkOnly {
		return ""
	}
	name, isProperty := strings.CutPrefix(token, `\p{`)
	if !isProperty {
		name, isProperty = strings.CutPrefix(token, `\P{`)
	}
	name = strings.TrimSuffix(name, "}")
	table := unicode.Scripts[name]
	if !isProperty || table == nil || !strings.Contains(name, "_") && strings.ToLower(name[1:]) == name[1:] {
		return ""
	}
	negated := token[1] == 'P'
	var out strings.Builder
	next := rune(0) // behind the last character of the script
	for _, r := range ranges(table) {
		switch {
		case !negated:
			fmt.Fprintf(&out, `\x{%X}-\x{%X}`, r[0], r[1])
		case next < r[0]:
			fmt.Fprintf(&out, `\x{%X}-\x{%X}`, next, r[0]-1)
		}
		next = r[1] + 1
	}
	if negated {
		fmt.Fprintf(&out, `\x{%X}-\x{%X}`, next, unicode.MaxRune)
	}
	return out.String()
}

// ranges gives the ranges of a table, first and last, ascending.
func ranges(table *unicode.RangeTable) (all [][2]rune) {
	add := func(low, high, stride rune) {
		if stride == 1 {
			all = append(all, [2]rune{low, high})
			return
		}
		for r := low; r <= high; r += stride {
			all = append(all, [2]rune{r, r})
		}
	}
	for _, r := range table.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range table.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return all
}
