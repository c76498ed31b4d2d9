package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The codes of colours. Nothing else that is written to a terminal comes from
// chat than what [printable] left.
const (
	styleNone   = "0"
	styleBold   = "1"
	styleDim    = "2"
	styleItalic = "3"
	styleNotice = "33" // yellow
	styleCode   = "36" // cyan
	styleWho    = "1;32"
	styleWhere  = "1;34"
)

// paint gives a text of one line a colour.
func paint(style, text string) string {
	if text == "" {
		return ""
	}
	return "\x1b[" + style + "m" + text + "\x1b[" + styleNone + "m"
}

// paintLines gives each line of a text a colour.
func paintLines(style, text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = paint(style, line)
	}
	return strings.Join(lines, "\n")
}

// render shows the Markdown that people write in chat: fences, headings, lists,
// quotes, and in a line code, bold and italic. What it does not know stays as it
// is, and so do all line ends. The text is printable.
func render(text string) string {
	lines := strings.Split(text, "\n")
	out := make([]string, 0, len(lines))
	fenced := false
	for i, line := range lines {
		mark := strings.HasPrefix(strings.TrimLeft(line, " "), "```")
		switch {
		case mark && fenced:
			fenced = false
		case mark && closes(lines[i+1:]):
			fenced = true
		case fenced:
			out = append(out, paint(styleCode, "  "+line))
		default:
			out = append(out, renderLine(line))
		}
	}
	return strings.Join(out, "\n")
}

// closes says whether a fence that begins before these lines has an end.
func closes(lines []string) bool {
	for _, line := range lines {
		if strings.TrimSpace(line) == "```" {
			return true
		}
	}
	return false
}

func renderLine(line string) string {
	bare := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(bare)]
	if title := strings.TrimLeft(bare, "#"); title != bare && len(bare)-len(title) <= 6 && strings.HasPrefix(title, " ") {
		return indent + paint(styleBold, strings.TrimSpace(title))
	}
	if quoted, ok := strings.CutPrefix(bare, "> "); ok {
		return indent + paint(styleDim, "│ ") + renderInline(quoted)
	}
	for _, mark := range []string{"- ", "* ", "+ "} {
		if item, ok := strings.CutPrefix(bare, mark); ok {
			return indent + "• " + renderInline(item)
		}
	}
	return indent + renderInline(bare)
}

// marks are what stands on both sides of a text in a line, longest first.
var marks = []struct{ mark, style string }{
	{"**", styleBold}, {"__", styleBold}, {"`", styleCode}, {"*", styleItalic}, {"_", styleItalic},
}

// renderInline renders code, bold and italic. Marks inside of others are left.
func renderInline(text string) string {
	var b strings.Builder
	before := ' ' // the character before
	for text != "" {
		if inner, style, n := marked(text, before); n > 0 {
			b.WriteString(paint(style, inner))
			before, text = 'x', text[n:]
			continue
		}
		r, n := utf8.DecodeRuneInString(text)
		if r == '\\' && len(text) > 1 && strings.ContainsRune("*_`\\", rune(text[1])) {
			b.WriteByte(text[1])
			before, text = rune(text[1]), text[2:]
			continue
		}
		b.WriteString(text[:n])
		before, text = r, text[n:]
	}
	return b.String()
}

// marked returns what stands between marks at the beginning of a text, and how
// long it is with them. Marks touch what they mark, and those that are not code
// no word outside.
func marked(text string, before rune) (inner, style string, length int) {
	for _, m := range marks {
		rest, ok := strings.CutPrefix(text, m.mark)
		if !ok {
			continue
		}
		end := strings.Index(rest, m.mark)
		if end <= 0 {
			continue
		}
		inner, after := rest[:end], rest[end+len(m.mark):]
		next, _ := utf8.DecodeRuneInString(after)
		switch {
		case m.style == styleCode:
		case isWord(before) || after != "" && isWord(next):
			continue
		case inner != strings.TrimSpace(inner) || strings.HasPrefix(after, m.mark[:1]):
			continue
		}
		return inner, m.style, len(m.mark)*2 + end
	}
	return "", "", 0
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '*' }
