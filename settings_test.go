package oco

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc/codes"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

type options struct {
	Token   string `oco:",secret" help:"The API token."`
	Retries int    `default:"3"`
}

func given(token string, retries int64) []*ocov1.Argument {
	return []*ocov1.Argument{
		{Name: "token", Sensitive: true, Value: &ocov1.Argument_Text{Text: token}},
		{Name: "retries", Value: &ocov1.Argument_Integer{Integer: retries}},
	}
}

func settingsChangedFrame() *ocov1.Frame {
	return &ocov1.Frame{Kind: &ocov1.Frame_SettingsChanged{SettingsChanged: &ocov1.SettingsChanged{}}}
}

// set changes the settings as an operator does, and tells the plugin.
func (b *fakeBot) set(t *testing.T, settings []*ocov1.Argument) {
	t.Helper()
	b.locked(func() { b.settings = settings })
	b.push(t, settingsChangedFrame())
}

// Callbacks find the settings that count when they start; refused ones do not
// (OCO-SET-2, OCO-SET-5, OCO-SET-8).
func TestAHandlerReadsItsSettings(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.settings = given("hunter2", 5)
		h := NewHandler("echo")
		now := Settings(h, func(o options) error {
			if o.Token == "bad" {
				return errors.New("the server does not know the token")
			}
			if o.Token == "panic" {
				panic("no token")
			}
			return nil
		})
		if now() != (options{}) {
			t.Error("there are settings before there is a bot")
		}
		var seen []options
		h.Command("try", "", func(context.Context, *Message) error {
			seen = append(seen, now())
			return nil
		})
		p := b.run(t, h)
		if specs := b.seen().registers[0].GetManifest().GetSettings(); len(specs) != 2 || specs[0].Name != "token" || !specs[0].Sensitive || specs[1].GetDefaultText() != "3" {
			t.Errorf("declared: %v", specs)
		}
		try := func(id string, want options) {
			t.Helper()
			b.push(t, frame(said(id, "try", "try")))
			if seen[len(seen)-1] != want {
				t.Errorf("the callback has %+v, want %+v", seen[len(seen)-1], want)
			}
		}
		try("1", options{"hunter2", 5})
		b.set(t, given("new", 6))
		try("2", options{"new", 6})
		b.set(t, given("bad", 7))
		try("3", options{"new", 6})
		if r := b.seen().registers; r[len(r)-1].GetSettingsProblems()[0].GetText() != "the server does not know the token" || len(r[len(r)-1].GetManifest().GetRoutes()) != 1 {
			t.Errorf("the bot is told %v", r[len(r)-1])
		}
		b.set(t, given("panic", 7))
		try("4", options{"new", 6})
		if r := b.seen().registers; !strings.Contains(r[len(r)-1].GetSettingsProblems()[0].GetText(), "panicked") {
			t.Errorf("the bot is told %v", r[len(r)-1])
		}
		b.onRegister = func(*ocov1.RegisterRequest) error {
			return refusal(codes.FailedPrecondition, "SETTINGS_INVALID")
		}
		b.set(t, nil)
		try("5", options{"new", 6})
		b.locked(func() { b.onRegister = nil })
		b.set(t, given("mended", 8))
		try("6", options{"mended", 8})
		p.end(t)
	})
}

// Two changes that come together: the second is not lost in the first.
func TestEveryChangeIsAskedFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.settings = given("a", 1)
		h := NewHandler("echo")
		now := Settings[options](h, nil)
		p := b.run(t, h)
		before := len(b.seen().registers)
		b.locked(func() { b.settings = given("b", 2) })
		b.push(t, settingsChangedFrame(), settingsChangedFrame())
		if n := len(b.seen().registers) - before; n != 2 || now().Token != "b" {
			t.Errorf("registered %d times, %+v", n, now())
		}
		p.end(t)
	})
}

func TestFirstSettingsThatAreRefusedEndThePlugin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.settings = given("bad", 1)
		h := NewHandler("echo")
		Settings(h, func(options) error { return errors.New("no") })
		if err := Run(t.Context(), b.options(), h); err == nil || !strings.Contains(err.Error(), "SETTINGS_INVALID") {
			t.Errorf("Run: %v", err)
		}
		if r := b.seen(); len(r.registers) != 2 || r.registers[1].GetSettingsProblems()[0].GetText() != "no" || len(r.streams) != 0 {
			t.Errorf("%v", r.registers)
		}
	})
}

// settableAdapter has an account that depends on its settings.
type settableAdapter struct {
	testAdapter
	now   func() options
	began []options
}

func (a *settableAdapter) Run(ctx context.Context, bot Bot) error {
	a.began = append(a.began, a.now())
	return a.testAdapter.Run(ctx, bot)
}

func (a *settableAdapter) Describe() Description { return Description{Account: "of " + a.now().Token} }

func newSettable() (*settableAdapter, *AdapterPlugin) {
	a := &settableAdapter{}
	p := NewAdapter("chat", "test", a)
	a.now = Settings[options](p, nil)
	return a, p
}

// An adapter has its settings before it says what it is, and before Run
// (OCO-SET-4).
func TestAnAdapterIsWhatItsSettingsMakeIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.settings = given("hunter2", 5)
		a, p := newSettable()
		r := b.run(t, p)
		seen := b.seen().registers
		if len(seen) != 2 || !seen[0].GetSettingsOnly() || seen[1].GetSettingsOnly() || seen[0].GetManifest().GetAdapter() != nil || seen[1].GetManifest().GetAdapter().GetAccount() != "of hunter2" ||
			len(seen[0].GetManifest().GetSettings()) != 2 || len(seen[1].GetManifest().GetSettings()) != 2 {
			t.Errorf("%v", seen)
		}
		if len(a.began) != 1 || a.began[0] != (options{"hunter2", 5}) {
			t.Errorf("it ran with %v", a.began)
		}
		r.end(t)
	})
}

// An adapter that cannot change ends in order, to be started again (OCO-SET-8).
func TestAnAdapterThatCannotChangeEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.settings = given("a", 1)
		a, p := newSettable()
		ended := false
		a.run = func(ctx context.Context, _ Bot) error {
			<-ctx.Done()
			ended = true
			return nil
		}
		r := b.run(t, p)
		b.push(t, settingsChangedFrame()) // to what they are
		select {
		case err := <-r.done:
			t.Fatalf("it ended without a change: %v", err)
		default:
		}
		b.locked(func() {
			b.onRegister = func(*ocov1.RegisterRequest) error { return refusal(codes.FailedPrecondition, "SETTINGS_INVALID") }
		})
		b.push(t, settingsChangedFrame())
		select {
		case err := <-r.done:
			t.Fatalf("it ended for settings that nobody can have: %v", err)
		default:
		}
		b.locked(func() { b.onRegister, b.settings = nil, given("b", 1) })
		b.push(t, settingsChangedFrame())
		if err := <-r.done; !errors.Is(err, ErrSettingsChanged) || !ended {
			t.Errorf("Run: %v, ended in order: %v", err, ended)
		}
		if a.now().Token != "a" {
			t.Error("it got new settings while it ran")
		}
	})
}

type resettableAdapter struct {
	*settableAdapter
	resets []options
}

func (a *resettableAdapter) Reset() { a.resets = append(a.resets, a.now()) }

func TestAnAdapterThatCanChangeIsTold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.settings = given("a", 1)
		a := &resettableAdapter{settableAdapter: &settableAdapter{}}
		p := NewAdapter("chat", "test", a)
		a.now = Settings[options](p, nil)
		r := b.run(t, p)
		b.set(t, given("b", 2))
		if len(a.resets) != 1 || a.resets[0].Token != "b" || len(a.began) != 1 {
			t.Errorf("told %v", a.resets)
		}
		if seen := b.seen().registers; seen[len(seen)-1].GetManifest().GetAdapter().GetAccount() != "of b" {
			t.Errorf("%v", seen[len(seen)-1])
		}
		r.end(t)
		synctest.Wait()
	})
}

func TestSettingsThatCannotBeDeclaredPanic(t *testing.T) {
	for name, declare := range map[string]func(*Handler){
		"field Wait: a setting cannot be a func()": func(h *Handler) { Settings[struct{ Wait func() }](h, nil) },
		"declared its settings already": func(h *Handler) {
			Settings[options](h, nil)
			Settings[options](h, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, name) {
					t.Errorf("it says %q", text)
				}
			}()
			declare(NewHandler("echo"))
		})
	}
}
