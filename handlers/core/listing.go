package core

import (
	"fmt"
	"strings"
)

const (
	// maxListed is how many lines of a list one answer shows.
	maxListed = 100
	// maxListedLine is how many bytes of each.
	maxListedLine = 300
)

// shown returns a title and the first lines of a list under it.
func shown(title string, lines []string) string {
	if len(lines) == 0 {
		return title + "."
	}
	var b strings.Builder
	b.WriteString(title + ":")
	for i, text := range lines {
		if i == maxListed {
			fmt.Fprintf(&b, "\n  and %d more", len(lines)-i)
			break
		}
		b.WriteString("\n  " + oneLine(text))
	}
	return b.String()
}

// oneLine makes what somebody wrote a part of a list: one line, not too long.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxListedLine {
		text = strings.ToValidUTF8(text[:maxListedLine], "") + "…"
	}
	return text
}
