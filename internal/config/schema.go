package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A Key is one key of the configuration, as the reader knows it.
type Key struct {
	// Path leads to it: `handlers[].name`. NAME stands for a key of the operator's.
	Path string
	// Kind says what its value is, and how large it may be.
	Kind string
	// Absent is what holds without it, as it would be written; empty: nothing.
	Absent string
	// Doc says in a sentence or two what it is for.
	Doc string
}

// Keys returns every key, sorted, a key before those that are in it. They describe
// themselves: the reader runs without a file.
func Keys() []Key {
	r := newReader("", nil)
	r.schema = &schema{kinds: map[string]string{}}
	r.config(base(), unread{})
	keys := r.schema.keys
	for i := range keys {
		keys[i].Kind = r.schema.kinds[keys[i].Path]
	}
	slices.SortFunc(keys, func(a, b Key) int { return strings.Compare(a.Path, b.Path) })
	return keys
}

// unread stands for a value while keys describe themselves. It is none of the nodes
// that a file has, and nobody asks it anything but where it stands.
type unread struct{ ast.Node }

// GetToken returns an empty token.
func (unread) GetToken() *token.Token { return &token.Token{Position: &token.Position{}} }

// schema collects what the reader can read.
type schema struct {
	keys  []Key
	kinds map[string]string
}

// is notes the kind of the value at path. It says whether the reader describes itself;
// then there is nothing to read.
func (s *schema) is(path, format string, args ...any) bool {
	if s == nil {
		return false
	}
	if s.kinds[path] == "" {
		s.kinds[path] = fmt.Sprintf(format, args...)
	}
	return true
}

func (s *schema) fields(path string, n ast.Node, known map[string]field) {
	s.is(path, "mapping")
	for _, key := range sortedKeys(known) {
		f, child := known[key], join(path, key)
		s.keys = append(s.keys, Key{Path: child, Absent: f.absent, Doc: f.doc})
		f.read(child, n)
	}
}

// mapping describes a mapping whose keys are the operator's: read is called with one
// that fits.
func (s *schema) mapping(path string, read func(child, key string)) {
	child := join(path, "NAME")
	for _, key := range []string{"name", "handler:name", "NAME"} {
		if read(child, key); s.kinds[child] != "" {
			break
		}
	}
	s.is(path, "mapping of names to %s", plural(s.kinds[child]))
}

func (s *schema) list(path string, read func(child string)) {
	child := path + "[]"
	read(child)
	s.is(path, "list of %s", plural(s.kinds[child]))
}

// plural makes the kind of one value the kind of several.
func plural(kind string) string {
	switch first, rest, found := strings.Cut(kind, " "); {
	case kind == "":
		return "values"
	case found && (first == "id" || first == "list"):
		return first + "s " + rest
	}
	return kind + "s"
}

// sizeText writes a number of bytes as the file may have it.
func sizeText(n int64) string {
	for _, unit := range []string{"GiB", "MiB", "KiB"} {
		if factor := sizeUnits[unit]; n >= factor && n%factor == 0 {
			return strconv.FormatInt(n/factor, 10) + " " + unit
		}
	}
	return strconv.FormatInt(n, 10)
}

// durationText writes a duration without parts that are zero.
func durationText(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
