package ptytest

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// A Screen is what a terminal shows that understands the few codes which line
// editors use. What it does not understand, it keeps as a complaint. Not safe
// for concurrent use.
type Screen struct {
	width, height int
	x, y          int
	savedX        int
	savedY        int
	style         string
	rows          [][]cell
	gone          []string // rows that were scrolled off, as styled text
	rest          []byte   // the beginning of a code or a character
	strange       []string
	modes         map[string]bool
}

// cell is a column of a row. The second column of a wide character has no text.
type cell struct {
	text  string
	style string
}

var space = cell{text: " "}

// NewScreen returns an empty screen of so many columns and rows.
func NewScreen(width, height int) *Screen {
	s := &Screen{modes: map[string]bool{}}
	s.Resize(width, height)
	return s
}

// Resize makes the screen wider or narrower. Text is cut, not wrapped again.
func (s *Screen) Resize(width, height int) {
	s.width, s.height = width, height
	for len(s.rows) < height {
		s.rows = append(s.rows, nil)
	}
	for len(s.rows) > height {
		s.scroll()
		s.rows = s.rows[:len(s.rows)-1]
		s.y = max(s.y-1, 0)
	}
	for i, row := range s.rows {
		s.rows[i] = row[:min(len(row), width)]
	}
	s.x = min(s.x, width-1)
}

// Write takes output of a program. It returns no error.
func (s *Screen) Write(p []byte) (int, error) {
	s.rest = append(s.rest, p...)
	for len(s.rest) > 0 {
		n := s.take(s.rest)
		if n == 0 {
			break
		}
		s.rest = s.rest[n:]
	}
	return len(p), nil
}

// take does the first character or code and returns its length; 0 if more of
// it is still to come.
func (s *Screen) take(p []byte) int {
	switch {
	case p[0] == 0x1b:
		return s.code(p)
	case !utf8.FullRune(p):
		return 0
	}
	r, n := utf8.DecodeRune(p)
	switch {
	case r == '\r':
		s.x = 0
	case r == '\n':
		s.down()
	case r == '\t':
		s.x = min(s.x/8*8+8, s.width-1)
	case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
		s.complain(strconv.QuoteRune(r))
	default:
		s.put(r)
	}
	return n
}

func (s *Screen) put(r rune) {
	if s.joins(r) {
		return
	}
	columns := max(uniseg.StringWidth(string(r)), 1)
	if s.x+columns > s.width {
		s.x = 0
		s.down()
	}
	s.set(s.x, cell{string(r), s.style})
	s.widen(columns)
}

// joins adds a character to the one before it if people see both as one.
func (s *Screen) joins(r rune) bool {
	at := s.x - 1
	row := s.rows[s.y]
	for at > 0 && at < len(row) && row[at].text == "" {
		at--
	}
	if at < 0 || at >= len(row) {
		return false
	}
	both := row[at].text + string(r)
	if uniseg.GraphemeClusterCount(both) != 1 {
		return false
	}
	row[at].text = both
	s.x = at
	s.widen(max(uniseg.StringWidth(both), 1))
	return true
}

// widen lets the character at the cursor take its columns and goes on.
func (s *Screen) widen(columns int) {
	style := s.rows[s.y][s.x].style
	for i := 1; i < columns && s.x+i < s.width; i++ {
		s.set(s.x+i, cell{"", style})
	}
	s.x += columns
}

func (s *Screen) set(x int, c cell) {
	row := s.rows[s.y]
	for len(row) <= x {
		row = append(row, space)
	}
	if c.text != "" { // half of a wide character is none
		if row[x].text == "" {
			row[x-1] = space
		}
		if x+1 < len(row) && row[x+1].text == "" {
			row[x+1] = space
		}
	}
	row[x] = c
	s.rows[s.y] = row
}

func (s *Screen) down() {
	if s.y++; s.y == s.height {
		s.scroll()
		s.y--
	}
}

func (s *Screen) scroll() {
	s.gone = append(s.gone, styled(s.rows[0]))
	copy(s.rows, s.rows[1:])
	s.rows[len(s.rows)-1] = nil
}

// code does a control sequence: ESC [ PARAMETERS LETTER.
func (s *Screen) code(p []byte) int {
	if len(p) < 2 || p[1] == '[' && len(p) < 3 {
		return 0
	}
	if p[1] != '[' {
		s.short(p[:2])
		return 2
	}
	end := slices.IndexFunc(p[2:], func(b byte) bool { return b >= '@' && b <= '~' })
	if end < 0 {
		return 0
	}
	parameters, letter := string(p[2:2+end]), p[2+end]
	n, err := strconv.Atoi(parameters)
	if err != nil {
		n = 1
	}
	row := s.rows[s.y]
	switch letter {
	case 'A':
		s.y = max(s.y-n, 0)
	case 'B':
		s.y = min(s.y+n, s.height-1)
	case 'C':
		s.x = min(s.x+n, s.width-1)
	case 'D':
		s.x = max(min(s.x, s.width-1)-n, 0)
	case 'H':
		s.x, s.y = 0, 0
	case 'K':
		s.rows[s.y] = row[:min(len(row), s.x)]
	case 'L':
		copy(s.rows[s.y+1:], s.rows[s.y:])
		s.rows[s.y] = nil
	case 'J':
		if parameters == "2" {
			clear(s.rows)
			break
		}
		s.rows[s.y] = row[:min(len(row), s.x)]
		clear(s.rows[s.y+1:])
	case 'm':
		s.style = restyle(s.style, parameters)
	case 'h', 'l':
		s.modes[parameters] = letter == 'h'
	default:
		s.complain(strconv.Quote(string(p[:3+end])))
	}
	return 3 + end
}

// short does a control sequence of two characters.
func (s *Screen) short(code []byte) {
	switch code[1] {
	case 'D':
		s.down()
	case '7':
		s.savedX, s.savedY = s.x, s.y
	case '8':
		s.x, s.y = s.savedX, s.savedY
	default:
		s.complain(strconv.Quote(string(code)))
	}
}

// restyle adds parameters to a style; 0 ends it.
func restyle(style, parameters string) string {
	for one := range strings.SplitSeq(parameters, ";") {
		switch {
		case one == "" || one == "0":
			style = ""
		case style == "":
			style = one
		default:
			style += ";" + one
		}
	}
	return style
}

func (s *Screen) complain(what string) { s.strange = append(s.strange, what) }

// Strange returns the control characters and codes that it does not understand.
func (s *Screen) Strange() []string { return s.strange }

// Mode says whether a mode, such as "?2004", is on.
func (s *Screen) Mode(name string) bool { return s.modes[name] }

// Text returns all that was shown, what was scrolled off too, without colours
// and without the empty rows at the end. A mark stands where the cursor is.
func (s *Screen) Text() string { return plain(s.Styled()) }

// Styled is Text with the codes of colours, ESC written as \e.
func (s *Screen) Styled() string {
	out := slices.Clone(s.gone)
	for y, row := range s.rows {
		if y == s.y {
			row = slices.Clone(row)
			for len(row) <= s.x {
				row = append(row, space)
			}
			if row[s.x].text == " " {
				row[s.x] = cell{text: "█"}
			} else {
				row[s.x].style = restyle(row[s.x].style, "7")
			}
		}
		out = append(out, styled(row))
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n") + "\n"
}

func styled(row []cell) string {
	var b strings.Builder
	style := ""
	for len(row) > 0 && row[len(row)-1] == space {
		row = row[:len(row)-1]
	}
	for _, c := range row {
		if c.style != style {
			if style != "" {
				b.WriteString(`\e[0m`)
			}
			if c.style != "" {
				b.WriteString(`\e[` + c.style + "m")
			}
			style = c.style
		}
		b.WriteString(c.text)
	}
	if style != "" {
		b.WriteString(`\e[0m`)
	}
	return b.String()
}

func plain(text string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, `\e[`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, text, _ = strings.Cut(after, "m")
	}
}
