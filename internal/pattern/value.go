package pattern

import (
	"strings"
	"time"
)

// Type is what an argument holds. The numbers are those of the wire.
type Type int

// The types of arguments. Users and rooms are declared here and found by the bot,
// which knows them: their values are texts.
const (
	TypeUnspecified Type = iota
	TypeText
	TypeInteger
	TypeNumber
	TypeFlag
	TypeDuration
	TypeTime
	TypeUser
	TypeRoom
	TypeFile
	TypeChoice
)

var typeNames = [...]string{"unspecified", "text", "integer", "number", "flag", "duration", "time", "user", "room", "file", "choice"}

// String gives the name of the type as patterns spell it.
func (t Type) String() string {
	if t < 0 || int(t) >= len(typeNames) {
		return "invalid"
	}
	return typeNames[t]
}

// typeNamed finds the type that a placeholder names. A choice has no name: its
// values stand in its place.
func typeNamed(name string) (Type, bool) {
	for t := TypeText; t < TypeChoice; t++ {
		if typeNames[t] == name {
			return t, true
		}
	}
	return TypeUnspecified, false
}

// namesOfTypes are those that a placeholder may name, with the checks.
func namesOfTypes() string {
	return strings.Join(typeNames[TypeText:TypeChoice], ", ") + ", " + strings.Join(checkNames[CheckURL:], ", ") + ", " + secretType
}

// Spec describes one argument of a command.
//
// Given to [Compile] it refines the placeholder of its name: a zero field
// leaves what the pattern says, a field that contradicts the pattern is an
// error. A default makes the placeholder optional. Given by
// [Command.Arguments] it is complete.
type Spec struct {
	Name       string
	Type       Type
	Check      Check    // of TypeText
	Choices    []string // of TypeChoice, as declared
	Default    string   // the text that stands in when the argument is absent
	HasDefault bool
	Help       string
	Sensitive  bool // the value never reaches logs, audit, notices or a Problem
	Optional   bool // a message may leave it out
	List       bool // one or more words
	Rest       bool // the rest of the message as it was typed
}

// Value is one argument of a message. Arguments that a message leaves out and
// that have no default have no Value.
type Value struct {
	Name      string
	Type      Type
	Raw       string // as it was typed, quotes included; empty of a file
	Text      string // without quotes; of TypeChoice the value as declared
	Start     int    // where Raw stands, in bytes of Input.Text
	End       int    // 0: nowhere, because it is a default or a file
	Integer   int64
	Number    float64
	Flag      bool
	Duration  time.Duration
	When      When    // of TypeTime
	File      int     // of TypeFile: which of the files of the message, from 0
	List      []Value // of a list: one for each item; the fields above but Name, Type, Raw, Start and End are zero
	IsList    bool
	Sensitive bool
}
