package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/supervise"
)

// runCommand is `oco` and `oco run`.
type runCommand struct {
	Config string `short:"c" help:"Configuration; without it the defaults." placeholder:"FILE"`
	Data   string `help:"Data directory, in the place of that of the configuration." placeholder:"DIR"`
}

// Run runs the bot until it is told to stop or its terminal ends.
func (r *runCommand) Run() error {
	if r.Config == "" {
		return runBot(r.withData(config.Default()), trial{}, nil)
	}
	c, err := r.load()
	if err == nil {
		err = runBot(c, trial{}, r.load)
	}
	return withoutLines(err)
}

// withoutLines takes the lines of the configuration out of an error, unless who
// reads it sits at a terminal: else it is kept, and a secret may stand in them.
func withoutLines(err error) error {
	var invalid *config.Invalid
	if errors.As(err, &invalid) && !term.IsTerminal(int(os.Stderr.Fd())) {
		for i := range invalid.Problems {
			invalid.Problems[i].Excerpt = ""
		}
	}
	return err
}

// load reads the configuration, at the start and whenever it is read again.
func (r *runCommand) load() (*config.Config, error) {
	c, err := config.Load(r.Config)
	if err != nil {
		return nil, err
	}
	return r.withData(c), nil
}

func (r *runCommand) withData(c *config.Config) *config.Config {
	if r.Data == "" {
		return c
	}
	changed := *c
	changed.Data = r.Data
	return &changed
}

// A trial is what is different for a bot that only tries a plugin.
type trial struct {
	// also, unless nil, is put before the handler of the log.
	also func(slog.Handler) slog.Handler
	// patience is how long what is said waits for a handler that nobody knows yet.
	// Zero: as long as any bot waits.
	patience time.Duration
	// plugin is the one that is tried.
	plugin string
}

// runBot runs a bot to its end. While the terminal adapter holds the terminal,
// the log goes to a file in the data directory. load reads the configuration again;
// nil: there is no file.
func runBot(c *config.Config, t trial, load func() (*config.Config, error)) (err error) {
	if err := bot.Check(c); err != nil {
		return err
	}
	executable, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	restore := func() error { return nil }
	o := bot.Options{Config: c, Version: versionText(), Executable: executable, Load: load, Patience: t.patience, Tried: t.plugin, Without: strings.Fields(without)}
	if c.Adapter.Plugin == "terminal" {
		file, failed := logBesideData(c.Data)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		o.Log = newLog(file, c)
		o.Terminal = &supervise.Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
		if restore, err = keepTerminal(os.Stdin); err != nil {
			return fmt.Errorf("ask how the terminal is: %w", err)
		}
		defer func() { err = errors.Join(err, restore()) }()
	} else {
		o.Log = newLog(os.Stderr, c)
	}
	log := o.Log
	o.Retune = func(c *config.Config) { retune(log, c) }
	switch {
	case t.also != nil:
		o.Log = slog.New(t.also(o.Log.Handler()))
	case o.Terminal != nil:
		o.Log = slog.New(&refusal{o.Log.Handler(), besideEditor(os.Stderr, os.Getenv)})
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	hangups := make(chan os.Signal, 1)
	if load != nil && o.Terminal == nil { // a terminal that hangs up ends its bot
		signal.Notify(hangups, syscall.SIGHUP)
		defer signal.Stop(hangups)
	}
	return live(o, signals, hangups, restore)
}

func logBesideData(data string) (*logFile, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("the data directory %s cannot be made: %w: name another by --data", data, err)
	}
	return openLog(filepath.Join(data, "oco.log"), maxLogFile)
}

// live starts a bot and waits for its end. The first signal stops it with time
// to finish, the second ends this process at once. The error is why it did not
// start, or an exitCode. Each hangup lets the bot read its configuration again.
// restore is called when there is no time to finish.
func live(o bot.Options, signals, hangups <-chan os.Signal, restore func() error) error {
	starting, giveUp := context.WithCancel(context.Background())
	defer giveUp()
	type started struct {
		bot *bot.Bot
		err error
	}
	start := make(chan started, 1)
	go func() {
		b, err := bot.Start(starting, o)
		start <- started{b, err}
	}()
	var s started
	stopping := false
	select {
	case s = <-start:
	case <-signals:
		giveUp()
		stopping = true
		go exitAt(signals, restore)
		s = <-start
	}
	if s.err != nil {
		if stopping && errors.Is(s.err, context.Canceled) {
			return nil
		}
		return s.err
	}
	reloading, noMore := context.WithCancel(context.Background())
	defer noMore()
	go reloadAt(reloading, hangups, s.bot)
	if !stopping {
		select {
		case <-s.bot.Ended():
		case <-signals:
			go exitAt(signals, restore)
		}
	}
	s.bot.Stop(context.Background())
	if code := s.bot.Wait(); code != 0 {
		return exitCode(code)
	}
	return nil
}

// reloadAt reloads the configuration at every hangup until ctx ends. The bot logs what
// came of it; a refusal is logged as well, and there is nobody else to tell.
func reloadAt(ctx context.Context, hangups <-chan os.Signal, b *bot.Bot) {
	for {
		select {
		case <-hangups:
			_, _ = b.Reload(ctx) //nolint:errcheck // see above
		case <-ctx.Done():
			return
		}
	}
}

// exitAt ends this process at the next signal. The plugins die with it.
func exitAt(signals <-chan os.Signal, restore func() error) {
	<-signals
	if err := restore(); err != nil {
		fmt.Fprintln(os.Stderr, "oco: the terminal is not as it was, type reset:", err) //nolint:errcheck // the end
	}
	os.Exit(1)
}
