package pattern

import (
	"fmt"
	"strings"
)

// follower follows a command through a text word by word, without knowing the words
// to come. What it finds possible is a text that the command takes, but for values of
// flags that have several words: [Command.Match] has the last word.
type follower struct {
	command *Command
	looks   [][]int        // by instruction: those that look at the next word from there on
	means   []meaning      // by sample
	values  map[begun]bool // what was found of values of several words
}

// spot is where a follower is between two words.
type spot struct {
	pc    int
	used  uint64 // the flags that were said, by argument
	ended bool   // a lone -- was said
	value int    // the argument whose value may go on, plus one; 0: none
	words int    // of that value so far
	said  string // them
}

// begun is the beginning of a value.
type begun struct {
	argument int
	said     string
}

// meaning is what a word is to a command, wherever it stands.
type meaning struct {
	sample
	literals []bool // by instruction: it is this one
	fits     []bool // by argument: it is a value of this one
	flag     int    // the argument of the flag that it is, plus one; 0: none
	fault    bool   // the flag has a value that does not fit
	goesOn   bool   // the value of the flag is in the next words
	end      bool   // it is the lone --, if the command has flags
	strict   bool   // it looks like a flag of the command and is none
}

// maxFollowed is how many arguments a command may have that is followed.
const maxFollowed = 64

func newFollower(c *Command) *follower {
	f := &follower{command: c, values: make(map[begun]bool)}
	for pc := range c.program {
		f.looks = append(f.looks, f.reachable(pc))
	}
	return f
}

// meaning finds out what a word is.
func (f *follower) meaning(s sample) meaning {
	c := f.command
	m := matcher{command: c, in: Input{text: s.raw, words: []word{s.word}}, flagsEnd: 1, last: -1}
	out := meaning{sample: s, literals: make([]bool, len(c.program)), fits: make([]bool, len(c.arguments))}
	for pc, i := range c.program {
		out.literals[pc] = i.op == opLiteral && !s.word.quoted && equalFolded(i.literal, s.word.text)
	}
	for i := range c.arguments {
		_, out.fits[i] = convertTyped(&c.arguments[i].Spec, s.word.text, s.raw)
	}
	if len(c.flags) == 0 {
		return out
	}
	out.end = m.isFlagsEnd(0)
	if arg, index, known := m.flagAt(0); known && !out.end {
		text, raw, _, typed := m.flagValue(0)
		out.flag, out.goesOn = index+1, !typed && arg.valued
		if typed {
			_, fits := convertTyped(&arg.Spec, text, raw)
			out.fault = !fits
		}
	} else if !out.end {
		out.strict = m.unknownFlag(state{capture: -1})
	}
	return out
}

// describe gives a text that is the same for words that mean the same.
func (m *meaning) describe(c *Command) string {
	raw := ""
	for i := range c.arguments {
		if arg := &c.arguments[i]; arg.words() > 1 || arg.Rest && arg.Check != CheckNone {
			raw = m.raw // what it means depends on the words beside it
		}
	}
	return fmt.Sprint(m.literals, m.fits, m.flag, m.fault, m.goesOn, m.end, m.strict, m.word.quoted && raw != "", raw)
}

// ends reports whether the text may end at a spot.
func (f *follower) ends(p spot) bool {
	if p.value > 0 {
		if !f.whole(p) {
			return false
		}
		if f.isRest(p) {
			return true
		}
		p = f.behind(p)
	}
	for _, pc := range f.looks[p.pc] {
		if f.command.program[pc].op == opEnd {
			return true
		}
	}
	return false
}

// step gives the spots behind a word.
func (f *follower) step(p spot, m *meaning) (next []spot) {
	if p.value > 0 {
		return f.goOn(p, m)
	}
	if f.mayBeFlag(p) && (m.end || m.flag > 0) {
		return f.flag(p, m)
	}
	for _, pc := range f.looks[p.pc] {
		i := f.command.program[pc]
		at := spot{pc: pc, used: p.used, ended: p.ended, value: i.argument + 1, words: 1}
		switch arg := f.argument(i); {
		case i.op == opLiteral:
			if m.literals[pc] {
				next = append(next, spot{pc: pc + 1, used: p.used, ended: p.ended})
			}
		case i.op == opEnd || m.strict && f.mayBeFlag(p):
		case i.op == opRest:
			if arg.Check != CheckNone {
				at.said = m.raw
			}
			next = append(next, at)
		case arg.words() > 1 && !m.word.quoted:
			if at.said = m.raw; f.mayGoOn(at) {
				next = append(next, at)
			}
		case m.fits[i.argument]:
			next = append(next, f.behind(at))
		}
	}
	return next
}

// argument gives the argument of an instruction that has one.
func (f *follower) argument(i instruction) *argument {
	if i.op == opWord || i.op == opRest {
		return &f.command.arguments[i.argument]
	}
	return nil
}

// mayBeFlag reports whether a word at a spot can be a flag.
func (f *follower) mayBeFlag(p spot) bool { return !p.ended && p.pc >= len(f.command.literals) }

// flag gives the spot behind a word that is a flag or the lone --; none if it cannot
// stand there.
func (f *follower) flag(p spot, m *meaning) []spot {
	if m.end {
		return []spot{{pc: p.pc, used: p.used, ended: true}}
	}
	bit := uint64(1) << (m.flag - 1)
	at := spot{pc: p.pc, used: p.used | bit}
	if p.used&bit != 0 || m.fault {
		return nil
	}
	if m.goesOn {
		at.value = m.flag
	}
	return []spot{at}
}

// goOn gives the spots behind a word after some of a value.
func (f *follower) goOn(p spot, m *meaning) (next []spot) {
	arg := &f.command.arguments[p.value-1]
	if f.isRest(p) {
		if arg.Check != CheckNone {
			p.said += " " + m.raw
		}
		return []spot{p}
	}
	isFlag := f.mayBeFlag(p) && (m.end || m.flag > 0)
	switch {
	case isFlag:
	case p.words == 0 && (m.word.quoted || arg.words() == 1): // the value of a flag
		if m.fits[p.value-1] {
			next = append(next, f.behind(p))
		}
	case p.words < arg.words() && !m.word.quoted:
		more := p
		more.words++
		if more.said = strings.TrimSpace(p.said + " " + m.raw); f.mayGoOn(more) {
			next = append(next, more)
		}
	}
	if p.words > 0 && f.whole(p) {
		next = append(next, f.step(f.behind(p), m)...)
	}
	return next
}

// spokenEnds are what may stand at the end of a time or a duration of which the
// beginning is said.
var spokenEnds = []string{"", "9am", "at 9am", "am", "2h", "utc", "tomorrow", "at 9 am", "am tomorrow"}

// mayGoOn reports whether the words of a value are one, or the beginning of one.
func (f *follower) mayGoOn(p spot) bool {
	key := begun{p.value, p.said}
	ok, known := f.values[key]
	for i := 0; !known && !ok && i < len(spokenEnds); i++ {
		_, ok = convert(&f.command.arguments[p.value-1].Spec, strings.TrimSpace(p.said+" "+spokenEnds[i]))
	}
	f.values[key] = ok
	return ok
}

// isRest reports whether the value at a spot is the rest of the message.
func (f *follower) isRest(p spot) bool {
	return f.command.arguments[p.value-1].Rest
}

// whole reports whether the value at a spot is one.
func (f *follower) whole(p spot) bool {
	arg := &f.command.arguments[p.value-1]
	if p.words == 0 || arg.Rest && arg.Check == CheckNone {
		return p.words > 0
	}
	_, ok := convertTyped(&arg.Spec, p.said, p.said)
	return ok
}

// behind is the spot behind the value at a spot.
func (f *follower) behind(p spot) spot {
	next := spot{pc: p.pc + 1, used: p.used, ended: p.ended}
	if len(f.command.arguments[p.value-1].spellings) > 0 {
		next.pc = p.pc
	}
	return next
}

// reachable gives the instructions that look at the next word, from one on.
func (f *follower) reachable(pc int) (all []int) {
	seen := make([]bool, len(f.command.program))
	for open := []int{pc}; len(open) > 0; {
		pc, open = open[len(open)-1], open[:len(open)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch i := f.command.program[pc]; i.op {
		case opSplit:
			open = append(open, i.other, pc+1)
		case opJump:
			open = append(open, i.other)
		case opFile:
			open = append(open, pc+1)
		default:
			all = append(all, pc)
		}
	}
	return all
}
