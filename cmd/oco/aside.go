package main

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// An aside writes lines to a terminal above the row that the cursor is in. There
// the adapter lets a person edit a line, and it is another process: it knows
// nothing of what is written here and needs not to.
type aside struct {
	to    io.Writer
	width func() int
}

// besideEditor returns an aside if file is a terminal on which the terminal
// adapter edits lines, else the file itself.
func besideEditor(file io.Writer, getenv func(string) string) io.Writer {
	f, isFile := file.(*os.File)
	if kind := getenv("TERM"); !isFile || !term.IsTerminal(int(f.Fd())) || kind == "" || kind == "dumb" {
		return file
	}
	return &aside{to: f, width: func() int {
		width, _, err := term.GetSize(int(f.Fd()))
		if err != nil || width <= 0 {
			return 80
		}
		return width
	}}
}

// Write writes whole lines, each in as many rows as it needs.
func (a *aside) Write(p []byte) (int, error) {
	var b strings.Builder
	width := a.width()
	for line := range strings.SplitSeq(strings.TrimRight(string(p), "\n"), "\n") {
		row := []rune(line)
		for first := true; first || len(row) > 0; first = false {
			n := min(width, len(row))
			// Make room below, go back, insert a row, write it, and return to
			// the same column one row further down.
			b.WriteString("\x1bD\x1b[A\x1b7\r\x1b[L" + string(row[:n]) + "\x1b8\x1b[B")
			row = row[n:]
		}
	}
	if _, err := io.WriteString(a.to, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}
