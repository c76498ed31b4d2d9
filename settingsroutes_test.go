package oco

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

type wordSettings struct {
	Words []struct {
		Say   string
		Reply string `oco:",optional"`
	}
}

// words are settings of a wordSettings, each item as JSON.
func words(items ...string) []*ocov1.Argument {
	list := &ocov1.ArgumentList{}
	for _, text := range items {
		list.Items = append(list.Items, &ocov1.Argument{Value: &ocov1.Argument_Text{Text: text}})
	}
	return []*ocov1.Argument{{Name: "words", Value: &ocov1.Argument_List{List: list}}}
}

func wordHandler(did func(string)) *Handler {
	h := HandlerFrom("words", func(s wordSettings, h *Handler) error {
		h.Version = fmt.Sprint(len(s.Words))
		var wrong []error
		for i, w := range s.Words {
			if w.Say == "panic" {
				panic("odd")
			}
			if w.Say == "bad" {
				wrong = append(wrong, AtSetting(fmt.Sprintf("words[%d]", i), errors.Join(AtSetting("say", errors.New("is bad")), errors.New("all of it"))))
				continue
			}
			if w.Say == "settings" {
				Settings[options](h, nil)
			}
			if w.Say == "many" {
				h.MaxInFlight(3)
			}
			h.Command(w.Say, "", func(context.Context, *Message) error {
				did(w.Say + " " + w.Reply)
				return nil
			}, Name(w.Say))
		}
		return errors.Join(wrong...)
	})
	h.Command("always", "", func(context.Context, *Message) error {
		did("always")
		return nil
	}, Name("always"))
	return h
}

func routeNames(r *ocov1.RegisterRequest) (names []string) {
	for _, route := range r.GetManifest().GetRoutes() {
		names = append(names, route.GetName())
	}
	return names
}

// The routes are those of the settings: asked for first, registered then, and again
// when they change; refused ones change nothing (OCO-SET-4, OCO-SET-5, OCO-SET-8).
func TestRoutesDependOnSettings(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.settings = words(`{"say": "a", "reply": "1"}`)
		var did []string
		p := b.run(t, wordHandler(func(what string) { did = append(did, what) }))
		seen := b.seen().registers
		if len(seen) != 2 || !seen[0].GetSettingsOnly() || len(seen[0].GetManifest().GetRoutes()) != 0 || len(seen[0].GetManifest().GetSettings()) != 1 ||
			seen[1].GetSettingsOnly() || !slices.Equal(routeNames(seen[1]), []string{"always", "a"}) || seen[1].GetManifest().GetVersion() != "1" {
			t.Fatalf("%v", seen)
		}
		try := func(id, route, want string) {
			t.Helper()
			did = nil
			b.push(t, frame(said(id, route, route)))
			if got := strings.Join(did, ", "); got != want {
				t.Errorf("%s did %q, want %q", route, got, want)
			}
		}
		try("1", "a", "a 1")
		try("2", "always", "always")
		b.set(t, words(`{"say": "a", "reply": "2"}`, `{"say": "b"}`))
		if r := b.seen().registers; !slices.Equal(routeNames(r[len(r)-1]), []string{"always", "a", "b"}) || r[len(r)-1].GetManifest().GetVersion() != "2" {
			t.Errorf("registered %v", r[len(r)-1])
		}
		try("3", "a", "a 2")
		try("4", "b", "b ")
		try("5", "always", "always")

		for name, c := range map[string]struct {
			settings []*ocov1.Argument
			want     []string
		}{
			"an error":                 {words(`{"say": "c"}`, `{"say": "bad"}`), []string{"words[1].say|is bad", "words[1]|all of it"}},
			"two with one pattern":     {words(`{"say": "c"}`, `{"say": "c"}`), []string{`|handler words: Command("c"): there is a route "c" already; name one of them with oco.Name`}},
			"a pattern of all":         {words(`{"say": "always"}`), []string{`|handler words: Command("always"): there is a route "always" already; name one of them with oco.Name`}},
			"a panic":                  {words(`{"say": "panic"}`), []string{"|the plugin panicked at its settings: odd"}},
			"settings in settings":     {words(`{"say": "settings"}`), []string{"|Settings: the plugin has declared its settings already"}},
			"what is of the handler":   {words(`{"say": "many"}`), []string{"|handler words: MaxInFlight is said of the handler itself: what it runs at once does not depend on its settings"}},
			"what does not fit":        {words(`{"say": 3, "rply": "x"}`), []string{"words[0].say|it must be a text, not a number (quotes make it a text)", "words[0].rply|there is no such key; did you mean `reply`?"}},
			"what is no JSON, at once": {words(`{`), []string{"words[0]|it is no JSON"}},
		} {
			b.set(t, c.settings)
			r := b.seen().registers
			var got []string
			for _, problem := range r[len(r)-1].GetSettingsProblems() {
				got = append(got, problem.GetPath()+"|"+problem.GetText())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: the bot is told %q, want %q", name, got, c.want)
			}
		}
		try("6", "a", "a 2")
		b.set(t, words())
		if r := b.seen().registers; !slices.Equal(routeNames(r[len(r)-1]), []string{"always"}) {
			t.Errorf("registered %v", r[len(r)-1])
		}
		p.end(t)
	})
}

// A callback that runs goes on, and its reply counts.
func TestACallbackOutlivesItsRoute(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.settings = words(`{"say": "a"}`)
		open, done := make(chan struct{}), 0
		p := b.run(t, HandlerFrom("words", func(s wordSettings, h *Handler) error {
			for _, w := range s.Words {
				h.Command(w.Say, "", func(context.Context, *Message) error {
					<-open
					done++
					return nil
				}, Name(w.Say))
			}
			return nil
		}))
		b.push(t, frame(said("1", "a", "a")))
		b.set(t, words(`{"say": "b"}`))
		close(open)
		synctest.Wait()
		if !b.seen().final["1"] || done != 1 {
			t.Errorf("done %d times, %v", done, b.seen().final)
		}
		// One that was on its way is not run, and who said it is told so.
		b.push(t, frame(said("2", "a", "a")))
		all := b.completions()
		if last := all[len(all)-1]; last.GetDeliveryId() != "2" || last.GetFail().GetUserText() != "that was taken away just now." {
			t.Errorf("it completed with %v", last)
		}
		p.end(t)
	})
}

// What matched another definition of a route than the one that it has now is given back
// (OCO-LIF-60).
func TestADeliveryForARouteAsItWas(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.settings = words(`{"say": "a"}`)
		var said []string
		p := b.run(t, wordHandler(func(text string) { said = append(said, text) }))
		before := fmt.Sprint("of registration ", len(b.seen().registers))
		b.set(t, words(`{"say": "a", "reply": "2"}`))
		now := fmt.Sprint("of registration ", len(b.seen().registers))
		for id, definition := range map[string]string{"old": before, "new": now, "unsaid": ""} {
			f := frame(saidOf(id, definition))
			b.push(t, f)
			synctest.Wait()
		}
		later(time.Second)
		if got := b.released(); len(got) != 1 || !got["old"] || len(said) != 2 || !b.seen().final["new"] || !b.seen().final["unsaid"] {
			t.Errorf("released %v, said %q, finished %v", got, said, b.seen().final)
		}
		p.end(t)
	})
}

func saidOf(id, definition string) *ocov1.Delivery {
	d := said(id, "a", "a")
	d.DefinitionId = definition
	return d
}

func TestFirstSettingsWithoutRoutesEndThePlugin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.settings = words(`{"say": "bad"}`)
		if err := Run(t.Context(), b.options(), wordHandler(func(string) {})); err == nil || !strings.Contains(err.Error(), "SETTINGS_INVALID") {
			t.Errorf("Run: %v", err)
		}
		r := b.seen().registers
		if len(r) != 2 || !r[1].GetSettingsOnly() || len(r[1].GetSettingsProblems()) != 2 {
			t.Errorf("%v", r)
		}
	})
}

// A bot that comes back is asked for the settings before it is told routes of old ones.
func TestABotThatComesBackIsAskedFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.settings = words(`{"say": "a"}`)
		p := b.run(t, wordHandler(func(string) {}))
		before := len(b.seen().registers)
		b.locked(func() {
			b.settings = words(`{"say": "b"}`)
			forgotten := true
			b.onHeartbeat = func(*ocov1.HeartbeatRequest) (*ocov1.HeartbeatResponse, error) {
				if forgotten {
					forgotten = false
					return nil, refusal(codes.NotFound, "REPLICA_NOT_FOUND")
				}
				return &ocov1.HeartbeatResponse{}, nil
			}
		})
		later(2 * heartbeatEvery)
		var told []string
		for _, r := range b.seen().registers[before:] {
			told = append(told, strings.Join(routeNames(r), " "))
		}
		if !slices.Equal(told, []string{"", "always b"}) {
			t.Errorf("it registered %q", told)
		}
		p.end(t)
	})
}

// With settings, --manifest prints what comes of them, or what is wrong with them.
func TestManifestOfSettings(t *testing.T) {
	for name, c := range map[string]struct {
		plugins, given string
		code           int
		stdout, stderr string
	}{
		"routes of settings": {"words", `{"settings": [{"name": "words", "list": {"items": [{"text": "{\"say\": \"a\"}"}]}}], "ofLater": 1}`, 0, "always a", ""},
		"bad settings": {"words", `{"settings": [{"name": "words", "list": {"items": [{"text": "{\"say\": \"bad\"}"}]}}]}`, 2, "",
			"words[0].say: is bad\nwords[0]: all of it\n"},
		"settings that do not fit": {"words", `{"settings": [{"name": "words", "list": {"items": [{"text": "{}"}]}}]}`, 2, "", "words[0]: `say` is missing: it is a text\n"},
		"a check that refuses":     {"settable", `{"settings": [{"name": "retries", "integer": "10"}]}`, 2, "", "retries: that is too often:\n  at most 9\n"},
		"a check that does not":    {"settable", `{"settings": [{"name": "retries", "integer": "9"}]}`, 0, "", ""},
		"no settings declared":     {"plain", `{}`, 0, "", ""},
		"no JSON":                  {"words", `{"secret`, 2, "", "oco: what OCO_SETTINGS_FD holds is no RegisterResponse as JSON\n"},
		"of several":               {"words,plain", `{}`, 2, "", "oco: OCO_SETTINGS_FD holds the settings of one plugin, but this process holds 2\n"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, out, errs := process(c.plugins, []string{"OCO_SETTINGS_FD=3"}, "--manifest")
			r, w, err := os.Pipe()
			if err == nil {
				_, err = w.WriteString(c.given)
			}
			if err := errors.Join(err, w.Close()); err != nil {
				t.Fatal(err)
			}
			cmd.ExtraFiles = []*os.File{r}
			if err := errors.Join(cmd.Start(), r.Close()); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); cmd.ProcessState.ExitCode() != c.code || errs.String() != c.stderr {
				t.Fatalf("%v, it says %q", err, errs)
			}
			var m ocov1.Manifest
			if c.code == 0 {
				if err := protojson.Unmarshal(out.Bytes(), &m); err != nil {
					t.Fatal(err)
				}
			}
			if names := strings.Join(routeNames(&ocov1.RegisterRequest{Manifest: &m}), " "); c.plugins == "words" && names != c.stdout {
				t.Errorf("routes %q", names)
			}
		})
	}
	for fd, want := range map[string]string{"x": "must be the number of an inherited descriptor", "2": "must be the number", "77": "read the settings from OCO_SETTINGS_FD"} {
		cmd, out, errs := process("words", []string{"OCO_SETTINGS_FD=" + fd}, "--manifest")
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != 2 || !strings.Contains(errs.String(), want) || out.Len() > 0 {
			t.Errorf("%s: %v, it says %q", fd, err, errs)
		}
	}
}

func TestHandlersThatCannotBeMadePanic(t *testing.T) {
	for want, declare := range map[string]func(){
		`HandlerFrom("words"): build is nil`: func() { HandlerFrom[options]("words", nil) },
		"field Wait: a setting cannot be a func()": func() {
			HandlerFrom("words", func(struct{ Wait func() }, *Handler) error { return nil })
		},
		"declared its settings already": func() {
			Settings[options](HandlerFrom("words", func(options, *Handler) error { return nil }), nil)
		},
	} {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, want) {
					t.Errorf("it says %q", text)
				}
			}()
			declare()
		})
	}
}

// several is an error that holds others, here none.
type several []error

func (several) Error() string     { return "none" }
func (s several) Unwrap() []error { return s }

func TestAtSetting(t *testing.T) {
	if AtSetting("a", nil) != nil {
		t.Error("nil became an error")
	}
	inner := errors.New("inner")
	err := fmt.Errorf("outer: %w", AtSetting("a", AtSetting("[1]", AtSetting("b", inner))))
	if !errors.Is(err, inner) || err.Error() != "outer: a: [1]: b: inner" {
		t.Error(err)
	}
	var told []string
	for _, p := range problemsOf(errors.Join(err, AtSetting("a", AtSetting("[1]", AtSetting("b", inner))), AtSetting("", errors.New("")), AtSetting(strings.Repeat("p", 2000), errors.New(strings.Repeat("t", 4000))))) {
		told = append(told, p.GetPath()+"|"+p.GetText())
	}
	want := []string{"a[1].b|outer: a: [1]: b: inner", "a[1].b|inner", "|the plugin says no reason"}
	if !slices.Equal(told[:3], want) || len(told[3]) != maxProblemPath+1+maxProblem {
		t.Errorf("told %q", told)
	}
	// Only what errors.Join made is several: words around errors are of one.
	var none several
	told = nil
	for _, p := range problemsOf(errors.Join(AtSetting("a", fmt.Errorf("%w while reading: %w", inner, inner)), none)) {
		told = append(told, p.GetPath()+"|"+p.GetText())
	}
	if want := []string{"a|inner while reading: inner", "|none"}; !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
	many := make([]error, 1000)
	for i := range many {
		many[i] = inner
	}
	if n := len(problemsOf(errors.Join(many...))); n != maxProblems {
		t.Errorf("%d are told", n)
	}
}
