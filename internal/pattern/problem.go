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
	ProblemMissing                             // the message ends too early, or no file came with it
	ProblemUnexpected                          // a word stands where another is expected
	ProblemUnknownFlag                         // a word looks like a flag that the command does not have
	ProblemRepeatedFlag                        // a flag is given twice
	ProblemTooManyWords                        // more than MaxWords
	ProblemTooManyFiles                        // several files came where one is wanted

	// Found by who knows the users and rooms of the chat service, not by Match.
	ProblemUnknowable // whom or what the word names cannot be found out now; a mention may work all the same
	ProblemAmbiguous  // the word names several
	ProblemTooMany    // the message names more users and rooms than are looked up for one
)

// Problem is why a message nearly matches and does not. It is data, so that
// people can be told in their language.
type Problem struct {
	Kind     ProblemKind
	Argument string        // the argument that misses a value or got a bad one; may be empty
	Value    string        // the offending word as typed; empty if the command has a sensitive argument
	Offset   int           // where the word stands, in bytes of Input.Text; its length at ProblemMissing
	Column   int           // where a URL, JSON or an expression begins to be wrong, in characters from 1; 0: nobody knows
	Expected []Expectation // what may stand there instead, at most 8; of ProblemBadValue exactly one
}

const maxShown = 80

// String gives a problem that Match found as one English sentence without a full
// stop, for the author of an example that does not work. What people in chat read
// stands in the catalogue of texts.
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
		return fmt.Sprintf("%s does not fit %s: it must be %s", value, p.Argument, p.accepts())
	case ProblemMissing:
		if p.Argument != "" {
			return fmt.Sprintf("%s is missing: it must be %s", p.Argument, p.accepts())
		}
		return fmt.Sprintf("something is missing at the end: %s", p.accepts())
	case ProblemUnexpected:
		return fmt.Sprintf("%s does not belong here: expected %s", value, p.accepts())
	case ProblemUnknownFlag:
		return fmt.Sprintf("%s is not a flag of this command: there are %s; quote it or write -- before it if it is a text", value, p.accepts())
	case ProblemRepeatedFlag:
		return fmt.Sprintf("the flag for %s is given twice", p.Argument)
	case ProblemTooManyWords:
		return fmt.Sprintf("the message has more than %d words", MaxWords)
	case ProblemTooManyFiles:
		return fmt.Sprintf("several files came with the message, and %s is one file", p.Argument)
	}
	return "the message does not fit"
}

// accepts gives what is expected in English; what is missing at the end by the
// name of its argument.
func (p *Problem) accepts() string {
	var all []string
	for _, e := range p.Expected {
		if p.Kind == ProblemMissing && p.Argument == "" {
			all = append(all, e.Text)
		} else {
			all = append(all, e.String())
		}
	}
	return strings.Join(all, " or ")
}

// failure collects why matching stopped, at the furthest word that any way
// through the program reached.
type failure struct {
	at       int // word
	rank     int // of the kinds at that word, the more telling wins
	problem  Problem
	expected []Expectation
	literal  bool // a literal was met on the way
	check    Check
	text     string // what does not hold the check
}

const maxExpected = 8

// note records that matching stopped at a word because of problem, where one of
// the expectations would have fitted. It reports whether this is the problem to
// tell, as far as is known.
func (f *failure) note(at, rank int, literal bool, problem Problem, expected ...Expectation) bool {
	if at > f.at {
		*f = failure{at: at}
	}
	if at < f.at {
		return false
	}
	f.literal = f.literal || literal
	tells := rank > f.rank
	if tells {
		f.rank, f.problem = rank, problem
		f.check, f.text = CheckNone, ""
	}
	for _, e := range expected {
		f.expect(e)
	}
	return tells
}

func (f *failure) expect(e Expectation) {
	for _, other := range f.expected {
		if other.Kind == e.Kind && other.Text == e.Text {
			return
		}
	}
	if len(f.expected) < maxExpected {
		f.expected = append(f.expected, e)
	}
}

// report gives the problem, complete.
func (f *failure) report() *Problem {
	out := f.problem
	if out.Value != "" {
		out.Column = f.check.column(f.text)
	}
	if out.Kind == ProblemUnexpected || out.Kind == ProblemMissing && out.Argument == "" {
		out.Expected = f.expected
	}
	return &out
}
