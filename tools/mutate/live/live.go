// Package live holds the operators of a program in which every mutant is
// compiled in. The variable OCO_MUTANT says which one this process runs with;
// without it the program behaves as it was written. The mutated packages import
// a copy of this file.
package live

import (
	"cmp"
	"os"
	"strconv"
	"sync"
)

// These variables of the environment choose what a process does.
const (
	Which   = "OCO_MUTANT"         // number of the mutant that is on
	Reached = "OCO_MUTANT_REACHED" // file to which the number of each mutant that is reached is appended
)

var on, _ = strconv.Atoi(os.Getenv(Which))

var (
	reached = os.Getenv(Reached)
	seen    sync.Map
)

// On reports whether a mutant is on.
func On(mutant int) bool {
	if reached != "" {
		note(mutant)
	}
	return mutant == on
}

func note(mutant int) {
	if _, known := seen.LoadOrStore(mutant, true); known {
		return
	}
	f, err := os.OpenFile(reached, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	if _, err := f.WriteString(strconv.Itoa(mutant) + "\n"); err != nil {
		panic(err)
	}
	if err := f.Close(); err != nil {
		panic(err)
	}
}

// Integer is what has bits.
type Integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

// Number is what can be counted with.
type Number interface {
	Integer | ~float32 | ~float64
}

func pick[T any](mutant int, mutated, written T) T {
	if On(mutant) {
		return mutated
	}
	return written
}

// Comparisons take two mutants: the negation and the moved boundary.

func Lt[T cmp.Ordered](negated, moved int, a, b T) bool {
	return pick(moved, a <= b, (a < b) != On(negated))
}
func Le[T cmp.Ordered](negated, moved int, a, b T) bool {
	return pick(moved, a < b, (a <= b) != On(negated))
}
func Gt[T cmp.Ordered](negated, moved int, a, b T) bool {
	return pick(moved, a >= b, (a > b) != On(negated))
}
func Ge[T cmp.Ordered](negated, moved int, a, b T) bool {
	return pick(moved, a > b, (a >= b) != On(negated))
}

// The second operand of && and || is computed only where it counts.

func And(mutant int, a bool, b func() bool) bool {
	if On(mutant) {
		return a || b()
	}
	return a && b()
}

func Or(mutant int, a bool, b func() bool) bool {
	if On(mutant) {
		return a && b()
	}
	return a || b()
}

func Add[T Number](mutant int, a, b T) T { return pick(mutant, a-b, a+b) }
func Sub[T Number](mutant int, a, b T) T { return pick(mutant, a+b, a-b) }
func Neg[T Number](mutant int, a T) T    { return pick(mutant, a, -a) }
func Inc[T Number](mutant int, a T) T    { return pick(mutant, a-1, a+1) }
func Dec[T Number](mutant int, a T) T    { return pick(mutant, a+1, a-1) }

func Mul[T Number](mutant int, a, b T) T {
	if On(mutant) {
		return a / b
	}
	return a * b
}

func Quo[T Number](mutant int, a, b T) T {
	if On(mutant) {
		return a * b
	}
	return a / b
}

func Rem[T Integer](mutant int, a, b T) T {
	if On(mutant) {
		return a * b
	}
	return a % b
}

func BitAnd[T Integer](mutant int, a, b T) T    { return pick(mutant, a|b, a&b) }
func BitOr[T Integer](mutant int, a, b T) T     { return pick(mutant, a&b, a|b) }
func BitXor[T Integer](mutant int, a, b T) T    { return pick(mutant, a&b, a^b) }
func BitAndNot[T Integer](mutant int, a, b T) T { return pick(mutant, a&b, a&^b) }

func Shl[T, S Integer](mutant int, a T, b S) T { return pick(mutant, a>>b, a<<b) }
func Shr[T, S Integer](mutant int, a T, b S) T { return pick(mutant, a<<b, a>>b) }

// Text adds text; its mutant drops what was there before.
func Text[T ~string](dropped int, a, b T) T { return pick(dropped, b, a+b) }

// Assignments take two mutants: the other operator, and the old value dropped.

func AddTo[T Number](other, dropped int, a, b T) T { return pick(dropped, b, Add(other, a, b)) }
func SubTo[T Number](other, dropped int, a, b T) T { return pick(dropped, b, Sub(other, a, b)) }
func MulTo[T Number](other, dropped int, a, b T) T { return pick(dropped, b, Mul(other, a, b)) }
func QuoTo[T Number](other, dropped int, a, b T) T { return pick(dropped, b, Quo(other, a, b)) }

func RemTo[T Integer](other, dropped int, a, b T) T { return pick(dropped, b, Rem(other, a, b)) }

func BitAndTo[T Integer](other, dropped int, a, b T) T { return pick(dropped, b, BitAnd(other, a, b)) }
func BitOrTo[T Integer](other, dropped int, a, b T) T  { return pick(dropped, b, BitOr(other, a, b)) }
func BitXorTo[T Integer](other, dropped int, a, b T) T { return pick(dropped, b, BitXor(other, a, b)) }

func BitAndNotTo[T Integer](other, dropped int, a, b T) T {
	return pick(dropped, b, BitAndNot(other, a, b))
}

func ShlTo[T, S Integer](other, dropped int, a T, b S) T {
	return pick(dropped, T(b), Shl(other, a, b))
}

func ShrTo[T, S Integer](other, dropped int, a T, b S) T {
	return pick(dropped, T(b), Shr(other, a, b))
}
