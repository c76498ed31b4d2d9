package terminal

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// The environment that the adapter reads.
const (
	envFDs  = "OCO_TERMINAL_FDS"
	envName = "OCO_TERMINAL_NAME"
)

// streams are what the adapter reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// interactive: a person types at a terminal.
	interactive bool
	// talk is where a person is prompted: out, or err if out is no terminal.
	talk io.Writer
	// tty is the terminal on which lines can be edited; nil if it can do no more
	// than print. colour: it shows colours, and whoever sits there wants them.
	tty    *os.File
	colour bool
	getenv func(string) string
}

// inherited opens the bot's standard input, output and error.
func inherited() (streams, error) {
	files, err := files(os.Getenv(envFDs))
	if err != nil {
		return streams{}, err
	}
	s := streams{
		in: files[0], out: files[1], err: files[2], talk: files[2],
		interactive: isTerminal(files[0]), getenv: os.Getenv,
	}
	talk := files[2]
	if isTerminal(files[1]) {
		s.talk, talk = files[1], files[1]
	}
	if kind := os.Getenv("TERM"); s.interactive && isTerminal(talk) && kind != "" && kind != "dumb" {
		s.tty, s.colour = files[0], os.Getenv("NO_COLOR") == ""
	}
	return s, nil
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

func promptName() string {
	if name := os.Getenv(envName); name != "" {
		return name
	}
	return "oco"
}

// files opens the three descriptors that a list "in,out,err" names; an empty
// list means the process's own.
func files(list string) ([3]*os.File, error) {
	if list == "" {
		return [3]*os.File{os.Stdin, os.Stdout, os.Stderr}, nil
	}
	var opened [3]*os.File
	fields := strings.Split(list, ",")
	if len(fields) != len(opened) {
		return opened, badList(list)
	}
	var numbers [3]uintptr
	for i, field := range fields {
		n, err := strconv.ParseUint(field, 10, 31)
		if err != nil {
			return opened, badList(list)
		}
		numbers[i] = uintptr(n)
	}
	for i, n := range numbers {
		f := os.NewFile(n, [...]string{"terminal input", "terminal output", "terminal error"}[i])
		if f == nil {
			return opened, badList(list)
		}
		if _, err := f.Stat(); err != nil {
			return opened, fmt.Errorf("%s=%q: descriptor %d is not open: %w", envFDs, list, n, err)
		}
		opened[i] = f
	}
	return opened, nil
}

func badList(list string) error {
	return fmt.Errorf("%s=%q: must be the numbers of three open descriptors, input, output and error, such as 3,4,5", envFDs, list)
}
