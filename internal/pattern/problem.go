package pattern

import (
	"fmt"
	"strings"
)

// ProblemKind says what keeps a message from matching a command.
type ProblemKind int

// The kinds of problems.
const (
	ProblemBadValue     ProblemKind = iota + 1 // a word does not fit the type of its argument
	ProblemMissing                             // the message ends too early
	ProblemUnexpected                          // a word stands where another is expected
	ProblemUnknownFlag                         // a word looks like a flag that the command does not have
	ProblemRepeatedFlag                        // a flag is given twice
	ProblemTooManyWords                        // more than MaxWords
)

// Problem is what a person is told about a message that nearly matches.
type Problem struct {
	Kind     ProblemKind
	Argument string // the argument that misses a value or got a bad one; may be empty
	Value    string // the offending word as typed; empty if the command has a sensitive argument
	Offset   int    // where the word stands, in bytes of Input.Text; its length at ProblemMissing
	Accepted string // what may stand there instead
}

const maxShown = 80

// String gives the problem as one English sentence without a full stop.
func (p *Problem) String() string {
	value := "a value"
	if p.Value != "" {
		shown := cutAtRune(p.Value, maxShown)
		if shown != p.Value {
			shown += "…"
		}
		value = "“" + EscapeHidden(shown) + "”"
	}
	switch p.Kind {
	case ProblemBadValue:
		return fmt.Sprintf("%s does not fit %s: it must be %s", value, p.Argument, p.Accepted)
	case ProblemMissing:
		if p.Argument != "" {
			return fmt.Sprintf("%s is missing: it must be %s", p.Argument, p.Accepted)
		}
		return fmt.Sprintf("something is missing at the end: %s", p.Accepted)
	case ProblemUnexpected:
		return fmt.Sprintf("%s does not belong here: expected %s", value, p.Accepted)
	case ProblemUnknownFlag:
		return fmt.Sprintf("%s is not a flag of this command: there are %s; quote it or write -- before it if it is a text", value, p.Accepted)
	case ProblemRepeatedFlag:
		return fmt.Sprintf("the flag for %s is given twice", p.Argument)
	case ProblemTooManyWords:
		return fmt.Sprintf("the message has more than %d words", MaxWords)
	}
	return "the message does not fit"
}

// failure collects why matching stopped, at the furthest word that any way
// through the program reached.
type failure struct {
	at       int // word
	rank     int // of the kinds at that word, the more telling wins
	problem  Problem
	expected []string
	literal  bool // a literal was met on the way
}

const maxExpected = 8

// note records that matching stopped at a word because of problem.
func (f *failure) note(at, rank int, literal bool, expected string, problem Problem) {
	if at > f.at {
		*f = failure{at: at}
	}
	if at < f.at {
		return
	}
	f.literal = f.literal || literal
	if rank > f.rank {
		f.rank, f.problem = rank, problem
	}
	if expected == "" || len(f.expected) == maxExpected {
		return
	}
	for _, other := range f.expected {
		if other == expected {
			return
		}
	}
	f.expected = append(f.expected, expected)
}

// report gives the problem, complete.
func (f *failure) report() *Problem {
	out := f.problem
	if out.Accepted == "" {
		out.Accepted = strings.Join(f.expected, " or ")
	}
	return &out
}
