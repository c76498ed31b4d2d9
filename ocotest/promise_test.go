package ocotest_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

// What a callback returns is for the log; a person reads what it told them, or the
// bot's own words (OCO-ERR-6).
func TestErrorsAreNotShownInTheChat(t *testing.T) {
	var log lines
	h := oco.NewHandler("disk")
	h.Command("plain", "Fail with an error.", func(context.Context, *oco.Message) error { return errors.New("ENOSPC on /dev/sda1") })
	h.Command("told", "Fail with a word.", func(context.Context, *oco.Message) error {
		return oco.Tell("the disk is full", errors.New("ENOSPC on /dev/sda1"))
	})
	h.Command("panic", "Fail badly.", func(context.Context, *oco.Message) error { panic("ENOSPC on /dev/sda1") })
	bot := ocotest.StartWith(t, ocotest.Config{Log: slog.New(slog.NewTextHandler(&log, nil))}, h)
	for word, want := range map[string]string{"plain": "reported an error", "told": "the disk is full", "panic": "reported an error"} {
		log.reset()
		bot.Command(word)
		bot.WantOutcome(oco.Failed)
		if notice := bot.LastNotice(); !strings.Contains(notice, want) || strings.Contains(notice, "ENOSPC") {
			t.Errorf("%s: the notice is %q", word, notice)
		}
		bot.WantNotice(word + " failed")
		bot.WantSilence()
		if !strings.Contains(log.text(), "ENOSPC") {
			t.Errorf("%s: the log does not say why: %s", word, log.text())
		}
	}
}

// lines is a log that is written while it is read.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Reset()
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// A command is known while no replica of its handler lives: it waits, is still
// suggested, and runs when one comes (OCO-LIF-4).
func TestARegistrationOutlivesItsReplicas(t *testing.T) {
	bot := ocotest.Start(t, greeter())
	bot.Kill("greeter")
	wait := bot.BeginCommand("greet world")
	bot.Command("gret world")
	bot.WantAnswer("Did you mean", "greet")
	bot.Restart("greeter")
	wait()
	bot.WantReply("hello world")
}

// A message that fits but for a value, or that nothing takes, is answered by the
// bot, which says what is wrong, and reaches no handler (OCO-RTE-10, OCO-RTE-18).
func TestTheBotAnswersWhatNobodyTakes(t *testing.T) {
	h := oco.NewHandler("scale")
	h.Command("scale {app} {n:integer}", "Scale an app.", func(_ context.Context, m *oco.Message) error {
		t.Errorf("it ran with %q", m.Arg("n"))
		return nil
	})
	bot := ocotest.Start(t, h)
	bot.Command("scale web many")
	bot.WantAnswer("many", "integer", "Usage: scale {app} {n:integer}")
	bot.WantOutcome()
	bot.Command("brew coffee")
	bot.WantAnswer("no command")
	bot.WantOutcome()
	room := bot.As("bob").In("ops")
	room.Command("brew tea")
	room.WantAnswer("no command")
	room.Say("brew tea")
	room.WantSilence()
}

// The bot's own words go to no handler, whatever it listens to (OCO-RTE-15).
func TestTheBotsOwnWordsReachNoHandler(t *testing.T) {
	var mu sync.Mutex
	var heard []string
	h := oco.NewHandler("ear")
	h.Hear(".", "Hear everything.", func(_ context.Context, m *oco.Message) error {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, m.Text())
		return nil
	})
	h.Command("retry {what}", "Retry something of its own.", func(_ context.Context, m *oco.Message) error {
		m.Reply("own " + m.Arg("what"))
		return nil
	})
	h.Command("break", "Fail.", func(context.Context, *oco.Message) error { return errors.New("broken") })
	bot := ocotest.Start(t, h)
	bot.Command("break")
	id := idIn(t, bot.LastNotice())
	bot.WantNotice("break failed")
	mu.Lock()
	if len(heard) != 1 {
		t.Errorf("the handler is to hear everything, and heard %q", heard)
	}
	heard = nil
	mu.Unlock()
	bot.Command("oco retry " + id)
	bot.WantAnswer("runs again")
	bot.Command("oco cancel " + id)
	bot.WantAnswer("ended already")
	bot.WantReply()
	mu.Lock()
	words := strings.Join(heard, ", ")
	mu.Unlock()
	if words != "" {
		t.Errorf("the handler heard %q", words)
	}
	bot.Command("retry build-7")
	bot.WantReply("own build-7")
}
