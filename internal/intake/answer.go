package intake

import (
	"strings"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
)

// unmatched is what the bot says to who addressed it with words that no route
// takes. It speaks only of commands that the person may run (OCO-SEC-7).
func (in *Intake) unmatched(found route.Result, text string) string {
	switch {
	case found.Problem != nil:
		return found.Near.Name + ": " + pattern.EscapeHidden(found.Problem.String()) + ".\nUsage: " + found.Usage
	case len(found.Suggest) > 0:
		var b strings.Builder
		b.WriteString("There is no command " + quote(text) + ". Did you mean:")
		for _, r := range found.Suggest {
			b.WriteString("\n  " + r.Usage())
		}
		return b.String()
	}
	return "There is no command " + quote(text) + ". Say \"" + in.o.Rules.Address.Name + " help\" to see what there is."
}

// quote shows what somebody typed, cut short and without what cannot be seen.
func quote(text string) string {
	const most = 60
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return "\"" + pattern.EscapeHidden(text) + "\""
}
