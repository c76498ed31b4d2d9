package pattern

import "strings"

const maxRepeat = 1000

// repetition reads * + ? or {m,n} after an item and gives the cost of both.
func (p *regexpParser) repetition(item int, repeatable bool) (cost int, err *Error) {
	start := p.at
	r, size := p.peek()
	if size == 0 || !strings.ContainsRune("*+?{", r) {
		return item, nil
	}
	if !repeatable {
		return 0, p.fail(start, "%c repeats an anchor; write \\%c for the character", r, r)
	}
	if r == '{' {
		if cost, err = p.counts(item); err != nil {
			return 0, err
		}
	} else {
		p.copy(1)
		cost = item + 2
	}
	if p.startsWith("?") {
		p.copy(1)
	}
	switch r, size := p.peek(); {
	case size == 0:
	case r == '+':
		return 0, p.fail(p.at, "possessive repetition is not supported")
	case strings.ContainsRune("*?{", r):
		return 0, p.fail(p.at, "a repetition cannot be repeated; put it in (?:...) first")
	}
	return cost, nil
}

// counts reads {m}, {m,} or {m,n}.
func (p *regexpParser) counts(item int) (cost int, err *Error) {
	start := p.at
	p.copy(1)
	least, ok := p.count()
	most, open := least, false
	if ok && p.startsWith(",") {
		p.copy(1)
		if open = p.startsWith("}"); !open {
			most, ok = p.count()
		}
	}
	switch {
	case !ok || !p.startsWith("}"):
		return 0, p.fail(start, `a repetition is {m}, {m,} or {m,n}; write \{ for the character`)
	case least > maxRepeat || most > maxRepeat:
		return 0, p.fail(start, "a repetition counts at most to %d", maxRepeat)
	case most < least:
		return 0, p.fail(start, "the repetition ends before it begins: %d is less than %d", most, least)
	}
	p.copy(1)
	if open {
		return max(least, 1)*item + 2, nil
	}
	return max(most*item+most-least, 1), nil
}

// count reads a decimal number, which is cut beyond maxRepeat.
func (p *regexpParser) count() (n int, ok bool) {
	for p.at < len(p.source) && '0' <= p.source[p.at] && p.source[p.at] <= '9' {
		n = min(n*10+int(p.source[p.at]-'0'), maxRepeat+1)
		p.copy(1)
		ok = true
	}
	return n, ok
}
