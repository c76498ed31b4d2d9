package ocotest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

// router has routes whose functions must not be called.
func router(t *testing.T) *oco.Handler {
	h := oco.NewHandler("deployer")
	never := func(context.Context, *oco.Message) error {
		t.Error("a function was called")
		return nil
	}
	h.Command("deploy {app} to {env:prod|staging} [--force] [--wait={wait:duration}]", "Deploy an app.", never, oco.Name("deploy"))
	h.Command("scale {app} {n:integer} [{hosts*}]", "Scale an app.", never, oco.Name("scale"))
	h.Command("remind {who:user} {share:number}", "Remind somebody.", never, oco.Name("remind"))
	h.Command("wipe {disk}", "Wipe a disk.", never, oco.Allow("ops"), oco.Danger())
	h.Command("{verb} the {thing}", "Do anything.", never, oco.Name("any"))
	h.Command("{action} the {object}", "Do anything as well.", never, oco.Name("also"))
	h.Hear(`#(?P<id>\d+)`, "Tell of an issue.", never)
	return h
}

// Routes are asserted without running them, with typed arguments.
func TestWantRoute(t *testing.T) {
	bot := ocotest.StartWith(t, ocotest.Config{Groups: map[string][]string{"ops": {"olga"}}}, router(t))
	bot.WantRoute("deploy web to prod", "deployer:deploy", ocotest.Args{"app": "web", "env": "prod"})
	bot.WantRoute("deploy web to PROD --force --wait=90s", "deployer:deploy", ocotest.Args{"app": "web", "env": "prod", "force": true, "wait": 90 * time.Second})
	bot.WantRoute("scale web 3 a b", "deployer:scale", ocotest.Args{"app": "web", "n": 3, "hosts": []string{"a", "b"}})
	bot.As("bob").Say("hello") // so that he is known
	bot.WantRoute("remind @bob 0.5", "deployer:remind", ocotest.Args{"who": "bob", "share": 0.5})
	bot.WantRoute("see #42", "deployer:"+hearName(bot, "see #42"), ocotest.Args{"id": "42"})
	bot.WantNoRoute("deploi web")
	bot.WantRefused("wipe sda", "deployer:wipe")
	ops := bot.As("olga").In("ops")
	ops.WantRoute("oco: wipe sda", "deployer:wipe")
	ops.WantRefused("oco: wipe s\u200bda", "deployer:wipe")
	ops.WantNoRoute("wipe sda")
	if got := bot.Match("mind the gap").Ambiguous; len(got) != 1 || got[0] != "deployer:also" {
		t.Errorf("ambiguous with %q", got)
	}
	bot.WantSilence()
	ops.WantSilence()
}

func hearName(bot *ocotest.Bot, text string) string {
	for _, h := range bot.Match(text).Hears {
		_, name, _ := strings.Cut(h, ":")
		return name
	}
	return ""
}

// complaints keeps what a test would say.
type complaints struct {
	testing.TB
	said []string
}

func (c *complaints) Errorf(format string, args ...any) {
	c.said = append(c.said, fmt.Sprintf(format, args...))
}

// A failure says what took the message instead, what nearly did and why not.
func TestWantRouteSaysWhyNot(t *testing.T) {
	c := &complaints{TB: t}
	bot := ocotest.Start(c, router(t))
	for _, f := range []struct {
		check func()
		says  []string
	}{
		{func() { bot.WantRoute("deploy web to mars", "deployer:deploy") }, []string{"taken by no command", "nearly deployer:deploy (deploy {app} to", "mars", "the bot answers: deploy"}},
		{func() { bot.WantRoute("wipe sda", "deployer:wipe") }, []string{`deployer:wipe with disk="sda", which this person may not run: refused: not in ops`}},
		{func() { bot.WantRoute("wipe the disk", "deployer:wipe") }, []string{"taken by deployer:any", "nearly deployer:wipe", "deployer:also fits it as well"}},
		{func() { bot.In("ops").WantRoute("deploy web to prod", "deployer:deploy") }, []string{"not addressed to the bot", "nearly deployer:deploy"}},
		{func() { bot.WantRoute("scale web 3", "deployer:scale", ocotest.Args{"app": "web", "n": "3"}) }, []string{`got app="web" n=3`, `want app="web" n="3"`}},
		{func() { bot.WantRoute("scale web 3", "deployer:scale", ocotest.Args{}) }, []string{"want no arguments"}},
		{func() { bot.WantNoRoute("see #42") }, []string{"heard by deployer:", `id="42"`}},
		{func() { bot.WantNoRoute("wipe sda") }, []string{"something takes what alice says"}},
		{func() { bot.WantRefused("scale web 3", "deployer:scale") }, []string{"does not refuse"}},
	} {
		c.said = nil
		f.check()
		if len(c.said) != 1 {
			t.Errorf("it said %q, not one thing with %q", c.said, f.says)
			continue
		}
		for _, part := range f.says {
			if !strings.Contains(c.said[0], part) {
				t.Errorf("it lacks %q:\n%s", part, c.said[0])
			}
		}
	}
}
