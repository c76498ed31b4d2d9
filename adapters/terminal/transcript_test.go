package terminal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchatops/oco"
)

// A transcript is what a person types and the bot does, one step a line, and
// then what is on the screen:
//
//	> TEXT         a line of input; a quoted text is unquoted and has no line end of its own
//	~ TEXT         must be what is published next
//	~              nothing may be published
//	REASON| TEXT   the bot has a message posted: handler, notice, bot, client, repeat
//	= OUTCOMES     everything about the last line is done; none if no route took it
//	refuse TEXT    from here on the bot does not take events
//	wait DURATION  time passes
//	-- stdout --   and -- stderr --, -- end --: what must be there
//
// The end is the error of Run, or nothing.
func TestTranscripts(t *testing.T) {
	for _, mode := range []string{"pipe", "interactive"} {
		files, err := filepath.Glob(filepath.Join("testdata", mode, "*.txt"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no transcripts of %s: %v", mode, err)
		}
		for _, file := range files {
			t.Run(mode+"/"+strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				bubble(t, func(t *testing.T) { play(t, string(text), mode == "interactive") })
			})
		}
	}
}

func play(t *testing.T, transcript string, interactive bool) {
	steps, want := split(t, transcript)
	s := start(t, interactive)
	seen := 0
	for _, step := range steps {
		word, rest, _ := strings.Cut(step, " ")
		rest = unquote(t, rest)
		switch word {
		case ">":
			if !strings.HasPrefix(step, `> "`) {
				rest += "\n"
			}
			s.write(rest)
		case "~":
			events := s.bot.published()
			switch {
			case rest == "" && len(events) > seen:
				t.Errorf("published: %q, want nothing", events[seen].Message.Text)
			case rest != "" && len(events) <= seen:
				t.Fatalf("published: nothing, want %q", rest)
			case rest != "" && events[seen].Message.Text != rest:
				t.Errorf("published: %q, want %q", events[seen].Message.Text, rest)
			}
			if rest != "" {
				seen++
			}
		case "=":
			s.settle(outcomesOf(t, rest)...)
		case "refuse":
			s.bot.refuse = func(oco.Incoming) error {
				return &oco.PublishError{Events: map[int]error{0: fmt.Errorf("%s", rest)}}
			}
		case "wait":
			d, err := time.ParseDuration(rest)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(d)
			synctest.Wait()
		case "repeat|":
			if _, err := s.adapter.Send(t.Context(), oco.Outgoing{Room: roomID, Text: rest, Reason: oco.ReasonHandler, PossibleRepeat: true}); err != nil {
				t.Fatal(err)
			}
		default:
			reason := slices.Index([]string{"", "handler|", "notice|", "bot|", "client|"}, word)
			if reason < 1 {
				t.Fatalf("no such step: %q", step)
			}
			s.say(rest, oco.SendReason(reason))
		}
	}
	end := ""
	if err := s.end(); err != nil {
		end = err.Error() + "\n"
	}
	for name, got := range map[string]string{"stdout": s.out.String(), "stderr": s.err.String(), "end": end} {
		if got != want[name] {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want[name])
		}
	}
	if n := len(s.bot.published()); n != seen {
		t.Errorf("%d lines were published, the transcript names %d", n, seen)
	}
}

// split returns the steps, and the sections by name.
func split(t *testing.T, transcript string) (steps []string, sections map[string]string) {
	t.Helper()
	sections = map[string]string{}
	section := ""
	for text := range strings.Lines(transcript) {
		bare := strings.TrimSuffix(text, "\n")
		if name, ok := strings.CutPrefix(bare, "-- "); ok {
			section = strings.TrimSuffix(name, " --")
			sections[section] = ""
			continue
		}
		switch {
		case section != "":
			sections[section] += text
		case bare != "" && !strings.HasPrefix(bare, "#"):
			steps = append(steps, bare)
		}
	}
	for _, name := range []string{"stdout", "stderr", "end"} {
		if _, ok := sections[name]; !ok {
			t.Fatalf("the transcript has no section %q", name)
		}
	}
	return steps, sections
}

func unquote(t *testing.T, text string) string {
	t.Helper()
	if !strings.HasPrefix(text, `"`) {
		return text
	}
	out, err := strconv.Unquote(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

func outcomesOf(t *testing.T, words string) []oco.Outcome {
	t.Helper()
	var out []oco.Outcome
	for word := range strings.FieldsSeq(words) {
		found := false
		for o := oco.Done; o <= oco.Cancelled; o++ {
			if o.String() == word {
				out, found = append(out, o), true
			}
		}
		if !found {
			t.Fatalf("no such outcome: %q", word)
		}
	}
	return out
}
