package exec

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/openchatops/oco/internal/pattern"
)

// clean makes what a program printed lines that are harmless in a chat: sequences that
// speak to a terminal are gone, a line that was written over is what it was last,
// control characters are gone and hidden ones shown, and what is no UTF-8 is replaced.
func clean(raw []byte) []string {
	text := strings.ToValidUTF8(string(raw), "\uFFFD")
	lines := strings.Split(withoutSequences(text), "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, "\r")
		line = line[strings.LastIndexByte(line, '\r')+1:]
		lines[i] = pattern.EscapeHidden(strings.Map(printable, line))
	}
	return lines
}

func printable(r rune) rune {
	if r != '\t' && (r < ' ' || r >= 0x7f && r < 0xa0) {
		return -1
	}
	return r
}

// withoutSequences takes out escape sequences, in the form of seven bits (ESC and a
// character) and of eight (one character of C1). One that does not end takes its line.
func withoutSequences(text string) string {
	if !strings.ContainsAny(text, "\x1b\u0090\u0098\u009b\u009d\u009e\u009f") {
		return text
	}
	var b strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		rest := text[size:]
		switch {
		case r == 0x1b && rest != "":
			text = behindEscape(rest)
			continue
		case r == 0x9b:
			text = behindControl(rest)
			continue
		case r == 0x90 || r == 0x98 || r >= 0x9d && r <= 0x9f:
			text = behindString(rest)
			continue
		}
		b.WriteString(text[:size])
		text = rest
	}
	return b.String()
}

// behindEscape is the text behind what ESC begins.
func behindEscape(text string) string {
	switch text[0] {
	case '[':
		return behindControl(text[1:])
	case ']', 'P', 'X', '^', '_':
		return behindString(text[1:])
	}
	i := 0
	for i < len(text) && text[i] >= 0x20 && text[i] <= 0x2f {
		i++
	}
	if i < len(text) && text[i] >= 0x30 && text[i] <= 0x7e {
		i++
	}
	return text[i:]
}

// behindControl is the text behind parameters and the character that ends them.
func behindControl(text string) string {
	i := 0
	for i < len(text) && text[i] >= 0x20 && text[i] <= 0x3f {
		i++
	}
	if i < len(text) && text[i] >= 0x40 && text[i] <= 0x7e {
		i++
	}
	return text[i:]
}

// behindString is the text behind a string for the terminal, such as the title of its
// window. It ends by BEL or ST, or with its line.
func behindString(text string) string {
	for i, r := range text {
		switch {
		case r == 0x07 || r == 0x9c:
			return text[i+utf8.RuneLen(r):]
		case r == 0x1b && strings.HasPrefix(text[i+1:], `\`):
			return text[i+2:]
		case r == '\n':
			return text[i:]
		}
	}
	return ""
}

// block shows lines as they are, where the chat service knows such blocks: between
// fences that nothing in them can close.
func block(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "\n" + text + "\n" + fence
}

// lineCount is how many lines end in it.
func lineCount(raw []byte) int { return bytes.Count(raw, []byte{'\n'}) }
