package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/openchatops/oco"
	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// runWorded is a handler with one command, the word in its environment, that takes a
// moment and tells in which generation it ran.
func runWorded(_ *site, file string) int {
	word := os.Getenv("WORD")
	h := oco.NewHandler("worded")
	h.Command(word+" {n}", "Work a moment.", func(_ context.Context, msg *oco.Message) error {
		line := word + " " + fmt.Sprint(msg.Arg("n"))
		if err := count(file, line); err != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond) // the work, so that a restart finds some in flight
		msg.Reply(line + " ran in " + os.Getenv("GENERATION"))
		return nil
	}, oco.InOrder(oco.OrderNone))
	oco.Main(h)
	return 0
}

// worded is a line of the configuration for such a handler.
func (b *bot) worded(s *service, word, generation, more string) string {
	return fmt.Sprintf("  - {name: %s, command: [%q, plugin, worded, %q, %q], env: {WORD: %s, GENERATION: %q}%s}\n", word, self, s.url, b.path("runs"), word, generation, more)
}

// reconfigure puts another configuration in the place of the one of the bot that runs,
// as an editor does: nobody sees half of it.
func (b *bot) reconfigure(config string) {
	b.t.Helper()
	write(b.t, b.path("oco.new"), "data: ./data\nlog: {level: debug}\nlisten: {http: \"\"}\n"+unbounded(config))
	if err := os.Rename(b.path("oco.new"), b.path("oco.yaml")); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bot) reload() string {
	b.t.Helper()
	return b.must("reload", "--data", b.path("data"))
}

// withWords runs a bot with the bundled handlers and a handler for each word.
func withWords(t *testing.T, words ...string) (s *service, b *bot, config func(change func(word string) (generation, more string)) string) {
	t.Helper()
	s, b = newService(t), newBot(t, "")
	config = func(change func(word string) (generation, more string)) string {
		text := fmt.Sprintf("adapter: {name: chat, command: [%q, plugin, adapter, %q]}\nhandlers:\n  - name: core\n", self, s.url)
		for _, word := range words {
			generation, more := change(word)
			if generation != "" {
				text += b.worded(s, word, generation, more)
			}
		}
		return text
	}
	b.reconfigure(config(func(string) (string, string) { return "1", "" }))
	b.start()
	b.awaitPlugins(append([]string{"chat", "core"}, words...)...)
	return s, b, config
}

// TestReloadUnderLoad changes two handlers again and again while people use both. The
// process of one is restarted, the other opens its streams anew; every command ends
// done, and none runs twice
// (OCO-LIF-32, OCO-LIF-33,
// OCO-RPC-30).
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	rounds, load := 3, 40
	if torture {
		rounds, load = 20, 80
	}
	s, b, config := withWords(t, "stays", "moves")
	pids := func() [4]uint32 {
		return [4]uint32{b.plugin("chat").GetProcessId(), b.plugin("core").GetProcessId(), b.plugin("stays").GetProcessId(), b.plugin("moves").GetProcessId()}
	}
	before := pids()
	said := 0
	for round := range rounds {
		var talk sync.WaitGroup
		talk.Go(func() {
			for range load {
				for _, word := range []string{"stays", "moves"} {
					s.say(fmt.Sprintf("m%d", said), fmt.Sprintf("%s %d", word, said))
					said++
				}
				time.Sleep(5 * time.Millisecond) // people are no faster
			}
		})
		generation := fmt.Sprint(round + 2)
		b.reconfigure(config(func(word string) (string, string) {
			if word == "moves" {
				return generation, ""
			}
			return "1", fmt.Sprintf(", max_in_flight: %d", 4+round%2)
		}))
		if got := b.reload(); got != "changed: handlers.moves.env, handlers.stays.max_in_flight\nstarted, restarted or ended: moves\n" {
			t.Errorf("oco reload says:\n%s", got)
		}
		talk.Wait()
	}
	b.await("everything has ended", func() bool { return s.acked() && settled(b) })
	after := pids()
	if [3]uint32(before[:3]) != [3]uint32(after[:3]) || before[3] == after[3] {
		t.Errorf("the processes of chat, core, stays and moves were %v and are %v", before, after)
	}
	if all := b.deliveries(); len(all) != said {
		t.Errorf("%d commands have %d deliveries", said, len(all))
	} else {
		for _, d := range all {
			if d.GetOutcome() != ocov1.Outcome_OUTCOME_DONE || len(d.GetAttempts()) != 1 {
				t.Errorf("%s of %s ended %v after %d attempts: %s", d.GetDeliveryId(), d.GetPluginId(), d.GetOutcome(), len(d.GetAttempts()), d.GetDetail())
			}
		}
	}
	runs := map[string]int{}
	for line := range strings.Lines(read(t, b.path("runs"))) {
		runs[strings.TrimSpace(line)]++
	}
	generations, answers := map[string]bool{}, map[string]int{}
	for _, p := range s.posted() {
		if line, generation, ok := strings.Cut(p.Text, " ran in "); ok {
			answers[line]++
			generations[generation] = generations[generation] || strings.HasPrefix(line, "moves")
		}
	}
	for i := range said {
		line := fmt.Sprintf("%s %d", []string{"stays", "moves"}[i%2], i)
		if runs[line] != 1 || answers[line] != 1 {
			t.Errorf("%s ran %d times and was answered %d times", line, runs[line], answers[line])
		}
	}
	if last := fmt.Sprint(rounds + 1); !generations[last] {
		t.Errorf("nothing ran in generation %s: %v", last, generations)
	}
}

// TestReloadChangesNothingIfAnythingIsWrong tries files that are broken, half
// written, gone, without a secret, or good but for a name (OCO-LIF-34).
func TestReloadChangesNothingIfAnythingIsWrong(t *testing.T) {
	t.Parallel()
	s, b, config := withWords(t, "works")
	pid := b.plugin("works").GetProcessId()
	same := func(string) (string, string) { return "1", "" }
	good := read(t, b.path("oco.yaml"))
	for name, c := range map[string]struct{ file, want string }{
		"two mistakes":  {good + "naem: x\nretention: {text: soon}\n", "retention.text"},
		"half written":  {good[:len(good)/2], "oco.yaml:"},
		"no secret":     {good + "prefix: ${file:./gone}\n", "gone"},
		"no such user":  {strings.Replace(config(same), "name: works,", "name: works, user: no-such-user-here,", 1), "user"},
		"no such scope": {strings.Replace(config(same), "name: works,", "name: works, scopes: [a.b],", 1), "a.b"},
		"no manifest":   {strings.Replace(config(same), "name: works,", "name: works, manifest: gone.json,", 1), "gone.json"},
		"no plugin":     {strings.Replace(config(same), "name: core", "name: cor", 1), "cor"},
	} {
		if !strings.HasPrefix(c.file, "data:") {
			c.file = "data: ./data\nlisten: {http: \"\"}\n" + c.file
		}
		write(t, b.path("oco.yaml"), c.file)
		out, errs, code := b.oco("reload", "--data", b.path("data"))
		if code != 1 || !strings.Contains(errs, c.want) || !strings.Contains(errs, "nothing has changed") || out != "" {
			t.Errorf("%s: oco reload ends with %d:\n%s%s", name, code, out, errs)
		}
		if name == "two mistakes" && !strings.Contains(errs, "naem") {
			t.Errorf("only one of two mistakes is told:\n%s", errs)
		}
	}
	if err := os.Remove(b.path("oco.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := b.oco("reload", "--data", b.path("data")); code != 1 || !strings.Contains(errs, "does not exist") {
		t.Errorf("without the file oco reload ends with %d:\n%s", code, errs)
	}
	if now := b.plugin("works").GetProcessId(); now != pid {
		t.Errorf("the process was %d and is %d", pid, now)
	}
	s.say("m1", "works 1")
	s.expect(func(p post) bool { return p.Text == "works 1 ran in 1" }, "the reply as before")
	write(t, b.path("oco.yaml"), good)
	if got := b.reload(); got != "nothing has changed\n" {
		t.Errorf("the file of before: %s", got)
	}
}

// TestReloadAddsAndRemoves adds a handler, removes one with work that waits, changes
// who may use a route, and changes what only a start can (OCO-LIF-35, OCO-LIF-36).
func TestReloadAddsAndRemoves(t *testing.T) {
	t.Parallel()
	s, b, config := withWords(t, "old", "new", "both")
	only := func(words string, more map[string]string) string {
		return config(func(word string) (string, string) {
			if strings.Contains(words, word) {
				return "1", more[word]
			}
			return "", ""
		})
	}
	b.reconfigure(only("old both", nil))
	if got := b.reload(); got != "changed: handlers.new\nstarted, restarted or ended: new\n" {
		t.Errorf("oco reload says:\n%s", got)
	}
	s.say("m1", "new 1")
	s.expect(func(p post) bool { return strings.HasPrefix(p.Text, "There is no command") }, "that the command is gone")

	// What waits for a handler that leaves ends, and who asked is told.
	b.must("pause", "--data", b.path("data"), "old")
	s.say("m2", "old 2")
	b.await("it waits", func() bool { return b.plugin("old").GetWaiting() == 1 })
	b.reconfigure(only("new both", map[string]string{"both": ", max_in_flight: 2, log_level: error"}) + "routes: {\"both:both\": {allow: [operators]}}\n")
	if got := b.reload(); got != "changed: handlers.both.log_level, handlers.both.max_in_flight, handlers.new, handlers.old, routes.both:both\nstarted, restarted or ended: new, old\n" {
		t.Errorf("oco reload says:\n%s", got)
	}
	s.expect(func(p post) bool { return strings.Contains(p.Text, "not registered any more") }, "the notice of what waited")
	if p := b.plugin("old"); p != nil {
		t.Errorf("the handler that left is listed: %v", p)
	}
	s.say("m3", "new 3")
	s.expect(func(p post) bool { return p.Text == "new 3 ran in 1" }, "the reply of the handler that came")
	s.say("m4", "both 4")
	s.expect(func(p post) bool { return strings.Contains(p.Text, "refused") || strings.Contains(p.Text, "may not") }, "that alice may not")
	b.await("the streams have the new bound", func() bool {
		p := b.plugin("both")
		return len(p.GetReplicas()) == 1 && p.GetReplicas()[0].GetConnected() && p.GetReplicas()[0].GetMaxInFlight() == 2
	})

	// SIGHUP does the same. What waits for a start is warned of until it holds.
	b.reconfigure(strings.Replace(only("new both", nil), "adapter:", "store: {sync: false}\noperators: [\"user:1:alice\"]\nadapter:", 1) + "routes: {\"both:both\": {allow: [operators]}}\n")
	if err := b.current().cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	b.await("the log says what became of it", func() bool {
		return strings.Contains(b.log(), `"changed":"handlers.both.log_level handlers.both.max_in_flight operators"`) && strings.Contains(b.log(), `"needs_restart":"store.sync"`)
	})
	s.say("m5", "both 5")
	s.expect(func(p post) bool { return p.Text == "both 5 ran in 1" }, "the reply to an operator")
	if out := b.must("status", "--data", b.path("data")); !strings.Contains(out, "the configuration has changed in store.sync") {
		t.Errorf("oco status does not warn:\n%s", out)
	}
}

// TestReloadTriesAgain adds a handler whose socket cannot be opened. The next reload
// starts it although the file is the same, once what was in the way is gone.
func TestReloadTriesAgain(t *testing.T) {
	t.Parallel()
	s, b, config := withWords(t, "old", "new")
	b.reconfigure(config(func(word string) (string, string) {
		if word == "old" {
			return "1", ""
		}
		return "", ""
	}))
	b.reload()
	inTheWay := b.path("data/run/new.sock")
	if err := os.Mkdir(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	b.reconfigure(config(func(string) (string, string) { return "1", "" }))
	for range 2 {
		if _, errs, code := b.oco("reload", "--data", b.path("data")); code != 1 || !strings.Contains(errs, "`oco reload` tries again") || !strings.Contains(b.log(), inTheWay) {
			t.Errorf("oco reload exited %d and says:\n%s", code, errs)
		}
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	if got := b.reload(); got != "started, restarted or ended: new\n" {
		t.Errorf("oco reload says:\n%s", got)
	}
	s.say("m1", "new 1")
	s.expect(func(p post) bool { return p.Text == "new 1 ran in 1" }, "the reply of the handler that came")
	if got := b.reload(); got != "nothing has changed\n" {
		t.Errorf("oco reload says:\n%s", got)
	}
}

// TestReloadOfTheAdapter gives the adapter another environment while people talk: it is
// restarted, and what they say then is neither lost nor taken twice (OCO-LIF-33).
func TestReloadOfTheAdapter(t *testing.T) {
	t.Parallel()
	s, b, config := withWords(t, "works")
	text := config(func(string) (string, string) { return "1", "" })
	pid := b.plugin("chat").GetProcessId()
	var talk sync.WaitGroup
	talk.Go(func() {
		for i := range 60 {
			s.say(fmt.Sprintf("m%d", i), fmt.Sprintf("works %d", i))
			time.Sleep(5 * time.Millisecond) // so that the reload comes between
		}
	})
	b.reconfigure(strings.Replace(text, "name: chat,", "name: chat, env: {OTHER: x},", 1))
	if got := b.reload(); got != "changed: adapter.env\nstarted, restarted or ended: chat\n" {
		t.Errorf("oco reload says:\n%s", got)
	}
	talk.Wait()
	b.await("everything has ended", func() bool { return s.acked() && settled(b) })
	if now := b.plugin("chat").GetProcessId(); now == pid || now == 0 {
		t.Errorf("the process of the adapter was %d and is %d", pid, now)
	}
	if all := b.deliveries(); len(all) != 60 {
		t.Errorf("60 commands have %d deliveries", len(all))
	}
	said := map[string]int{}
	for _, p := range s.posted() {
		said[p.Text]++
	}
	for i := range 60 {
		if n := said[fmt.Sprintf("works %d ran in 1", i)]; n != 1 {
			t.Errorf("works %d was answered %d times", i, n)
		}
	}
}

// TestReloadOfAPluginThatHangs waits no longer than the grace for work that does not
// end: the person is told, and the process is another one.
func TestReloadOfAPluginThatHangs(t *testing.T) {
	t.Parallel()
	s, b := withOdd(t, "hangs", "limits: {stop_grace: 1s}\n")
	b.awaitPlugins("hangs")
	s.say("m1", "hang")
	await(t, "the callback hangs", func() bool { return s.reached("hanging") == 1 })
	pid := b.plugin("hangs").GetProcessId()
	text := strings.Replace(read(t, b.path("oco.yaml")), "{name: hangs,", "{name: hangs, env: {OTHER: x},", 1)
	write(t, b.path("oco.yaml"), text)
	if got := b.reload(); got != "changed: handlers.hangs.env\nstarted, restarted or ended: hangs\n" {
		t.Errorf("oco reload says:\n%s", got)
	}
	b.awaitPlugins("hangs")
	if now := b.plugin("hangs").GetProcessId(); now == pid {
		t.Error("the process is the one that hangs")
	}
	s.expect(func(p post) bool { return strings.HasPrefix(p.Text, "hang: outcome unknown") }, "the notice")
	s.others("m2")
}

// TestReloadDuringTheStart asks for reloads from the moment on in which the bot can be
// asked: they wait for the start, and none starts a process that the start does
// (OCO-LIF-37).
func TestReloadDuringTheStart(t *testing.T) {
	t.Parallel()
	s, b, _ := withWords(t, "works")
	for range 3 {
		b.terminate()
		b.start()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				await(t, "a reload is answered", func() bool {
					return b.admin(t.Context(), func(ctx context.Context, c ocov1.AdminServiceClient) error {
						_, err := c.Reload(ctx, &ocov1.ReloadRequest{})
						return err
					}) == nil
				})
			})
		}
		all.Wait()
		b.awaitPlugins("chat", "core", "works")
	}
	s.say("m1", "works 1")
	s.expect(func(p post) bool { return p.Text == "works 1 ran in 1" }, "the reply")
}

// TestReloadsAtOnce asks for many reloads at once, some while the bot stops: each is
// answered, none leaves anything behind (OCO-LIF-37).
func TestReloadsAtOnce(t *testing.T) {
	t.Parallel()
	s, b, config := withWords(t, "works")
	var all sync.WaitGroup
	reload := func() error {
		return b.admin(t.Context(), func(ctx context.Context, c ocov1.AdminServiceClient) error {
			_, err := c.Reload(ctx, &ocov1.ReloadRequest{})
			return err
		})
	}
	for i := range 6 {
		b.reconfigure(config(func(string) (string, string) { return fmt.Sprint(i + 2), "" }))
		all.Go(func() {
			if err := reload(); err != nil {
				t.Errorf("reload: %v", err)
			}
		})
	}
	all.Wait()
	if err := reload(); err != nil {
		t.Error(err)
	}
	s.say("m1", "works 1")
	s.expect(func(p post) bool { return p.Text == "works 1 ran in 7" }, "the reply of the last")
	b.reconfigure(config(func(string) (string, string) { return "8", "" }))
	for range 4 {
		all.Go(func() { _ = reload() }) //nolint:errcheck // some come too late
	}
	if code := b.terminate(); code != 0 {
		t.Errorf("the bot ended with %d", code)
	}
	all.Wait()
}
