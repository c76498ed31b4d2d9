package terminal

import (
	"strings"

	"github.com/rivo/uniseg"
)

// layout is how a line stands on the rows of a terminal.
type layout struct {
	rows     []string
	row, col int // where the cursor is
}

// layOut breaks a line into rows of so many columns. A character that does not
// fit into what is left of a row begins the next, as terminals have it. prompt
// stands before the text; painted, if it is not empty, is the same with codes of
// colours, and is taken if all of it fits into one row.
func layOut(prompt, painted string, b buffer, width int) layout {
	l := layout{}
	var row strings.Builder
	used := 0
	put := func(text string, columns int) {
		if used+columns > width && used > 0 {
			l.rows = append(l.rows, row.String())
			row.Reset()
			used = 0
		}
		row.WriteString(text)
		used += columns
	}
	all := func(text string) {
		state := -1
		for text != "" {
			var character string
			var columns int
			character, text, columns, state = uniseg.FirstGraphemeClusterInString(text, state)
			put(character, columns)
		}
	}
	if columns := uniseg.StringWidth(prompt); painted != "" && columns < width {
		put(painted, columns)
	} else {
		all(prompt)
	}
	all(b.text[:b.at])
	if used >= width { // the cursor is where the next character will be
		put("", width)
		used = 0
	} else if next, _, columns, _ := uniseg.FirstGraphemeClusterInString(b.text[b.at:], -1); next != "" && used+columns > width {
		put("", width)
		used = 0
	}
	l.row, l.col = len(l.rows), used
	all(b.text[b.at:])
	l.rows = append(l.rows, row.String())
	return l
}

// window leaves of a line that is higher than the terminal the rows around the
// cursor.
func (l layout) window(height int) layout {
	height = max(height, 1)
	if len(l.rows) <= height {
		return l
	}
	from := min(max(l.row-height/2, 0), len(l.rows)-height)
	return layout{rows: l.rows[from : from+height], row: l.row - from, col: l.col}
}
