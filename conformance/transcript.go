package conformance

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// A Case is one story of a transcript: lines that hold together, and must hold
// apart from all others.
type Case struct {
	File string
	Line int
	// Title is what its comment says, without the requirements.
	Title string
	// Requirements are the ids in its comment, which it shows to be kept.
	Requirements []string
	steps        []step
}

// Name tells the case from others.
func (c Case) Name() string { return fmt.Sprintf("%s:%d %s", c.File, c.Line, c.Title) }

// A step is one line: something that a person says, or that is expected.
type step struct {
	line int
	verb verb
	who  string // of said
	room string // a channel, or the direct room of a person: dm-NAME
	text string // with … for anything
}

type verb int

const (
	said   verb = iota + 1 // a person says it
	edited                 // a person gives what they said last another text
	heard                  // the bot or a handler says it
	notice                 // the bot tells it about an outcome
	quiet                  // nothing is said
)

var (
	spoken      = regexp.MustCompile(`^([a-z]+)\s+(#[a-z0-9-]+|dm)\s*(>|~)\s?(.*)$`)
	noticed     = regexp.MustCompile(`^notice\s+(#[a-z0-9-]+|dm)\s*>\s?(.*)$`)
	requirement = regexp.MustCompile(`\[(OCO-[A-Z]{3}-\d+)\]`)
)

// Parse reads a transcript. Cases begin with a comment and end with an empty line.
//
//	alice #ops> text      alice says it in the channel ops
//	alice dm> text        alice says it to the bot in her direct room
//	alice #ops~ text      alice gives what she said last there another text
//	oco #ops> text        the bot or a handler says it
//	notice #ops> text     the bot tells it about an outcome
//	silence               nothing is said
//
// In what is expected … stands for anything, and \n for the end of a line in any
// text. What is said in a direct room is said to who spoke last.
func Parse(file string, in io.Reader) ([]Case, error) {
	var cases []Case
	var open *Case
	direct := ""
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		fail := func(why string) error { return fmt.Errorf("%s:%d: %s", file, n, why) }
		switch {
		case line == "":
			open = nil
			continue
		case strings.HasPrefix(line, "#"):
			if open == nil {
				cases = append(cases, Case{File: file, Line: n})
				open, direct = &cases[len(cases)-1], ""
			}
			if len(open.steps) > 0 {
				return nil, fail("a comment stands at the beginning of a case: leave an empty line before it")
			}
			open.describe(strings.TrimSpace(strings.TrimLeft(line, "#")))
			continue
		case open == nil:
			return nil, fail("a case begins with a comment that says what it shows")
		}
		s, err := parseStep(line, &direct)
		if err != nil {
			return nil, fail(err.Error())
		}
		s.line = n
		open.steps = append(open.steps, s)
	}
	for _, c := range cases {
		if len(c.steps) == 0 {
			return nil, fmt.Errorf("%s:%d: the case shows nothing", file, c.Line)
		}
	}
	return cases, lines.Err()
}

func (c *Case) describe(text string) {
	for _, found := range requirement.FindAllStringSubmatch(text, -1) {
		c.Requirements = append(c.Requirements, found[1])
	}
	text = strings.TrimSpace(requirement.ReplaceAllString(text, ""))
	c.Title = strings.TrimSpace(c.Title + " " + text)
}

func parseStep(line string, direct *string) (step, error) {
	if line == "silence" {
		return step{verb: quiet}, nil
	}
	place := func(name string) string {
		if name == "dm" {
			return *direct
		}
		return name[1:]
	}
	text := func(written string) string { return strings.ReplaceAll(written, `\n`, "\n") }
	if m := noticed.FindStringSubmatch(line); m != nil {
		return step{verb: notice, room: place(m[1]), text: text(m[2])}, nil
	}
	m := spoken.FindStringSubmatch(line)
	switch {
	case m == nil:
		return step{}, fmt.Errorf("%q is neither `NAME #ROOM> TEXT`, `NAME dm> TEXT`, `notice ROOM> TEXT` nor `silence`", line)
	case m[1] == botName && m[3] == "~":
		return step{}, fmt.Errorf("%q: only people are made to edit", line)
	case m[1] == botName:
		return step{verb: heard, room: place(m[2]), text: text(m[4])}, nil
	}
	*direct = directRoom(m[1])
	out := step{verb: said, who: m[1], room: place(m[2]), text: text(m[4])}
	if m[3] == "~" {
		out.verb = edited
	}
	return out, nil
}

// fits says whether a text is what is expected.
func fits(want, text string) bool {
	parts := strings.Split(want, "…")
	if len(parts) == 1 {
		return want == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return strings.HasSuffix(text, parts[last])
}
