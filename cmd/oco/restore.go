package main

import (
	"os"

	"golang.org/x/term"
)

// keepTerminal returns what gives a terminal back as it is now. The adapter
// changes it, and may be killed before it changes it back. If file is no
// terminal, nothing is to be done.
func keepTerminal(file *os.File) (restore func() error, err error) {
	fd := int(file.Fd())
	if !term.IsTerminal(fd) {
		return func() error { return nil }, nil
	}
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	return func() error { return term.Restore(fd, before) }, nil
}
