package core

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco"
)

var commands = []oco.Command{
	{
		Plugin: "deployer", Route: "deploy", Pattern: "deploy {app} [to {env:prod|staging=staging}] [--force]", Help: "Deploy an app.",
		Aliases: []string{"ship {app} [{env}]"}, Examples: []string{"deploy web to prod"}, Danger: true,
		Arguments: []oco.CommandArgument{
			{Name: "app", Type: "text"},
			{Name: "env", Type: "choice", Help: "Where to.", Choices: []string{"prod", "staging"}, Default: "staging", HasDefault: true, Optional: true},
			{Name: "force", Type: "flag", Optional: true},
		},
	},
	{Plugin: "core", Route: "ping", Pattern: "ping", Help: "Answer pong."},
	{Plugin: "deployer", Route: "deploy status", Pattern: "deploy status", Help: "Show what is on its way.", Offline: true},
	{Plugin: "core", Route: "echo", Pattern: "echo {text...}", Help: "Repeat some text.", Arguments: []oco.CommandArgument{{Name: "text", Type: "text", Rest: true}}},
	{Plugin: "core", Route: "secret", Pattern: "treasure", Help: "Nobody sees the deploy of the treasure.", Hidden: true},
	{Plugin: "tasks", Route: "remind", Pattern: `core:\[x\] remind {who*:user} [{when:time}] {link:url}`, Arguments: []oco.CommandArgument{
		{Name: "who", Type: "user", List: true}, {Name: "when", Type: "time", Optional: true}, {Name: "link", Type: "url", Sensitive: true, Help: "Where to read on."},
		{Name: "tag", Type: "text", HasDefault: true},
	}},
}

const (
	deployDetail = `deploy {app} [to {env:prod|staging=staging}] [--force] - Deploy an app.
  or: ship {app} [{env}]
  app: a word, or more in quotes.
  env: one of prod, staging; staging if you leave it out. Where to.
  force: yes or no; may be left out.
  example: deploy web to prod
  It is dangerous: only those may run it whom an operator allowed.
  It is a command of deployer.`
	pingDetail = "ping - Answer pong.\n  It is a command of core."
)

func TestHelp(t *testing.T) {
	for name, test := range map[string]struct {
		commands    []oco.Command
		topic, want string
	}{
		"all": {commands, "", `core:
  echo {text...} - Repeat some text.
  ping - Answer pong.
deployer:
  deploy status - Show what is on its way. (not running)
  deploy {app} [to {env:prod|staging=staging}] [--force] - Deploy an app.
tasks:
  core:\[x\] remind {who*:user} [{when:time}] {link:url}
Say help and a command, a handler or any word for more about it.`},
		"a command, and what is near it": {commands, "Deploy", deployDetail + `
See also:
  deploy status - Show what is on its way. (not running) (deployer)`},
		"a command of two words": {commands, "deploy status", `deploy status - Show what is on its way. (not running)
  It is a command of deployer.`},
		"a command by its key":               {commands, "deployer:deploy", deployDetail},
		"a command by another way to say it": {commands, "ship", deployDetail},
		"a handler": {commands, "DEPLOYER", `deployer:
  deploy status - Show what is on its way. (not running)
  deploy {app} [to {env:prod|staging=staging}] [--force] - Deploy an app.
Say help and a command for more about it.`},
		"by a word of the help": {commands, "PONG", pingDetail},
		"by a part of a word":   {commands, "pon", pingDetail},
		"by a choice":           {commands, "prod", deployDetail},
		"by an argument":        {commands, "env app", deployDetail},
		"by an example":         {commands, "web", deployDetail},
		"every type of argument": {commands, "remind", `core:\[x\] remind {who*:user} [{when:time}] {link:url}
  who: somebody, such as @alice or me; one or more of them.
  when: when, such as 17:30, tomorrow 9am or in 2h; may be left out.
  link: a web address, such as https://example.com; a secret, which no log shows. Where to read on.
  tag: a word, or more in quotes; the empty text if you leave it out.
  It is a command of tasks.`},
		"a mistake": {commands, "depoly prod", `Nothing is about "depoly"; this is about "deploy prod".` + "\n" + deployDetail},
		"a mistake in a handler": {commands, "deployed", `Nothing is about "deployed"; this is about "deployer".` + "\n" + `deployer:
  deploy status - Show what is on its way. (not running)
  deploy {app} [to {env:prod|staging=staging}] [--force] - Deploy an app.
Say help and a command for more about it.`},
		"words that are nowhere": {commands, "how do I ping", `Nothing is about "how do i"; this is about "ping".` + "\n" + pingDetail},
		"not all of it is in one": {commands, "repeat pong", `Nothing is about all of "repeat pong"; this is about some of it.
echo {text...} - Repeat some text.
  text: all that follows.
  It is a command of core.
` + pingDetail},
		"most of it is in one": {commands, "repeat text pong", `Nothing is about all of "repeat text pong"; this is about some of it.
echo {text...} - Repeat some text.
  text: all that follows.
  It is a command of core.`},
		"nothing like it":          {commands, "kubernetes", `There is no command about "kubernetes" that you may run here. Say help to see all.`},
		"what is hidden":           {commands, "treasure", `There is no command about "treasure" that you may run here. Say help to see all.`},
		"no command":               {nil, "", "There is no command that you may run here."},
		"no command about a topic": {nil, "x", `There is no command about "x" that you may run here. Say help to see all.`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := helpText(test.commands, test.topic, 1); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// many are commands of so many handlers, all alike.
func many(commands, handlers int) []oco.Command {
	var out []oco.Command
	for i := range commands {
		out = append(out, oco.Command{
			Plugin: fmt.Sprintf("handler-%05d", i%handlers), Route: fmt.Sprint(i), Pattern: fmt.Sprintf("task %05d", i), Help: "Does something that takes a while to explain.",
		})
	}
	return out
}

func TestHelpHasPages(t *testing.T) {
	all := many(32, 3)
	for page, want := range map[int64]string{
		1: `32 commands, page 1 of 3.
handler-00000:
  task 00000 - Does something that takes a while to explain.
…
handler-00001:
  task 00001 - Does something that takes a while to explain.
…
Say help --page=2 for more.
Say help and a command or any word, or one of the handlers: handler-00000 (11), handler-00001 (11), handler-00002 (10).`,
		3: `32 commands, page 3 of 3.
handler-00002:
  task 00026 - Does something that takes a while to explain.
  task 00029 - Does something that takes a while to explain.
Say help and a command or any word, or one of the handlers: handler-00000 (11), handler-00001 (11), handler-00002 (10).`,
		4:  "There is no page 4: there are 3 pages.",
		0:  "There is no page 0: there are 3 pages.",
		-1: "There is no page -1: there are 3 pages.",
	} {
		got := helpText(all, "", page)
		if !fits(got, want) {
			t.Errorf("page %d is\n%s\nwant\n%s", page, got, want)
		}
		if lines := strings.Count(got, "\n"); lines > perPage+8 {
			t.Errorf("page %d has %d lines", page, lines)
		}
	}
	if got := helpText(all, "explain something", 2); !strings.HasPrefix(got, "32 commands, page 2 of 3.\ntask ") || !strings.HasSuffix(got, "\nSay help explain something --page=3 for more.") {
		t.Errorf("the second page about a topic is\n%s", got)
	}
	if got := helpText(all[:1], "", 2); got != "There is no page 2: there is 1 page." {
		t.Errorf("a page of one is\n%s", got)
	}
}

// fits says whether a text is as wanted, where … stands for any lines.
func fits(got, want string) bool {
	for _, part := range strings.Split(want, "…") {
		at := strings.Index(got, part)
		if at < 0 {
			return false
		}
		got = got[at+len(part):]
	}
	return got == ""
}

// Whatever there is, every command is on exactly one page, and no page is long.
func TestEveryCommandIsOnOnePage(t *testing.T) {
	for _, topic := range []string{"", "while explain", "handler-00007"} {
		var seen []string
		for page := int64(1); ; page++ {
			text := helpText(many(100, 9), topic, page)
			if strings.HasPrefix(text, "There is no page") {
				break
			}
			for line := range strings.Lines(text) {
				if words := strings.Fields(line); len(words) > 1 && words[0] == "task" {
					seen = append(seen, words[1])
				}
			}
		}
		slices.Sort(seen)
		want := 100
		if strings.HasPrefix(topic, "handler") {
			want = 11
		}
		if len(seen) != want || len(slices.Compact(seen)) != want {
			t.Errorf("about %q there are %d commands, want %d", topic, len(seen), want)
		}
	}
}

func TestHelpIsShortWhateverThereIs(t *testing.T) {
	huge := many(2_000, 2_000)
	for i := range huge {
		huge[i].Help = strings.Repeat("word ", 200)
		huge[i].Pattern = fmt.Sprintf("do-%d ", i) + strings.Repeat("{x} ", 200)
	}
	long := oco.Command{Plugin: "core", Pattern: "long", Aliases: slices.Repeat([]string{"longer"}, 50), Examples: slices.Repeat([]string{"long"}, 50)}
	for i := range 200 {
		long.Arguments = append(long.Arguments, oco.CommandArgument{Name: fmt.Sprint("a", i), Type: "choice", Choices: slices.Repeat([]string{strings.Repeat("c", 100)}, 100)})
	}
	huge = append(huge, long)
	for topic, most := range map[string]int{"": 12 << 10, "word": 12 << 10, "do-77": 12 << 10, "long": 16 << 10, strings.Repeat("word ", 10_000): 12 << 10} {
		if got := helpText(huge, topic, 1); len(got) > most || strings.Count(got, "\n") > 50 {
			t.Errorf("help about %.20q has %d bytes, %d lines:\n%.1000s", topic, len(got), strings.Count(got, "\n"), got)
		}
	}
	if got := helpText(huge, "", 1); !strings.HasSuffix(got, "and 1989 more.") {
		t.Errorf("help ends %q", got[len(got)-60:])
	}
	if got := helpText(huge, "long", 1); !strings.Contains(got, "and 45 more ways to say it\n") || !strings.Contains(got, "and 175 more arguments\n") || !strings.Contains(got, "and 45 more examples\n") {
		t.Errorf("help about a long command is\n%s", got)
	}
}

func TestHelpLeavesTheListAlone(t *testing.T) {
	before := fmt.Sprint(commands)
	helpText(commands, "", 1)
	helpText(commands, "deploy", 1)
	if fmt.Sprint(commands) != before {
		t.Error("it sorted the caller's list")
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"deploy", "deploy", 0}, {"depoly", "deploy", 1}, {"deply", "deploy", 1}, {"deployy", "deploy", 1},
		{"dapoly", "deploy", 2}, {"", "ab", 2}, {"größe", "grösse", 2}, {"größe", "grosse", 3}, {"abcd", "wxyz", 3}, {"a", "abcdefg", 3},
	} {
		if got := min(distance([]rune(test.a), []rune(test.b), 2), 3); got != test.want {
			t.Errorf("%q and %q are %d apart, want %d", test.a, test.b, got, test.want)
		}
	}
}

func BenchmarkHelpWithTenThousandCommands(b *testing.B) {
	all := many(10_000, 100)
	for b.Loop() {
		helpText(all, "expain task 07", 1)
	}
}
