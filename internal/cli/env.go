package cli

import (
	"errors"
	"io"
	"time"
)

// Env is what a command sees of the process that it runs in.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Getenv reads a variable of the environment; empty if it is not set.
	Getenv func(name string) string
	// Now is the wall clock.
	Now func() time.Time
	// Zone is the zone in which times are printed.
	Zone *time.Location
	// Colour says that Stdout is a terminal that shows colours.
	Colour bool
	// Interactive says that a person sits at Stdin and reads Stderr.
	Interactive bool
}

// Usage is the error of a command line that makes no sense: exit code 2.
type Usage string

// Error returns the text.
func (u Usage) Error() string { return string(u) }

// ErrSaid is the error of a command that failed and has said why.
var ErrSaid = errors.New("the command failed and said why")

// ExitCode gives the exit code for what a command returned: 0 fine, 1 failed,
// 2 usage.
func ExitCode(err error) int {
	var usage Usage
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		return 2
	default:
		return 1
	}
}
