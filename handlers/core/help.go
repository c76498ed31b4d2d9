package core

import (
	"context"
	"fmt"
	"strings"

	"github.com/openchatops/oco"
)

const (
	// perPage is how many commands one answer of help shows.
	perPage = 15
	// inDetail is how many commands are shown with all that is known of them.
	inDetail = 3
	// maxHandlers is how many handlers the list of all commands names.
	maxHandlers = 12
)

func declareHelp(h *oco.Handler) {
	h.Command("help [{topic*}] [--page|-p={page:integer=1}]", "Show what I can do, or what I can do about a topic.", help,
		oco.Repeatable(),
		oco.Argument(oco.ArgumentSpec{Name: "topic", Help: "A command, a handler, or any words about what you look for."}),
		oco.Argument(oco.ArgumentSpec{Name: "page", Help: "Which page, if there are several."}))
}

func help(ctx context.Context, msg *oco.Message) error {
	commands, err := msg.Bot().ListCommands(ctx, msg.User().ID, msg.Room().ID)
	if err != nil {
		return lacking("commands.read", err)
	}
	msg.Reply(helpText(commands, strings.Join(msg.Args("topic"), " "), msg.Int("page")))
	return nil
}

// helpText shows a page of the commands that are about a topic; of all commands
// if it is empty. They are those that the asker may run.
func helpText(commands []oco.Command, topic string, page int64) string {
	found := look(newCatalogue(commands), topic)
	switch {
	case len(found.commands) == 0 && topic == "":
		return "There is no command that you may run here."
	case len(found.commands) == 0:
		return fmt.Sprintf("There is no command about %q that you may run here. Say help to see all.", oneLine(topic))
	}
	pages := (len(found.commands) + perPage - 1) / perPage
	if page < 1 || page > int64(pages) {
		return fmt.Sprintf("There is no page %d: there %s.", page, isAre(pages, "page"))
	}
	shown := found.commands[(page-1)*perPage : min(int(page)*perPage, len(found.commands))]
	var b strings.Builder
	b.WriteString(found.title(page, pages))
	switch {
	case topic == "" || found.handler != "":
		b.WriteString(byHandler(shown))
	default:
		details := 0
		if page == 1 {
			details = found.detailed()
		}
		b.WriteString(byRank(shown, details))
	}
	b.WriteString(found.footer(topic, page, pages))
	return strings.TrimSuffix(b.String(), "\n")
}

// title says what is shown, where that does not go without saying.
func (f findings) title(page int64, pages int) string {
	var parts []string
	if f.note != "" {
		parts = append(parts, f.note)
	}
	if pages > 1 {
		parts = append(parts, fmt.Sprintf("%s, page %d of %d.", count(len(f.commands), "command"), page, pages))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, " ") + "\n"
}

// footer says what to say next.
func (f findings) footer(topic string, page int64, pages int) string {
	next := ""
	if page < int64(pages) {
		about := "help"
		if topic != "" {
			about += " " + oneLine(f.topic)
		}
		next = fmt.Sprintf("Say %s --page=%d for more.", about, page+1)
	}
	text := ""
	switch {
	case f.handler != "":
		text = "Say help and a command for more about it."
	case topic != "":
	case pages > 1:
		text = "Say help and a command or any word, or one of the handlers: " + f.handlers() + "."
	default:
		text = "Say help and a command, a handler or any word for more about it."
	}
	return strings.TrimSpace(next + "\n" + text)
}

// handlers names the handlers and says how many commands they have.
func (f findings) handlers() string {
	groups := grouped(f.commands)
	var names []string
	for _, group := range groups[:min(len(groups), maxHandlers)] {
		names = append(names, fmt.Sprintf("%s (%d)", oneLine(group[0].Plugin), len(group)))
	}
	if more := len(groups) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

func isAre(n int, what string) string {
	if n == 1 {
		return "is 1 " + what
	}
	return "are " + count(n, what)
}
