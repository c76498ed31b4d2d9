package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A tally counts tests. Skipped and failed ones are kept by name.
type tally struct {
	passed   int
	failed   int
	failures []string
	skips    []string // "NAME: REASON"
}

func (t tally) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", t.passed, t.failed, len(t.skips))
}

func (t *tally) add(other tally) {
	t.passed += other.passed
	t.failed += other.failed
	t.failures = append(t.failures, other.failures...)
	t.skips = append(t.skips, other.skips...)
}

func (t tally) print(out io.Writer) {
	for _, section := range []struct {
		title string
		lines []string
	}{{"skipped:", t.skips}, {"failed:", t.failures}} {
		if len(section.lines) == 0 {
			continue
		}
		fmt.Fprintln(out, section.title)
		slices.Sort(section.lines)
		for _, line := range slices.Compact(section.lines) {
			fmt.Fprintln(out, "  "+line)
		}
	}
	fmt.Fprintln(out, t)
}

func readFile(name string) (tally, error) {
	file, err := os.Open(name)
	if err != nil {
		return tally{}, err
	}
	defer file.Close()
	var read func(io.Reader) (tally, error)
	switch filepath.Ext(name) {
	case ".json":
		read = sumEvents
	case ".xml":
		read = sumJUnit
	case ".skip":
		read = sumSkips
	default:
		return tally{}, fmt.Errorf("%s: neither .json nor .xml nor .skip", name)
	}
	part, err := read(file)
	if err != nil {
		return tally{}, fmt.Errorf("%s: %w", name, err)
	}
	return part, nil
}

// sumSkips reads what could not run at all, a reason a line.
func sumSkips(in io.Reader) (tally, error) {
	text, err := io.ReadAll(in)
	var t tally
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			t.skips = append(t.skips, line)
		}
	}
	return t, err
}
