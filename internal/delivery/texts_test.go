package delivery

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

const page = "../../docs/notices.md"

// said is a row of the page: when somebody reads what.
type said struct{ when, text string }

// everything is all that the bot says, table by table of the page.
func everything() map[string][]said {
	w := words{"oco"}
	const d, id, far = "deploy", "d1", "shop"
	ended := func(o chat.Outcome, why string, attempt int) string { return w.ended(d, id, o, why, attempt) }
	at := func(h, m, s int) time.Time { return time.Date(2026, 11, 30, h, m, s, 0, time.UTC) }
	limit := 5 * time.Minute
	return map[string][]said{
		"How it ended": {
			{"it is done and said nothing", w.done(d)},
			{"the handler says why it failed", ended(chat.Failed, "there is no app called web", 1)},
			{"the handler fails and does not say why", ended(chat.Failed, "", 1)},
			{"the last of several attempts failed", ended(chat.Failed, "the registry does not answer", 5)},
			{"the handler was lost while it ran", ended(chat.Unknown, "", 1)},
			{"it ran longer than its `max_run`", ended(chat.Unknown, saidTimedOut+span(time.Minute), 1)},
			{"no handler came in time", ended(chat.Expired, far+" is not running", 1)},
			{"its handler ends again and again", ended(chat.Expired, far+" is down", 1)},
			{"its handler was away for longer than it may wait", ended(chat.Expired, far+saidTooLong, 1)},
			{"its handler was removed", ended(chat.Expired, notRegistered, 1)},
			{"it was said long ago", ended(chat.Expired, "", 1)},
			{"who asked may not run it", ended(chat.Refused, "", 1)},
			{"its handler's queue is full", ended(chat.Refused, saidFull+far, 1)},
			{"somebody cancelled it", ended(chat.Cancelled, "by alice: wrong app", 1)},
			{"the chat service did not take an answer", w.notPosted(id, chat.SendFailed)},
			{"nobody knows whether it did", w.notPosted(id, chat.SendUnknown)},
			{"the answer waited for too long", w.notPosted(id, chat.SendExpired)},
		},
		"Meanwhile": {
			{"it waits: no handler", w.waits(d, id, notRunning(far, limit))},
			{"it waits: the handler ends again and again", w.waits(d, id, isDown(far, limit))},
			{"it waits: an operator paused the handler", w.waits(d, id, isPaused(far, "release"))},
			{"the same, without a reason", w.waits(d, id, isPaused(far, ""))},
			{"it waits: all that runs at once runs", w.waits(d, id, isBusy(far))},
			{"it waits behind another of the same person", w.waits(d, id, behind("d0", chat.OrderUser))},
			{"it waits behind another in the room", w.waits(d, id, behind("d0", chat.OrderRoom))},
			{"it waits behind any other", w.waits(d, id, behind("d0", chat.OrderRoute))},
			{"it waits: the bot was started again", w.waits(d, id, botRestarted)},
			{"an attempt was lost, and it may run again", w.again(d, id, saidLost, time.Second)},
			{"the handler asked for another attempt", w.again(d, id, saidNotYet, 30*time.Second)},
			{"it has run for 15 s and said nothing", w.working(d, id)},
		},
		"Answers of the bot": {
			{"`oco retry d1`", runsAgain(id, "d2")},
			{"`oco cancel d1`", isCancelled(id)},
		},
		"For operators": {
			{"an event's handler failed", w.ended("alert of "+far, id, chat.Failed, "", 5)},
			{"messages were not seen", missed(at(12, 1, 3), at(12, 4, 10))},
			{"somebody paused a handler", paused(far, "alice", "release", 3)},
			{"somebody paused all handlers", paused("", "alice", "", 0)},
			{"somebody resumed a handler", resumed(far, "alice", 1)},
			{"somebody resumed all handlers", resumed("", "alice", 3)},
			{"a process ends again and again", w.broken([]string{far}, "exit status 1")},
			{"a process of several plugins does", w.broken([]string{"core", far}, "exit status 1")},
			{"an outcome was on the open list for too long", gone(1)},
			{"several were", gone(3)},
			{"somebody dropped an outcome", dropped(d, id, chat.Unknown, "alice", "done by hand")},
		},
	}
}

// The page shows all that the bot says, as it says it.
func TestThePageShowsAllThatTheBotSays(t *testing.T) {
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(raw)
	shown := ""
	for title, rows := range everything() {
		table := "| when | what it says |\n|---|---|\n"
		for _, r := range rows {
			table += "| " + r.when + " | " + r.text + " |\n"
			shown += r.text + "\n"
		}
		if _, after, found := strings.Cut(doc, "## "+title+"\n"); !found || !strings.Contains(strings.SplitN(after, "\n## ", 2)[0], table) {
			t.Errorf("%s must have under %q:\n%s", page, title, table)
		}
	}
	for _, part := range fixedParts(t, "texts.go") {
		if !strings.Contains(shown, part) {
			t.Errorf("no example shows %q", part)
		}
	}
}

// fixedParts are the words in a file of texts that stand between what is filled in.
func fixedParts(t *testing.T, file string) []string {
	t.Helper()
	tree, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	ast.Inspect(tree, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != gotoken.STRING {
			return true
		}
		text, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.FieldsFunc(strings.NewReplacer("%s", "\x00", "%d", "\x00").Replace(text), func(r rune) bool { return r == 0 }) {
			if strings.Contains(part, " ") && !strings.Contains(part, "/") && part != " MST" && strings.TrimSpace(part) != "" {
				all = append(all, strings.TrimSpace(part))
			}
		}
		return true
	})
	if len(all) < 30 {
		t.Fatalf("%s has %d texts only", file, len(all))
	}
	return all
}
