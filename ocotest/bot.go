package ocotest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/config"
)

// patience is how long anything may take before the test fails as stuck. It is
// no part of what is tested.
const patience = 30 * time.Second

// Name is the bot's name, with which it is addressed in rooms.
const Name = "oco"

// Config is the operator's configuration for a test. The zero value is fine.
type Config struct {
	// Groups of users, by the names that the test uses: "alice".
	Groups map[string][]string
	// Operators, by the same names.
	Operators []string
	// OperatorsRoom is the name of the room where the bot tells operators.
	OperatorsRoom string
	// Allow replaces the groups of routes, by "handler:route".
	Allow map[string][]string
	// Scopes that handlers are granted, by handler.
	Scopes map[string][]string
	// Settings are what the operator set, by handler, as the configuration has them:
	// string, bool, int64, float64, []any.
	Settings map[string]map[string]any
	// Log receives the bot's log; nil: it is discarded.
	Log *slog.Logger
}

// A Bot is a real bot that runs inside the test.
type Bot struct {
	*Person
	t       testing.TB
	bot     *bot.Bot
	chat    *room
	log     *slog.Logger
	plugins map[string]*guest
}

// without are features that bots have not, for the tests of this package.
var without []string

// Start runs a bot with these handlers until the test ends. It returns when all
// of them are registered.
func Start(t testing.TB, handlers ...*oco.Handler) *Bot {
	t.Helper()
	return StartWith(t, Config{}, handlers...)
}

// StartWith is Start with a configuration.
func StartWith(t testing.TB, c Config, handlers ...*oco.Handler) *Bot {
	t.Helper()
	log := c.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b := &Bot{t: t, chat: newRoom(), log: log, plugins: map[string]*guest{}}
	b.Person = &Person{b: b, user: "alice", direct: true}
	running, err := bot.Start(ctx, bot.Options{Config: configuration(c, handlers), Log: log, Version: "test", Guests: true, Without: without})
	if err != nil {
		t.Fatalf("ocotest: the bot does not start: %v", err)
	}
	b.bot = running
	t.Cleanup(b.stop)
	b.launch(adapterName, oco.NewAdapter(adapterName, adapterName, b.chat))
	for _, h := range handlers {
		b.launch(h.Name(), h)
	}
	return b
}

const adapterName = "test"

// configuration is what the operator of this bot wrote.
func configuration(c Config, handlers []*oco.Handler) *config.Config {
	out := config.Default()
	out.Name = Name
	out.Listen = config.Listen{}
	out.Data = ""
	out.Adapter = config.Plugin{Name: adapterName, Remote: true}
	out.Handlers = nil
	for _, h := range handlers {
		out.Handlers = append(out.Handlers, config.Plugin{
			Name: h.Name(), Remote: true, Scopes: c.Scopes[h.Name()], Settings: c.Settings[h.Name()],
		})
	}
	out.Groups = map[string][]string{}
	for group, names := range c.Groups {
		out.Groups[group] = userIDs(names)
	}
	out.Operators = userIDs(c.Operators)
	if c.OperatorsRoom != "" {
		out.OperatorsRoom = "room:1:" + c.OperatorsRoom
	}
	out.Routes = map[config.RouteKey]config.Route{}
	for key, groups := range c.Allow {
		out.Routes[routeKey(key)] = config.Route{Allow: groups}
	}
	return out
}

func userIDs(names []string) []string {
	ids := make([]string, len(names))
	for i, n := range names {
		ids[i] = "user:1:" + n
	}
	return ids
}

// stop ends the bot and what runs in it.
func (b *Bot) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, g := range b.plugins {
		g.kill()
	}
	b.bot.Stop(ctx)
}
