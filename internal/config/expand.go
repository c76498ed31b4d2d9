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
)

// maxReferenced is the size of the largest file that ${file:…} takes in.
const maxReferenced = 64 << 10

// expand replaces ${env:NAME} and ${file:PATH} in a text; $${ stands for ${. What was
// put in is not expanded again.
func (r *reader) expand(path, text string) (string, bool) {
	var b strings.Builder
	good := true
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			b.WriteString(text)
			return b.String(), good
		}
		if literal, escaped := strings.CutSuffix(before, "$"); escaped {
			b.WriteString(literal + "${")
			text = rest
			continue
		}
		b.WriteString(before)
		reference, after, closed := strings.Cut(rest, "}")
		if !closed {
			r.wrong(path, "`%s`: `${` has no `}`; write `$${` for the characters themselves", path)
			return "", false
		}
		value, err := r.resolve(reference)
		if err != nil {
			r.wrong(path, "`%s`: %s", path, err)
			good = false
		} else if value != "" && !slices.Contains(r.secrets, value) {
			r.secrets = append(r.secrets, value)
		}
		r.expanded[path] = true
		b.WriteString(value)
		text = after
	}
}

// show returns the value at path as it may stand in a problem: what came out of a
// reference may be a secret.
func (r *reader) show(path, text string) string {
	if r.expanded[path] {
		return "${…}"
	}
	return quoteShort(text)
}

func (r *reader) resolve(reference string) (string, error) {
	kind, name, _ := strings.Cut(reference, ":")
	switch {
	case kind == "env" && name != "":
		value, ok := r.env(name)
		if !ok {
			return "", fmt.Errorf("the environment variable %s is not set", quoteShort(name))
		}
		return value, nil
	case kind == "file" && name != "":
		return readReferenced(r.absolute(name))
	}
	return "", fmt.Errorf("`${%s}` is neither `${env:NAME}` nor `${file:PATH}`", quoteShort(reference))
}

// readReferenced returns the content of a file without the line break at its end.
func readReferenced(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("the file %s cannot be read: %w", quotePath(path), reasonOf(err))
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is no regular file", quotePath(path))
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("the file %s cannot be read: %w", quotePath(path), reasonOf(err))
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxReferenced+1))
	if err != nil {
		return "", fmt.Errorf("the file %s cannot be read: %w", quotePath(path), reasonOf(err))
	}
	if len(data) > maxReferenced {
		return "", fmt.Errorf("the file %s is larger than %d KiB", quotePath(path), maxReferenced>>10)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), nil
}

func reasonOf(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}

func quotePath(path string) string {
	if len(path) > 200 {
		path = strings.ToValidUTF8(path[:200], "") + "…"
	}
	return printable(path)
}

// absolute makes a path relative to the directory of the configuration.
func (r *reader) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(r.dir, path)
}
