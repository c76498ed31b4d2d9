package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/internal/texts/textstest"
)

// TestHowToTranslate follows docs/howto-translate.md: its files, its commands, in its
// order. Then people speak to the bot, and a reload gives it other texts (OCO-RTE-32,
// OCO-RTE-35).
func TestHowToTranslate(t *testing.T) {
	t.Parallel()
	text := read(t, filepath.Join("..", "docs", "howto-translate.md"))
	dir := shortDir(t)
	steps := 0
	for _, step := range marked.FindAllStringSubmatch(text, -1) {
		steps++
		out, ran := follow(t, dir, step)
		if !ran {
			continue
		}
		switch step[2] {
		case "begin":
			if whole := read(t, filepath.Join(dir, "whole.fr.yaml")); !strings.Contains(whole, "\nlanguage: fr\n") || !strings.Contains(whole, "\nnotice.failed: \"{command} failed: {why}\"\n") {
				t.Errorf("the whole catalogue is\n%s", whole)
			}
		case "missing":
			missing := read(t, filepath.Join(dir, "missing.fr.yaml"))
			if strings.Contains(missing, "\nnotice.failed:") || strings.Contains(missing, "\nunmatched:") || !strings.Contains(missing, "\nnotice.done:") {
				t.Errorf("what is missing is\n%s", missing)
			}
		case "check":
			if out != "oco.yaml is fine\n" {
				t.Errorf("oco check says:\n%s", out)
			}
		case "mistake":
			line, _, _ := strings.Cut(out, "\n")
			if line = strings.TrimPrefix(line, dir+"/"); !strings.Contains(text, "\n```\n"+line+"\n```\n") {
				t.Errorf("the page does not show %q of what oco check says:\n%s", line, out)
			}
		}
	}
	if steps != 6 {
		t.Errorf("the page has %d steps", steps)
	}

	bot := inDir(t, dir, nil, ocoBinary, "run", "-c", "oco.yaml")
	await(t, "the bot is there", func() bool {
		list, _, _ := command(t, dir, "", ocoBinary, "plugins", "-c", "oco.yaml")
		return strings.Count(list, "running") == 2
	})
	bot.tell("frobnicate {bot}")
	bot.expect("« frobnicate {bot} » ? oco help, ou demande dans #aide.")
	config := read(t, filepath.Join(dir, "oco.yaml"))
	write(t, filepath.Join(dir, "oco.yaml"), strings.Replace(config, "ou demande dans #aide", "ou lis le manuel", 1))
	write(t, filepath.Join(dir, "texts.fr.yaml"), read(t, filepath.Join("..", "docs", "texts.de.yaml")))
	if out, errs, code := command(t, dir, "", ocoBinary, "reload", "-c", "oco.yaml"); code != 0 || out != "changed: texts.unmatched, texts_file\n" {
		t.Errorf("oco reload ends with %d: %s%s", code, out, errs)
	}
	bot.tell("frobnicate again")
	bot.expect("« frobnicate again » ? oco help, ou lis le manuel.")
	bot.tell("echoo hello")
	bot.expect("War eins davon gemeint?")
	bot.tell("retry d0123456789ab")
	bot.expect("d0123456789ab kenne ich nicht.")
}

var textLine = regexp.MustCompile(`(?m)^([a-z_.]+): "(.*)"$`)

// TestABotSpeaksItsCatalogueAlone runs a bot of which every text stands between
// brackets. Whatever it says, by itself, stands between them; what its handlers reply
// does not (OCO-RTE-34).
func TestABotSpeaksItsCatalogueAlone(t *testing.T) {
	t.Parallel()
	out, errs, code := command(t, t.TempDir(), "", ocoBinary, "texts")
	if code != 0 {
		t.Fatal(errs)
	}
	file := filepath.Join(t.TempDir(), "wrapped.yaml")
	write(t, file, textLine.ReplaceAllString(out, `$1: "⟦$2⟧"`))
	s, b := withOdd(t, "hangs", "operators_room: ops\noperators: [user:1:alice]\nlimits: {user_messages: 0, loop_answers: 0}\ntexts_file: "+file+"\n")
	b.awaitPlugins("hangs")
	last := 0
	say := func(text, wants string) post {
		t.Helper()
		last++
		s.say(fmt.Sprint("t", last), text)
		return s.expect(func(p post) bool { return p.Text != "" && strings.Contains(p.Text, wants) }, text+" is answered with "+wants)
	}
	say("frobnicate", "There is no command \"frobnicate\"")
	say("onec 1", "Did you mean:")
	say("once", "n is missing")
	say("once 1", "once 1 ran")
	say("quiet 1", "quiet: done.")
	end := say("hang", "it timed out after ⟦1 s⟧")
	id := regexp.MustCompile(`retry (d\w+)`).FindStringSubmatch(end.Text)
	if id == nil {
		t.Fatalf("no id in %q", end.Text)
	}
	say("show "+id[1], "outcome: ⟦unknown⟧")
	say("outcomes", "Open: 1.")
	say("status", "is ready, up")
	say("drop "+id[1]+" done by hand", "is settled: it will not run again.")
	say("retry d0123456789ab", "I know of no d0123456789ab.")
	say("pause worker lunch", "worker is paused: what comes for it waits.")
	say("once 2", "worker is paused by an operator: ⟦lunch.⟧")
	say("resume worker", "worker runs again.")
	say("once 3", "once 3 ran")
	b.must("pause", "--data", b.path("data"), "--reason", "release", "worker")
	s.expect(func(p post) bool { return strings.Contains(p.Text, "worker was paused by operator ") }, "that it is paused")

	own := 0
	for _, p := range s.posted() {
		reply := p.Reason != int(oco.ReasonNotice) && strings.HasSuffix(p.Text, " ran")
		if rest := textstest.Outside(strings.ReplaceAll("\n"+p.Text, "\n- ", "\n")); (rest == "") == reply {
			t.Errorf("the bot says %q", p.Text)
		}
		if !reply {
			own++
		}
	}
	if own < 14 {
		t.Errorf("the bot said %d texts by itself", own)
	}
}
