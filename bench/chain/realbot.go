package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/config"
)

// runRealBot is the life of a bot's process. It is what `oco run` runs, but that
// it obeys the driver, which wants to know of syncs and profiles.
func runRealBot(e environment) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	b, err := bot.Start(context.Background(), bot.Options{
		Config: botConfig(e, self), Version: "bench", Executable: self,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- obey(context.Background(), e.socket, "bot", duties{syncs: b.Syncs}) }()
	select {
	case <-signals:
	case <-b.Ended():
	case err = <-failed:
	}
	b.Stop(context.Background())
	return err
}

// botConfig is an ordinary configuration with one adapter and one handler, both
// children, and room for all messages in flight.
func botConfig(e environment, self string) *config.Config {
	c := config.Default()
	c.Data = filepath.Join(e.dir, "data")
	c.Listen.HTTP = ""
	c.Store.Sync = e.variant == durable
	c.Limits.MaxInFlight = config.MaxInFlight
	c.Adapter = config.Plugin{Name: adapterName, Command: []string{self}, Dir: e.dir, Env: e.of("adapter").vars()}
	c.Handlers = []config.Plugin{{Name: handlerName, Command: []string{self}, Dir: e.dir, Env: e.of("handler").vars()}}
	return c
}
