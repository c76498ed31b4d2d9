package ocotest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

var patternBlock = regexp.MustCompile("(?m)^```pattern\n((?:.*\n)*?)```$")

// TestHowToCommands says to a bot what docs/howto-commands.md says that commands
// take, and what it says that they do not.
func TestHowToCommands(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "howto-commands.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := patternBlock.FindAllStringSubmatch(string(page), -1)
	said := 0
	for _, block := range blocks {
		lines := strings.Split(strings.TrimSuffix(block[1], "\n"), "\n")
		t.Run(lines[0], func(t *testing.T) {
			h := oco.NewHandler("page")
			h.Command(lines[0], "", func(context.Context, *oco.Message) error { return nil }, oco.Name("it"))
			bot := ocotest.Start(t, h)
			for _, line := range lines[1:] {
				said++
				mark, text, _ := strings.Cut(line, " ")
				text, arguments, _ := strings.Cut(text, " | ")
				switch mark {
				case "+":
					bot.WantRoute(text, "page:it")
					wantShown(t, text, bot.Match(text).Args, shownArgs(t, arguments))
				case "-":
					bot.WantNoRoute(text)
					if near := bot.Match(text).Near; arguments != "" && (len(near) != 1 || !complainsAbout(near[0].Why, arguments)) {
						t.Errorf("%q: the bot does not complain about %s: %+v", text, arguments, near)
					}
				default:
					t.Errorf("nobody can read %q", line)
				}
			}
		})
	}
	if len(blocks) < 10 || said < 35 {
		t.Errorf("the page has %d patterns and %d texts", len(blocks), said)
	}
}

func complainsAbout(why, argument string) bool {
	return regexp.MustCompile(`\b` + regexp.QuoteMeta(argument) + `\b`).MatchString(why)
}

var shownArg = regexp.MustCompile(`(\w+)=("(?:[^"\\]|\\.)*"|\S+)`)

// shownArgs reads arguments as the page shows them: app=web note="two words".
func shownArgs(t *testing.T, text string) map[string]string {
	t.Helper()
	args := map[string]string{}
	for _, found := range shownArg.FindAllStringSubmatch(text, -1) {
		value := found[2]
		if strings.HasPrefix(value, `"`) {
			unquoted, err := strconv.Unquote(value)
			if err != nil {
				t.Fatal(err)
			}
			value = unquoted
		}
		args[found[1]] = value
	}
	return args
}

// wantShown compares arguments with how the page shows them: a list with commas, a
// time as it was typed.
func wantShown(t *testing.T, text string, got ocotest.Args, want map[string]string) {
	t.Helper()
	for name, value := range got {
		shown := fmt.Sprint(value)
		switch v := value.(type) {
		case []any:
			shown = strings.Trim(strings.ReplaceAll(fmt.Sprintf("%q", v), `" "`, ", "), `["]`)
		case time.Duration:
			shown = strings.TrimSuffix(shown, "0s")
		case time.Time:
			if shown = ""; !v.IsZero() && strings.Contains(text, want[name]) {
				shown = want[name]
			}
		}
		if want[name] != shown {
			t.Errorf("%q: %s is %s, want %q", text, name, shown, want[name])
		}
	}
	for name := range want {
		if _, there := got[name]; !there {
			t.Errorf("%q: there is no %s", text, name)
		}
	}
}
