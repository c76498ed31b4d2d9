package terminal

import (
	"fmt"
	"strings"
)

// ownWord is a word that the adapter itself understands.
type ownWord struct {
	word, argument, help string
}

// ownWords are all of them, as /help shows them.
var ownWords = []ownWord{
	{"/as", "NAME", "speak as another user"},
	{"/room", "NAME", "go to a room; address the bot there"},
	{"/dm", "", "go back to where the bot and you are alone"},
	{"/help", "", "show this"},
}

const moreHelp = `  //TEXT       say a text that begins with /

Tab completes commands, names and the words above. Up and Down bring back what
you typed; a line that begins with a space is not kept. A pasted text is one
message: its line ends are shown as ⏎. Ctrl-C takes the line back, or ends like
Ctrl-D if there is none.`

// obey does what an own word says. If the line is none, it returns the text that
// is for the bot. Otherwise it returns what to tell the person, which is a
// complaint if there is an error.
func (p *places) obey(line string) (text, answer string, own bool, err error) {
	if strings.HasPrefix(line, "//") {
		return line[1:], "", false, nil
	}
	if !strings.HasPrefix(line, "/") {
		return line, "", false, nil
	}
	words := strings.Fields(line)
	argument := ""
	if len(words) > 1 {
		argument = words[1]
	}
	switch {
	case len(words) > 2 || len(words) == 2 && (words[0] == "/dm" || words[0] == "/help"):
		return "", "", true, fmt.Errorf("%s takes less than that: /help shows how", printable(words[0]))
	case words[0] == "/as":
		return "", "", true, p.as(argument)
	case words[0] == "/room":
		if err := p.join(argument); err != nil {
			return "", "", true, err
		}
		return "", fmt.Sprintf("The bot listens here to who addresses it: %s: help", printable(p.bot)), true, nil
	case words[0] == "/dm":
		p.leave()
		return "", "", true, nil
	case words[0] == "/help":
		return "", ownHelp(), true, nil
	}
	return "", "", true, fmt.Errorf("there is no %s: /help shows what there is, and //… says a text that begins with /", printable(words[0]))
}

func ownHelp() string {
	var b strings.Builder
	for _, w := range ownWords {
		fmt.Fprintf(&b, "  %-12s %s\n", strings.TrimSpace(w.word+" "+w.argument), w.help)
	}
	return b.String() + moreHelp
}
