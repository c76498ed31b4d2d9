package ocotest

import (
	"context"
	"strings"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/internal/config"
)

// A guest is a plugin that runs in the test's process and counts, for the bot,
// as a child process of its own.
type guest struct {
	plugin oco.Plugin
	dead   chan struct{} // closed to kill it
	ended  chan error
	gone   func() // tells the bot that its process has ended
	alive  bool
}

// launch runs a plugin and waits until it is registered.
func (b *Bot) launch(name string, p oco.Plugin) {
	b.t.Helper()
	key, gone := b.bot.Guest(name)
	g := &guest{plugin: p, dead: make(chan struct{}), ended: make(chan error, 1), gone: gone, alive: true}
	b.plugins[name] = g
	go func() {
		g.ended <- oco.Run(context.Background(), oco.Options{
			Endpoint: "unix:///test", Key: key, Dialer: b.bot.Dial, Log: b.log, Kill: g.dead,
		}, p)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ready := make(chan error, 1)
	go func() { ready <- b.bot.WaitReady(ctx, name) }()
	select {
	case err := <-ready:
		if err != nil {
			b.t.Fatalf("ocotest: %s does not register: %v", name, err)
		}
	case err := <-g.ended:
		g.alive = false
		b.t.Fatalf("ocotest: %s ended: %v", name, err)
	}
}

// kill ends a guest as kill -9 would.
func (g *guest) kill() {
	if !g.alive {
		return
	}
	g.alive = false
	close(g.dead)
	<-g.ended
	g.gone()
}

// Kill ends a handler as kill -9 would: nothing is finished, nothing is said.
// What it ran is lost at once, as for a child process of the bot.
func (b *Bot) Kill(handler string) {
	b.t.Helper()
	g := b.plugins[handler]
	if g == nil {
		b.t.Fatalf("ocotest: no handler %q", handler)
	}
	g.kill()
}

// Restart runs a handler again that was killed.
func (b *Bot) Restart(handler string) {
	b.t.Helper()
	g := b.plugins[handler]
	switch {
	case g == nil:
		b.t.Fatalf("ocotest: no handler %q", handler)
	case g.alive:
		b.t.Fatalf("ocotest: %s runs: kill it first", handler)
	}
	b.launch(handler, g.plugin)
}

func routeKey(key string) config.RouteKey {
	handler, route, _ := strings.Cut(key, ":")
	return config.RouteKey{Handler: handler, Route: route}
}
