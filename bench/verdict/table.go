package verdict

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// A Table writes Markdown, and keeps the first error.
type Table struct {
	Out io.Writer
	Err error
}

// Line writes one line.
func (t *Table) Line(format string, args ...any) {
	if t.Err == nil {
		_, t.Err = fmt.Fprintf(t.Out, format+"\n", args...)
	}
}

// Limits begins a table of limits.
func (t *Table) Limits() {
	t.Line("")
	t.Line("| | bar | median | range | |")
	t.Line("|---|---|---|---|---|")
}

// Limit writes the row of a limit, nothing if there are no rounds.
func (t *Table) Limit(what string, l Limit, rounds []float64) {
	if len(rounds) > 0 {
		t.Line("| %s | %s | %.2f | %.2f-%.2f | %s |", what, l, Median(rounds), slices.Min(rounds), slices.Max(rounds), l.Judge(rounds))
	}
}

// Lines writes every item as a line of JSON into a file; without a name, nowhere.
func Lines[T any](file string, items []T) (err error) {
	if file == "" {
		return nil
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := json.NewEncoder(f)
	for _, item := range items {
		if err := out.Encode(item); err != nil {
			return err
		}
	}
	return nil
}
