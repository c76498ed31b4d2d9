package intake

import (
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/texts"
)

// words are what the bot itself says under the rules of this moment.
func (in *Intake) words() *texts.Catalogue { return in.o.Rules.Texts }

// unmatched is what the bot says to who addressed it with words that no route
// takes (OCO-RTE-32). It speaks only of commands that the person may run (OCO-SEC-7).
func (in *Intake) unmatched(found route.Result, text string) string {
	say := in.words()
	switch {
	case found.Problem != nil:
		what := say.Say(texts.BadCommand, "command", pattern.EscapeHidden(found.Near.Name), "problem", say.Sentence(say.Text(problem(found.Problem))))
		return what + "\n" + say.Say(texts.Usage, "usage", found.Usage)
	case len(found.Suggest) > 0:
		lines := []string{say.Say(texts.DidYouMean, "text", misspelt(text, found.Suggest))}
		for _, r := range found.Suggest {
			lines = append(lines, say.Say(texts.Suggestion, "usage", r.Usage()))
		}
		return strings.Join(lines, "\n")
	}
	return say.Say(texts.Unmatched, "text", quote(text), "bot", in.o.Rules.Address.Name)
}

// misspelt is what is repeated of a text that is nearly one of some commands: of one
// with a secret only the first word (OCO-RTE-70).
func misspelt(text string, near []*route.Route) string {
	if words := strings.Fields(text); len(words) > 1 && slices.ContainsFunc(near, (*route.Route).Secret) {
		return quote(words[0]) + " …"
	}
	return quote(text)
}

// quote shows what somebody typed, cut short and without what cannot be seen.
func quote(text string) string { return shortened(text, 60) }

// shown makes what somebody wrote a part of a line: not too long, and without what
// cannot be seen.
func shown(text string) string { return shortened(text, 80) }

// shortened is a text in one line, of so many characters at most.
func shortened(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return pattern.EscapeHidden(text)
}
