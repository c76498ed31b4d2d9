package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	cellWidth         = 8.4 // of the font at this size
	lineHeight        = 20
	margin            = 16
	ink, paper, faint = "#d8dee9", "#1f2430", "#8a93a5"
)

// colours are those of the codes that the terminal adapter uses.
var colours = map[string]string{"32": "#a3d977", "33": "#ffd173", "34": "#73b8ff", "36": "#7fdbca"}

// run of text in one style.
type span struct {
	text, style string
}

// draw makes an SVG of a screen. An error names a code that it does not know.
func draw(screen string) ([]byte, error) {
	lines := strings.Split(strings.TrimRight(screen, "\n"), "\n")
	columns := 80
	for _, line := range lines {
		columns = max(columns, widthOf(line))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%d" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">`+"\n",
		float64(columns)*cellWidth+2*margin, len(lines)*lineHeight+2*margin)
	b.WriteString(`<title>The bot in a terminal</title>` + "\n")
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", paper)
	for i, line := range lines {
		spans, err := spansOf(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		column := 0
		for _, s := range spans {
			attributes, err := attributesOf(s.style)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			width := utf8.RuneCountInString(s.text)
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" textLength="%.1f" xml:space="preserve"%s>`,
				margin+float64(column)*cellWidth, margin+i*lineHeight+15, float64(width)*cellWidth, attributes)
			if err := xml.EscapeText(&b, []byte(s.text)); err != nil {
				return nil, err
			}
			b.WriteString("</text>\n")
			column += width
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes(), nil
}

// widthOf counts the columns of a line; one with a code that has no end fails
// later.
func widthOf(line string) int {
	spans, err := spansOf(line)
	if err != nil {
		return 0
	}
	width := 0
	for _, s := range spans {
		width += utf8.RuneCountInString(s.text)
	}
	return width
}

// spansOf splits a line where its style changes.
func spansOf(line string) ([]span, error) {
	var spans []span
	style := ""
	for line != "" {
		text, rest, coded := strings.Cut(line, `\e[`)
		if text != "" {
			spans = append(spans, span{text, style})
		}
		if !coded {
			break
		}
		code, after, ended := strings.Cut(rest, "m")
		if !ended {
			return nil, fmt.Errorf(`the code \e[%s has no end`, rest)
		}
		if style = code; code == "0" {
			style = ""
		}
		line = after
	}
	return spans, nil
}

func attributesOf(style string) (string, error) {
	fill, more := ink, ""
	if style != "" {
		for code := range strings.SplitSeq(style, ";") {
			switch {
			case colours[code] != "":
				fill = colours[code]
			case code == "1":
				more += ` font-weight="bold"`
			case code == "2":
				fill = faint
			case code == "3":
				more += ` font-style="italic"`
			case code == "7":
				more += ` text-decoration="underline"`
			default:
				return "", fmt.Errorf("the code %q is none that this program can draw", code)
			}
		}
	}
	return fmt.Sprintf(` fill="%s"%s`, fill, more), nil
}
