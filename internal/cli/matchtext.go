package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// matchText says for people what would become of a message.
func matchText(r *ocov1.MatchMessageResponse, env *Env) string {
	var b strings.Builder
	b.WriteString(bold(headline(r), env.Colour) + "\n")
	if c := r.GetCommand(); c != nil {
		routeMatch(&b, c, env)
	}
	for _, h := range r.GetHears() {
		b.WriteString("\n" + bold(key(h)+" hears it", env.Colour) + "\n")
		routeMatch(&b, h, env)
	}
	if r.GetAnswer() != "" {
		b.WriteString("\n" + bold("The bot answers", env.Colour) + "\n")
		b.WriteString("  " + strings.ReplaceAll(strings.TrimRight(PrintableLines(r.GetAnswer()), "\n"), "\n", "\n  ") + "\n")
	}
	if len(r.GetNear()) > 0 {
		b.WriteString("\n" + bold("Nearly", env.Colour) + "\n")
	}
	for _, n := range r.GetNear() {
		fmt.Fprintf(&b, "  %s  %s\n    %s\n", Printable(n.GetPluginId()+":"+n.GetRoute()), Printable(n.GetUsage()), Printable(n.GetProblem()))
		if !n.GetAllowed() {
			b.WriteString("    and who says it may not run it\n")
		}
	}
	if len(r.GetAmbiguities()) > 0 {
		b.WriteString("\n" + bold("Ambiguous", env.Colour) + "\n")
	}
	for _, a := range r.GetAmbiguities() {
		fmt.Fprintf(&b, "  %s  %s\n    it fits as well, and only comes later\n", Printable(a.GetSecond().GetPluginId()+":"+a.GetSecond().GetRoute()), Printable(a.GetSecond().GetPattern()))
	}
	return b.String()
}

// headline is the answer in one sentence.
func headline(r *ocov1.MatchMessageResponse) string {
	c := r.GetCommand()
	switch {
	case r.GetIgnored():
		return "Nothing takes it: the operator ignores this user."
	case r.GetOwnWord() != "":
		return "The bot's own word " + Printable(r.GetOwnWord()) + " takes it."
	case c.GetAllowed():
		return key(c) + " takes it."
	case c != nil:
		return key(c) + " takes it, and is refused."
	case len(r.GetHears()) > 0 && r.GetAddressed():
		return "No command takes it."
	case len(r.GetHears()) > 0:
		return "It is not addressed to the bot."
	case r.GetAddressed():
		return "Nothing takes it."
	}
	return "Nothing takes it: it is not addressed to the bot."
}

func key(m *ocov1.RouteMatch) string { return Printable(m.GetPluginId() + ":" + m.GetRoute()) }

// routeMatch writes what a route takes of the message, and whether it may run.
func routeMatch(b *strings.Builder, m *ocov1.RouteMatch, env *Env) {
	pattern := Printable(m.GetPattern())
	if m.GetDeprecated() {
		pattern += " (deprecated)"
	}
	lines := [][2]string{{"pattern", pattern}}
	for _, a := range m.GetArguments() {
		kind, value := argument(a, env)
		if a.GetSensitive() { // who looks at the screen or the log of a job need not read it
			value = "(not shown)"
		}
		lines = append(lines, [2]string{Printable(a.GetName()), value + "  (" + kind + ")"})
	}
	lines = append(lines, [2]string{"decision", Printable(m.GetDecision())})
	switch {
	case !m.GetAllowed():
	case m.GetOffline():
		lines = append(lines, [2]string{"waits", "no replica of " + Printable(m.GetPluginId()) + " lives"})
	case m.GetWaits() != "":
		lines = append(lines, [2]string{"waits", Printable(m.GetWaits())})
	}
	width := 0
	for _, l := range lines {
		width = max(width, len(l[0]))
	}
	for _, l := range lines {
		fmt.Fprintf(b, "  %-*s  %s\n", width, l[0], l[1])
	}
}

// unknown stands in the place of the type of a value of which nobody found out what it
// is: a user or a room where no chat service can be asked, or what who says it may not
// run.
const unknown = "not looked up"

// argument gives the type and the value of an argument for people.
func argument(a *ocov1.Argument, env *Env) (kind, value string) {
	switch v := a.GetValue().(type) {
	case *ocov1.Argument_Text:
		return "text", quoted(v.Text)
	case *ocov1.Argument_Integer:
		return "integer", strconv.FormatInt(v.Integer, 10)
	case *ocov1.Argument_Number:
		return "number", strconv.FormatFloat(v.Number, 'g', -1, 64)
	case *ocov1.Argument_Flag:
		return "flag", strconv.FormatBool(v.Flag)
	case *ocov1.Argument_Duration:
		return "duration", v.Duration.AsDuration().String()
	case *ocov1.Argument_Time:
		return "time", v.Time.AsTime().In(env.Zone).Format(time.RFC3339)
	case *ocov1.Argument_User:
		return "user", named(v.User.GetUserId(), v.User.GetName())
	case *ocov1.Argument_Room:
		return "room", named(v.Room.GetRoomId(), v.Room.GetName())
	case *ocov1.Argument_File:
		return "file", named(v.File.GetFileId(), v.File.GetName())
	case *ocov1.Argument_List:
		var all []string
		for _, item := range v.List.GetItems() {
			k, value := argument(item, env)
			kind, all = k, append(all, value)
		}
		if kind != unknown {
			kind = "list of " + kind
		}
		return kind, strings.Join(all, ", ")
	}
	return unknown, quoted(a.GetRaw())
}

// quoted shows a text as it is, in quotes if one would not see where it ends.
func quoted(text string) string {
	if text == "" || strings.ContainsAny(text, " \n\t\"") {
		return `"` + Printable(text) + `"`
	}
	return Printable(text)
}

// named is an id with the name that people know.
func named(id, name string) string {
	if name == "" || name == id {
		return Printable(id)
	}
	return Printable(id) + " " + Printable(name)
}
