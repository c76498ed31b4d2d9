package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
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
		Config: botConfig(e, self), Version: "bench", Executable: self, Without: lacking(e),
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() {
		failed <- obey(context.Background(), e.socket, "bot", duties{syncs: b.Syncs, settle: debug.FreeOSMemory})
	}()
	select {
	case <-signals:
	case <-b.Ended():
	case err = <-failed:
	}
	b.Stop(context.Background())
	return err
}

// lacking are the features that the bot of a variant does not have.
func lacking(e environment) []string {
	if attaching(e.variant) {
		return nil
	}
	return []string{"oco.attach"}
}

// botConfig is an ordinary configuration with one adapter and one handler, both
// children, and room for all messages in flight.
func botConfig(e environment, self string) *config.Config {
	c := config.Default()
	c.Data = dataOf(e)
	c.Listen.HTTP = ""
	c.Store.Sync = syncing(e.variant)
	c.Limits.MaxInFlight = config.MaxInFlight
	c.Adapter = config.Plugin{Name: adapterName, Command: []string{self}, Dir: e.dir, Env: e.of("adapter").vars()}
	c.Handlers = []config.Plugin{{Name: handlerName, Command: []string{self}, Dir: e.dir, Env: e.of("handler").vars()}}
	return c
}
