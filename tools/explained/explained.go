// Package explained reads lists of exceptions of which each has a reason.
package explained

import (
	"fmt"
	"os"
	"strings"
)

// A List holds the reason for each exception.
type List struct {
	File string
	Why  map[string]string
}

// Read reads lines that read "EXCEPTION | REASON". Empty lines and those that
// begin with # are passed over.
func Read(file string) (*List, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	l := &List{file, map[string]string{}}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		i := strings.LastIndex(line, " | ")
		if i < 0 {
			return nil, fmt.Errorf("%s:%d: no reason: write EXCEPTION | REASON", file, n)
		}
		exception := line[:i]
		if _, twice := l.Why[exception]; twice {
			return nil, fmt.Errorf("%s:%d: listed twice: %s", file, n, exception)
		}
		l.Why[exception] = line[i+len(" | "):]
	}
	return l, nil
}
