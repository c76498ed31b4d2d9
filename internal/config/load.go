package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// MaxSize is the size of the largest configuration that is read.
const MaxSize = 256 << 10

// Load reads the file at path. An error about its content is an *Invalid.
func Load(path string) (*Config, error) {
	c, err := Inspect(path)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Inspect is Load for who looks for everything that is wrong at once: beside an
// *Invalid it returns what could be read nevertheless, unless that is nothing. It is
// no configuration to run, but one to look at further.
func Inspect(path string) (*Config, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("configuration %s does not exist; `oco` alone runs without one, and -c FILE names another", path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	if !info.Mode().IsRegular() && !handedOpen(path) {
		return nil, &Invalid{[]Problem{{File: path, Line: 1, Column: 1, Text: "this is no regular file: name one"}}}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return inspect(path, data)
}

// handedOpen reports whether a path is that of a file that this process was started
// with: it may be a pipe, and whoever started it writes to it.
func handedOpen(path string) bool {
	path = filepath.Clean(path)
	return path == "/dev/stdin" || strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/self/fd/")
}

// Parse reads a configuration. The name stands for the file in errors, and relative
// paths are relative to its directory. An error is an *Invalid.
func Parse(name string, data []byte) (*Config, error) {
	c, err := inspect(name, data)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func inspect(name string, data []byte) (*Config, error) {
	r := newReader(name, data)
	c := base()
	c.File = name
	root := r.parse(data)
	if root != nil {
		r.config(c, root)
	}
	c.places = r.places
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, inOrder)
		if _, mapping := root.(ast.MapNode); !mapping {
			c = nil
		}
		return c, &Invalid{r.problems}
	}
	return c, nil
}

// reader walks the parsed file and collects problems.
type reader struct {
	places
	keys     map[string]place // where the keys stand; places.at knows the values
	dir      string           // relative paths start here
	expanded map[string]bool  // the values that hold a reference
	problems []Problem
	secrets  []string
	env      func(string) (string, bool)
	schema   *schema // not nil: nothing is read, the keys describe themselves
}

func newReader(name string, data []byte) *reader {
	dir, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		dir = filepath.Dir(name) // the working directory is gone: stay relative to it
	}
	lines := strings.Split(strings.ToValidUTF8(string(data[:min(len(data), MaxSize)]), "\uFFFD"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return &reader{
		places: places{file: name, lines: lines, at: map[string]place{}},
		keys:   map[string]place{}, expanded: map[string]bool{},
		dir: dir,
		env: os.LookupEnv,
	}
}

// wrong records a problem with the value at path.
func (r *reader) wrong(path, format string, args ...any) {
	r.problems = append(r.problems, r.problem(path, fmt.Sprintf(format, args...)))
}

// wrongAt records a problem at a place.
func (r *reader) wrongAt(at place, format string, args ...any) {
	r.problems = append(r.problems, r.problemAt(at, fmt.Sprintf(format, args...)))
}
