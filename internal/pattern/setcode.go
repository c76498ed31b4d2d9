package pattern

import (
	"iter"
	"regexp/syntax"
	"unicode"
	"unicode/utf8"
)

// code is the instructions of the expressions of a set, one behind the other.
type code []setInst

// A setInst is one of [syntax.Prog], without those that say nothing to a set.
type setInst struct {
	op       syntax.InstOp  // InstRune stands for every kind that takes a character
	empty    syntax.EmptyOp // what must be true where it stands
	out, arg uint32
	owner    int32        // the number of its expression
	payer    int32        // who pays for it
	ascii    [2]uint64    // which characters of ASCII it takes
	inst     *syntax.Inst // takes a character; says which others
}

// add puts an expression behind the others, and says where it starts and whether
// only the beginning of a text is a place for it.
func (c *code) add(re *Regexp, owner, payer int32) (start uint32, anchored bool, err error) {
	tree, err := re.Syntax()
	if err != nil {
		return 0, false, err
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 0, false, err
	}
	base := uint32(len(*c))
	through := func(pc uint32) uint32 {
		for {
			switch inst := &program.Inst[pc]; inst.Op {
			case syntax.InstCapture, syntax.InstNop:
				pc = inst.Out
			default:
				return pc + base
			}
		}
	}
	for i := range program.Inst {
		inst := &program.Inst[i]
		out := setInst{op: inst.Op, owner: owner, payer: payer}
		switch inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			out.op, out.out, out.arg = syntax.InstAlt, through(inst.Out), through(inst.Arg)
		case syntax.InstEmptyWidth:
			out.out, out.empty = through(inst.Out), syntax.EmptyOp(inst.Arg)
		case syntax.InstMatch, syntax.InstFail, syntax.InstCapture, syntax.InstNop:
		default:
			out.op, out.out, out.inst = syntax.InstRune, through(inst.Out), inst
			for low, high := range out.ranges() {
				for r := low; r <= min(high, utf8.RuneSelf-1); r++ {
					out.ascii[r>>6] |= 1 << (r & 63)
				}
			}
		}
		*c = append(*c, out)
	}
	return through(uint32(program.Start)), program.StartCond()&syntax.EmptyBeginText != 0, nil
}

// ranges gives the first and the last character of each range that it takes.
func (i *setInst) ranges() iter.Seq2[rune, rune] {
	return func(yield func(rune, rune) bool) {
		runes := i.inst.Rune
		switch {
		case i.inst.Op == syntax.InstRuneAny:
			yield(0, unicode.MaxRune)
		case i.inst.Op == syntax.InstRuneAnyNotNL:
			_ = yield(0, '\n'-1) && yield('\n'+1, unicode.MaxRune)
		case len(runes) == 1:
			r := runes[0]
			more := yield(r, r)
			if syntax.Flags(i.inst.Arg)&syntax.FoldCase != 0 {
				for other := unicode.SimpleFold(r); more && other != r; other = unicode.SimpleFold(other) {
					more = yield(other, other)
				}
			}
		default:
			for n := 0; n < len(runes) && yield(runes[n], runes[n+1]); n += 2 {
			}
		}
	}
}

// match reports whether it takes a character.
func (i *setInst) match(r rune) bool {
	if 0 <= r && r < utf8.RuneSelf {
		return i.ascii[r>>6]&(1<<(r&63)) != 0
	}
	return i.inst.MatchRune(r)
}
