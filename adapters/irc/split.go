package irc

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// actionPrefix begins a text that is an action.
const actionPrefix = "/me "

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

// lines makes of a text what is posted: lines of at most limit bytes, none of
// them empty, at most most of them. Of a longer text the last line says how many
// are left out.
func lines(text string, limit, most int) []string {
	var out []string
	for line := range strings.SplitSeq(lineEnds.Replace(text), "\n") {
		line = strings.TrimRight(sayable(line), " \t")
		if line != "" {
			out = append(out, wrap(line, limit)...)
		}
	}
	if len(out) <= most {
		return out
	}
	left := len(out) - most + 1
	return append(out[:most-1], fmt.Sprintf("(%d more lines are left out)", left))
}

// wrap breaks a line so that no part is longer than limit bytes: at the last
// space if that leaves a part at least half full, else between two characters as
// people see them. A character that is longer than limit is broken between code
// points.
func wrap(line string, limit int) []string {
	var parts []string
	for len(line) > limit {
		end := room(line, limit)
		if space := strings.LastIndexByte(line[:min(end+1, len(line))], ' '); space >= limit/2 {
			end = space
		}
		if part := strings.TrimRight(line[:end], " "); part != "" {
			parts = append(parts, part)
		}
		line = strings.TrimLeft(line[end:], " ")
	}
	if line != "" {
		parts = append(parts, line)
	}
	return parts
}

// room returns how many bytes of whole characters fit into limit. It looks no
// further than it has to: one character may be as long as the text.
func room(line string, limit int) int {
	end, state := 0, -1
	for rest := line[:min(limit+utf8.UTFMax, len(line))]; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if end+len(cluster) > limit {
			break
		}
		end += len(cluster)
	}
	if end > 0 {
		return end
	}
	for end = limit; end > 0 && !utf8.RuneStart(line[end]); end-- {
	}
	return max(end, 1)
}
