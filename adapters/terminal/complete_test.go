package terminal

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco"
)

func completing(t *testing.T, commands []oco.Command, err error) *completer {
	t.Helper()
	bot := &slowBot{commands: func(oco.UserID, oco.RoomID) ([]oco.Command, error) { return commands, err }}
	return &completer{ctx: context.Background(), bot: bot, places: newPlaces("alice", "oco")}
}

func TestComplete(t *testing.T) {
	commands := append(slices.Clone(someCommands),
		oco.Command{Pattern: "scale {n:int} [up|down|to {size:small|large}]"},
		oco.Command{Pattern: "tell {who*:user} {what...}"},
		oco.Command{Pattern: "tail {app} [--lines|-n={n:integer=20}] [--env={env:prod|dark blue}]"},
		oco.Command{Pattern: `core:\[x\] (now|later)`},
		oco.Command{Pattern: "bad {never closed"},
	)
	c := completing(t, commands, nil)
	for text, want := range map[string]string{
		"":                            "/help are bad core:[x] deploy help login page ping scale tail tell",
		"p":                           "page ping",
		"P":                           "page ping",
		"are ":                        "you",
		"ping ":                       "",
		"oco: p":                      "page ping",
		"@oco p":                      "page ping",
		"deploy ":                     "web worker",
		"deploy we":                   "web",
		"deploy x ":                   "to",
		"deploy x to ":                "prod staging",
		"deploy x to moon ":           "",
		"deploy x to PROD ":           "--force",
		"deploy x to prod --force ":   "",
		"scale 3 ":                    "down to up",
		"scale 3 to ":                 "large small",
		"tell ":                       "@alice",
		"tail x --e":                  "--env=dark blue --env=prod",
		"tail x -n=3 --env=p":         "--env=prod",
		"core:[x] ":                   "later now",
		"nothing of this ":            "",
		"/":                           "/as /dm /help /join /leave /members /react /room /topic /unreact",
		"/as ":                        "@alice",
		"/as a":                       "",
		"/as @a":                      "@alice",
		"/room ":                      "",
		"/dm ":                        "",
		"\x1b":                        "",
		"page @alice in " + "#nobody": "",
	} {
		found, _ := c.complete(text)
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%q may go on with %q, want %q", text, got, want)
		}
	}
	if err := c.places.visit("ops"); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"p": "", "o": "oco:", "": "oco:", "oco: p": "page ping", "oco, page @alice in #": "#ops", "/room ": "#ops"} {
		found, _ := c.complete(text)
		if got := strings.Join(found, " "); got != want {
			t.Errorf("in a room %q may go on with %q, want %q", text, got, want)
		}
	}
}

func TestCompletionsAreHarmless(t *testing.T) {
	c := completing(t, []oco.Command{{Pattern: "evil\x1b[2J\u202e"}}, nil)
	found, _ := c.complete("e")
	if len(found) != 1 || strings.IndexFunc(found[0], unsafe) >= 0 {
		t.Errorf("found %q", found)
	}
}

func TestABotThatDoesNotSay(t *testing.T) {
	c := completing(t, someCommands, errors.New("away"))
	if found, _ := c.complete("p"); len(found) > 0 {
		t.Errorf("found %q", found)
	}
	if c.privacy("ping") != keepNowhere {
		t.Error("nobody can tell whether the line may be kept, and it is")
	}
	c.bot = nil
	if found, _ := c.complete("p"); len(found) > 0 || c.privacy("ping") != keepAWhile {
		t.Errorf("found %q of a bot that has no list", found)
	}
}

func TestWhatIsPrivate(t *testing.T) {
	c := completing(t, someCommands, nil)
	test := func(want map[string]privacy) {
		t.Helper()
		for line, want := range want {
			if got := c.privacy(line); got != want {
				t.Errorf("%q may be kept %v, want %v", line, got, want)
			}
		}
	}
	test(map[string]privacy{
		"login hunter2": keepNowhere, "LOGIN hunter2": keepNowhere, "oco: login x": keepNowhere, "login": keepNowhere,
		"ping": keepForever, "/as login": keepForever, "deploy web to prod": keepForever, "Are you there": keepForever,
		"logins": keepAWhile, "hidden hunter2": keepAWhile, "oco: was-login hunter2": keepAWhile,
	})
	if err := c.places.visit("ops"); err != nil {
		t.Fatal(err)
	}
	test(map[string]privacy{
		"good morning": keepForever, "oco: hidden hunter2": keepAWhile, "oco, login x": keepNowhere, "login x": keepNowhere, "oco: ping": keepForever,
	})
}

func TestAPatternWithManyPartsEnds(t *testing.T) {
	pattern := strings.Repeat("[a] [{x*}] ", 40) + "end"
	words := strings.Fields(strings.Repeat("a ", 40))
	following(usageOf(pattern), words) // returns at all
}

func FuzzUsage(f *testing.F) {
	for _, seed := range []string{"deploy {app} to {env:a|b} [at {w:time}] {n...}", "(a|b", "]", "{", `\`, "[[a]|{b*}]"} {
		f.Add(seed, "a b")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		words, _ := wordsOf(text)
		usage := usageOf(pattern)
		following(usage, words)
		begins(usage, words)
	})
}
