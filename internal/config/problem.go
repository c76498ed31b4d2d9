package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	// File is the name of the file.
	File string
	// Line and Column count from 1; columns count characters.
	Line, Column int
	// Text says what is wrong and what to do, in one line.
	Text string
	// Excerpt is the line with a mark below the place, two lines without a line break
	// at the end; empty if there is nothing to show. It is what the operator wrote, so
	// it can show a secret that stands in the file itself.
	Excerpt string
}

// Error returns the place, the text and the excerpt.
func (p Problem) Error() string {
	text := p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column) + ": " + p.Text
	if p.Excerpt != "" {
		text += "\n" + p.Excerpt
	}
	return text
}

// Invalid is the error of a configuration that has problems: all of them, in the order
// of the file.
type Invalid struct{ Problems []Problem }

// Error returns all problems, one below the other.
func (e *Invalid) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.Error()
	}
	return strings.Join(texts, "\n")
}

// Unwrap returns the problems as errors.
func (e *Invalid) Unwrap() []error {
	all := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		all[i] = p
	}
	return all
}

// Join puts errors together: problems of a file into one *Invalid, in the order of
// the file; anything else is joined as errors.Join does. Nil errors do not count, and
// none at all is nil.
func Join(errs ...error) error {
	var invalid Invalid
	var rest []error
	var take func(err error)
	take = func(err error) {
		switch e := err.(type) {
		case nil:
		case Problem:
			invalid.Problems = append(invalid.Problems, e)
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				take(one)
			}
		default:
			rest = append(rest, err)
		}
	}
	for _, err := range errs {
		take(err)
	}
	if len(invalid.Problems) > 0 {
		slices.SortStableFunc(invalid.Problems, inOrder)
		rest = append([]error{&invalid}, rest...)
	}
	if len(rest) == 1 {
		return rest[0]
	}
	return errors.Join(rest...)
}

// inOrder orders problems file by file, as they stand there.
func inOrder(a, b Problem) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// place is a position in the source.
type place struct{ line, column int }

// places knows where the values of a configuration stand, by their path such as
// `handlers[1].scopes[0]`. Its zero value knows nothing.
type places struct {
	file  string
	lines []string
	at    map[string]place
}

// problem describes what is wrong with the value at path, or with the nearest value
// around it that stands in the file.
func (p places) problem(path, text string) Problem {
	for path != "" {
		if at, ok := p.at[path]; ok {
			return p.problemAt(at, text)
		}
		path = path[:max(strings.LastIndexByte(path, '.'), strings.LastIndexByte(path, '['), 0)]
	}
	return p.problemAt(place{1, 1}, text)
}

func (p places) problemAt(at place, text string) Problem {
	return Problem{File: p.file, Line: at.line, Column: at.column, Text: text, Excerpt: p.excerpt(at)}
}

// excerptWidth is the number of characters of a line that an excerpt shows.
const excerptWidth = 100

func (p places) excerpt(at place) string {
	if at.line < 1 || at.line > len(p.lines) {
		return ""
	}
	line := []rune(p.lines[at.line-1])
	column := min(max(at.column-1, 0), len(line))
	from := 0
	if column > excerptWidth*3/4 {
		from = column - excerptWidth/2
	}
	to := min(from+excerptWidth, len(line))
	shown, mark := []rune(nil), []rune(nil)
	for i, r := range line[from:to] {
		if !unicode.IsPrint(r) && r != '\t' {
			r = unicode.ReplacementChar // an escape sequence must not reach the terminal
		}
		shown = append(shown, r)
		if from+i < column {
			if r != '\t' {
				r = ' '
			}
			mark = append(mark, r)
		}
	}
	if strings.TrimSpace(string(shown)) == "" {
		return ""
	}
	return fmt.Sprintf("%5d | %s\n      | %s^", at.line, strings.TrimRight(string(shown), " \t"), string(mark))
}

// Problem returns an error about the value at path, such as `handlers[0].scopes[1]`,
// with its place in the file, for what only the bot can know: that no bundled plugin
// has such a name. Without a file it is only the text.
func (c *Config) Problem(path, text string) error {
	if c.File == "" {
		return fmt.Errorf("configuration: %s: %s", path, text)
	}
	return c.places.problem(path, text)
}

// Place returns where the value at path stands, or the nearest value around it, as
// "FILE:LINE:COLUMN"; empty without a file.
func (c *Config) Place(path string) string {
	if c.File == "" {
		return ""
	}
	p := c.places.problem(path, "")
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// Unknown is Problem for a word that is none of the known ones of its kind; it names
// the nearest.
func (c *Config) Unknown(path, kind, word string, known []string) error {
	return c.Problem(path, fmt.Sprintf("unknown %s `%s`%s", kind, word, didYouMean(word, known)))
}
