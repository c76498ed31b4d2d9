package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/bench/loop"
	"github.com/openchatops/oco/bench/subject"
	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const adapterName = "bench"

// openReal starts the bot, as `oco run` runs it, and the handlers that are written with
// the libraries. They connect to it as those of another machine do.
func (p plan) openReal(w *way) error {
	ctx := context.Background()
	dir, err := os.MkdirTemp(p.dir, "languages-")
	if err != nil {
		return err
	}
	w.before(func() error { return os.RemoveAll(dir) })
	names := slices.Sorted(maps.Keys(p.programs))
	bot, err := subject.New(p.program, dir, configuration(names, w.name == durable))
	if err != nil {
		return err
	}
	if err := bot.Start(ctx); err != nil {
		return err
	}
	w.bot = bot.PID
	w.before(bot.Stop)
	if err := connect(ctx, w, bot); err != nil {
		return err
	}
	for _, name := range names {
		key, err := bot.Key(ctx, name, ocov1.Role_ROLE_HANDLER)
		if err != nil {
			return err
		}
		made := p.programs[name]
		h, err := start(p.profiled(made.echo, w.name, name), nil, append(slices.Clone(made.env), "OCO_ENDPOINT="+bot.GRPC, "OCO_KEY="+key)...)
		if err != nil {
			return err
		}
		w.handlers[name] = h
		w.before(h.stop)
	}
	if err := bot.AwaitReady(ctx); err != nil {
		return err
	}
	return bot.AwaitPlugins(ctx, names...)
}

// connect makes the driver the bot's adapter.
func connect(ctx context.Context, w *way, bot *subject.Bot) error {
	key, err := bot.Key(ctx, adapterName, ocov1.Role_ROLE_ADAPTER)
	if err != nil {
		return err
	}
	here := make(chan struct{})
	adapter := &loop.Adapter{Serve: func(ctx context.Context) error {
		close(here)
		<-ctx.Done()
		return nil
	}}
	ctx, leave := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- oco.Run(ctx, oco.Options{Endpoint: bot.GRPC, Key: key, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, oco.NewAdapter(adapterName, adapterName, adapter))
	}()
	w.measure = adapter.Measure
	w.before(func() error {
		leave()
		return <-ended
	})
	select {
	case <-here:
		return nil
	case err := <-ended:
		ended <- nil
		return errors.Join(errors.New("the adapter ended before it was registered"), err)
	}
}

// configuration is an ordinary one, with room for all messages in flight of people who
// never tire.
func configuration(handlers []string, sync bool) string {
	var text strings.Builder
	fmt.Fprintf(&text, "store: {sync: %t}\nlimits: {max_in_flight: %d, user_messages: 0, loop_answers: 0}\nadapter: {name: %s, remote: true}\nhandlers:\n", sync, loop.MaxInFlight, adapterName)
	for _, name := range handlers {
		fmt.Fprintf(&text, "  - {name: %s, remote: true}\n", name)
	}
	return text.String()
}
