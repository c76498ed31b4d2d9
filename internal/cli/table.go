package cli

import (
	"strings"
	"unicode/utf8"
)

// A table is printed with aligned columns. Cells are made printable.
type table struct {
	header []string
	rows   [][]string
}

func newTable(header ...string) *table { return &table{header: header} }

func (t *table) add(cells ...string) {
	for i, cell := range cells {
		cells[i] = Printable(cell)
		if cell == "" {
			cells[i] = "-"
		}
	}
	t.rows = append(t.rows, cells)
}

// render gives the table with two spaces between columns and none at the ends of
// lines. Columns that are empty in every row are left out.
func (t *table) render(colour bool) string {
	widths := make([]int, len(t.header))
	for i, name := range t.header {
		for _, row := range t.rows {
			if row[i] != "-" {
				widths[i] = max(widths[i], utf8.RuneCountInString(row[i]), utf8.RuneCountInString(name))
			}
		}
	}
	var b strings.Builder
	line := func(cells []string) string {
		var l strings.Builder
		for i, cell := range cells {
			if widths[i] == 0 {
				continue
			}
			l.WriteString(cell)
			l.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		return strings.TrimRight(l.String(), " ")
	}
	b.WriteString(bold(line(t.header), colour))
	b.WriteByte('\n')
	for _, row := range t.rows {
		b.WriteString(line(row))
		b.WriteByte('\n')
	}
	return b.String()
}

func bold(text string, colour bool) string {
	if !colour {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}
