package ocotest

import (
	"cmp"
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
	// Users are people whom the chat service knows though they have not spoken, and
	// what it knows of who speaks: the ID is the name that the test uses, and also the
	// MentionName unless that is given.
	Users []oco.User
	// Rooms are those that the chat service has before anybody speaks there: the ID is
	// the name that the test uses. Who speaks in a room is in it.
	Rooms []oco.Room
	// TimeZone is that of people of whom the chat service states none; "": UTC.
	TimeZone string
	// OperatorsRoom is the name of the room where the bot tells operators.
	OperatorsRoom string
	// Listening are the names of rooms in which a command needs no address.
	Listening []string
	// Allow replaces the groups of routes, by "handler:route".
	Allow map[string][]string
	// Aliases are patterns that take commands besides, by "handler:route".
	Aliases map[string][]string
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
	b := &Bot{t: t, chat: newRoom(c.Users, c.Rooms), log: log, plugins: map[string]*guest{}}
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
	out.TimeZone = cmp.Or(c.TimeZone, "UTC")
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
	for key, aliases := range c.Aliases {
		word := out.Routes[routeKey(key)]
		word.Aliases = aliases
		out.Routes[routeKey(key)] = word
	}
	for _, room := range c.Listening {
		out.Listening = append(out.Listening, "room:1:"+room)
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
