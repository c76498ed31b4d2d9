package delivery

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/texts"
)

const page = "../../docs/notices.md"

// A row of the page: when somebody reads what.
type row struct{ when, text string }

// everything is all that the bot says about deliveries, table by table of the page, in
// the words of a catalogue.
func everything(c *texts.Catalogue) map[string][]row {
	w := words{c, "oco"}
	m := &Machine{opt: Options{Texts: c, BotName: "oco"}}
	const d, id, far = "deploy", "d1", "shop"
	ended := func(o chat.Outcome, why cause, attempt int) string { return w.ended(d, id, o, why, attempt) }
	at := func(h, m, s int) time.Time { return time.Date(2026, 11, 30, h, m, s, 0, time.UTC) }
	limit := 5 * time.Minute
	cancelled := func(reason string) cause { return cause{text: "by alice", who: "alice", reason: reason} }
	return map[string][]row{
		"How it ended": {
			{"it is done and said nothing", w.done(d)},
			{"the handler says why it failed", ended(chat.Failed, said("there is no app called web"), 1)},
			{"the handler fails and does not say why", ended(chat.Failed, cause{}, 1)},
			{"the last of several attempts failed", ended(chat.Failed, said("the registry does not answer"), 5)},
			{"the handler was lost while it ran", ended(chat.Unknown, cause{}, 1)},
			{"it ran longer than its `max_run`", ended(chat.Unknown, m.because(texts.WhyTimedOut, "time", time.Minute).follow(texts.MayGoOn), 1)},
			{"the bot runs with the data of a backup", ended(chat.Unknown, m.because(texts.WhyRestored, "time", "03:00 UTC"), 1)},
			{"no handler came in time", ended(chat.Expired, m.because(texts.WhyNotRunning, "plugin", far), 1)},
			{"its handler ends again and again", ended(chat.Expired, m.because(texts.WhyDown, "plugin", far), 1)},
			{"its handler was away for longer than it may wait", ended(chat.Expired, m.because(texts.WhyAway, "plugin", far), 1)},
			{"its handler was removed", ended(chat.Expired, m.because(texts.WhyRemoved), 1)},
			{"its handler does not take its settings", ended(chat.Expired, m.because(texts.WhySettings, "plugin", far, "problem", "token is missing"), 1)},
			{"it was said long ago", ended(chat.Expired, cause{}, 1)},
			{"who asked may not run it", ended(chat.Refused, cause{}, 1)},
			{"it is dangerous and has characters that nobody sees", ended(chat.Refused, m.because(texts.WhyHidden, "text", `deploy w\u{200B}eb`), 1)},
			{"its handler's queue is full", ended(chat.Refused, m.because(texts.WhyQueueFull, "plugin", far).follow(texts.SayLater), 1)},
			{"somebody cancelled it", ended(chat.Cancelled, cancelled("wrong app"), 1)},
			{"the same, without a reason", ended(chat.Cancelled, cancelled(""), 1)},
			{"the chat service did not take an answer", w.notPosted(id, chat.SendFailed)},
			{"nobody knows whether it did", w.notPosted(id, chat.SendUnknown)},
			{"the answer waited for too long", w.notPosted(id, chat.SendExpired)},
		},
		"Meanwhile": {
			{"it waits: no handler", w.waits(d, id, texts.Of(texts.WaitsHandler, "plugin", far, "time", limit))},
			{"it waits: the handler ends again and again", w.waits(d, id, texts.Of(texts.WaitsDown, "plugin", far, "time", limit))},
			{"it waits: an operator paused the handler", w.waits(d, id, w.isPaused(far, "release"))},
			{"the same, without a reason", w.waits(d, id, w.isPaused(far, ""))},
			{"it waits: all that runs at once runs", w.waits(d, id, texts.Of(texts.WaitsBusy, "plugin", far))},
			{"it waits behind another of the same person", w.waits(d, id, behind("d0", chat.OrderUser))},
			{"it waits behind another in the room", w.waits(d, id, behind("d0", chat.OrderRoom))},
			{"it waits behind any other", w.waits(d, id, behind("d0", chat.OrderRoute))},
			{"it waits: the bot was started again", w.waits(d, id, texts.Of(texts.WaitsRestart))},
			{"an attempt was lost, and it may run again", w.again(d, id, w.Say(texts.WhyLost), time.Second)},
			{"the handler asked for another attempt", w.again(d, id, w.Say(texts.WhyNotYet), 30*time.Second)},
			{"it has run for 15 s and said nothing", w.working(d, id)},
		},
		"For operators": {
			{"an event's handler failed", w.ended(w.Say(texts.RouteOf, "route", "alert", "plugin", far), id, chat.Failed, cause{}, 5)},
			{"messages were not seen", w.missed(at(12, 1, 3), at(12, 4, 10))},
			{"somebody paused a handler", w.paused(far, "alice", "release", 3)},
			{"the same, without a reason", w.paused(far, "alice", "", 3)},
			{"somebody paused all handlers", w.paused("", "alice", "", 0)},
			{"the same, with a reason", w.paused("", "alice", "release", 0)},
			{"somebody resumed a handler", w.resumed(far, "alice", 1)},
			{"somebody resumed all handlers", w.resumed("", "alice", 3)},
			{"somebody changed `paused` in the configuration", w.resumed(far, w.Say(texts.Configuration), 0)},
			{"a process ends again and again", w.broken([]string{far}, "exit status 1")},
			{"a process of several plugins does", w.broken([]string{"core", far}, "exit status 1")},
			{"an outcome was on the open list for too long", w.Say(texts.Gone, "n", 1)},
			{"several were", w.Say(texts.Gone, "n", 3)},
			{"somebody dropped an outcome", w.dropped(d, id, chat.Unknown, "alice", "done by hand")},
			{"the same, without a reason", w.dropped(d, id, chat.Unknown, "alice", "")},
			{"somebody answers the bot at once, again and again", w.Say(texts.LoopFound, "user", "buildbot", "id", "user:1:buildbot", "room", "room:1:ops", "n", 4)},
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
	for title, rows := range everything(nil) {
		table := "| when | what it says |\n|---|---|\n"
		for _, r := range rows {
			table += "| " + r.when + " | " + r.text + " |\n"
			shown += r.text + "\n"
		}
		if _, after, found := strings.Cut(doc, "## "+title+"\n"); !found || !strings.Contains(strings.SplitN(after, "\n## ", 2)[0], table) {
			t.Errorf("%s must have under %q:\n%s", page, title, table)
		}
	}
	for _, e := range about(nil) {
		for _, part := range placeholder.Split(e.Said, -1) {
			if !strings.Contains(shown, part) && e.Name != "notice.tried.one" && e.Name != "operators.loop.one" { // nobody reads that it was tried once
				t.Errorf("no example shows %q of %s", part, e.Name)
			}
		}
	}
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// about are the texts that are said about deliveries by themselves.
func about(c *texts.Catalogue) []texts.Entry {
	all := slices.DeleteFunc(c.Entries(), func(e texts.Entry) bool {
		group, _, _ := strings.Cut(e.Name, ".")
		return !slices.Contains([]string{"notice", "why", "waiting", "operators"}, group) || strings.HasPrefix(e.Name, "why.cancelled")
	})
	return all
}
