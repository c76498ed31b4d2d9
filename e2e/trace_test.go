package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco"
)

// runTraces is a handler that logs what it does.
func runTraces(*site, string) int {
	h := oco.NewHandler("worker")
	log := func(ctx context.Context, msg *oco.Message) {
		msg.Log().Info("the callback works", "n", msg.Arg("n"))
		slog.WarnContext(ctx, "a line of a library")
	}
	h.Command("well {n}", "Go well.", func(ctx context.Context, msg *oco.Message) error {
		log(ctx, msg)
		msg.Reply("well " + msg.Arg("n"))
		return nil
	})
	h.Command("badly {n}", "Go wrong.", func(ctx context.Context, msg *oco.Message) error {
		log(ctx, msg)
		return errors.New("it went wrong")
	})
	oco.Main(h)
	return 0
}

// One id leads from a message to its reply: every line that the bot, the handler
// and the adapter log about it has the same trace, which oco show prints
// (OCO-DLV-50).
func TestATraceLeadsThroughAllProcesses(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := newBot(t, config(s, "adapter", "traces", "none"))
	b.start()
	b.awaitPlugins("chat", "worker")
	s.say("m1", "well 1")
	s.say("m2", "badly 2")
	s.expect(func(p post) bool { return p.Text == "well 1" }, "the reply")
	s.expect(func(p post) bool { return strings.Contains(p.Text, "failed") }, "the notice")
	b.await("all is settled", func() bool { return s.acked() && settled(b) })
	if code := b.terminate(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	b.start() // to be asked
	b.await("it can be asked", func() bool { _, err := b.status(); return err == nil })
	traces := map[string]bool{}
	for _, m := range []struct {
		id    string
		lines []string
	}{
		{"m1", []string{"a line of a library", "admitted", "ended", "offered", "sent", "the adapter posts", "the callback works"}},
		{"m2", []string{"a line of a library", "admitted", "ended", "offered", "sent", "the adapter posts", "the callback failed", "the callback works"}},
	} {
		shown := b.must("show", "-c", b.path("oco.yaml"), "event:1:"+m.id)
		found := regexp.MustCompile(`trace  +([0-9a-f]{32})\n`).FindStringSubmatch(shown)
		delivery := regexp.MustCompile(`delivery (\S+)\n`).FindStringSubmatch(shown)
		if found == nil || delivery == nil {
			t.Fatalf("oco show prints no trace:\n%s", shown)
		}
		trace := found[1]
		traces[trace] = true
		about := map[string]bool{}
		for text := range strings.Lines(b.log()) {
			line := map[string]any{}
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatalf("a line is not JSON: %v: %s", err, text)
			}
			if strings.Contains(text, trace) {
				about[line["msg"].(string)] = true
			}
			if concerns := strings.Contains(text, "event:1:"+m.id+`"`) || strings.Contains(text, delivery[1]); concerns && line["trace"] != trace {
				t.Errorf("a line about %s has another trace than %s: %s", m.id, trace, text)
			}
		}
		if got := slices.Sorted(maps.Keys(about)); !slices.Equal(got, m.lines) {
			t.Errorf("the lines about %s are %q, want %q", m.id, got, m.lines)
		}
	}
	if len(traces) != 2 {
		t.Errorf("two messages have the traces %v", traces)
	}
}
