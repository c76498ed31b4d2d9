// Command oco runs the bot, tries plugins, and talks to a bot that runs.
//
// Without arguments it runs a bot in the terminal. `oco help` tells the rest.
// The exit code is 0 if all is well, 1 if something failed and 2 if the command
// line makes no sense; an error is one line on standard error that says what is
// wrong and what to do.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/openchatops/oco/internal/cli"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/supervise"
)

func main() {
	// Processes that the bot starts come first: they are started most, must be
	// fast, and stay visible to the bot, which finds them by their environment.
	if code, done := inner(os.Args[1:], os.Stderr); done {
		os.Exit(code)
	}
	if err := supervise.ProtectSelf(); err != nil {
		os.Exit(report(os.Stderr, fmt.Errorf("the keys in this process cannot be protected: %w", err)))
	}
	os.Exit(outer(os.Args[1:]))
}

// outer runs what people and scripts call.
func outer(args []string) int {
	env := &cli.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Now: time.Now, Zone: time.Local,
		Colour: colours(os.Stdout), Interactive: term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stderr.Fd())),
	}
	command, err := parse(args, env.Stdout)
	if err != nil || command == nil {
		return report(env.Stderr, err)
	}
	ctx, stop := context.Background(), func() {}
	if !command.ownSignals() {
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	}
	defer stop()
	return report(env.Stderr, command.run(ctx, env))
}

// report prints an error as its reader needs it and gives the exit code.
func report(stderr io.Writer, err error) int {
	var invalid *config.Invalid
	var exit exitCode
	text := ""
	switch {
	case err == nil, errors.Is(err, cli.ErrSaid):
	case errors.As(err, &exit):
		return int(exit)
	case errors.As(err, &invalid):
		text = cli.PrintableLines(err.Error())
	default:
		text = strings.ReplaceAll(cli.PrintableLines(strings.TrimSpace(err.Error())), "\n", "; ")
	}
	if text != "" {
		if _, failed := fmt.Fprintln(stderr, "oco: "+strings.TrimPrefix(text, "oco: ")); failed != nil {
			return 1
		}
	}
	return cli.ExitCode(err)
}

// exitCode is the error of a command that ends with a code of its own and has
// nothing to add.
type exitCode int

// Error returns what nobody reads.
func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// colours says whether a file is a terminal that should show colours.
func colours(f *os.File) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
