package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/openchatops/oco/bench/subject"
)

func main() {
	err := play()
	if errors.Is(err, errNoRole) {
		err = command(os.Args[1:], os.Stdout, os.Stderr)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

var errNoRole = errors.New("this process has no role")

// play runs a plugin, if this process is to be one.
func play() error {
	role := os.Getenv(envRole)
	if role == "" {
		return errNoRole
	}
	return run(role)
}

// command is what people run: it drives the other processes.
func command(args []string, stdout, stderr io.Writer) (err error) {
	p := plan{progress: stderr}
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&p.length, "length", time.Hour, "how long messages come in")
	flags.Uint64Var(&p.messages, "messages", 10_000_000, "or how many")
	flags.IntVar(&p.rate, "rate", 0, "messages a second; 0: as many as the bot takes")
	flags.IntVar(&p.inFlight, "w", 256, "messages for a route that are in flight at most")
	flags.IntVar(&p.records, "records", 20_000, "records that the bot keeps: retention.records_most")
	flags.DurationVar(&p.every, "every", 10*time.Second, "how often to look")
	flags.DurationVar(&p.kill, "kill", time.Minute, "how often a handler is killed; the other is restarted a fifth as often")
	flags.StringVar(&p.dir, "dir", "", "where the bot keeps its data; empty: the directory for temporary files")
	flags.StringVar(&p.program, "program", "", "the bot; empty: it is built from this tree")
	ack := flags.Bool("ack", false, "measure instead how fast 100 events a second are taken beside a hung handler")
	recovery := flags.Bool("recovery", false, "measure instead how fast the bot starts with much to remember")
	seen := flags.Int("seen", 1_000_000, "with -recovery: events that were seen")
	opened := flags.Int("open", 100_000, "with -recovery: deliveries that are open")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%q is no flag; try -help", flags.Arg(0))
	case p.length <= 0 || p.every <= 0 || p.kill <= 0 || p.inFlight < 1 || p.rate < 0 || p.records < 1:
		return errors.New("-length, -every, -kill, -w and -records must be above nothing, -rate not below")
	case *opened > *seen || *opened < 1:
		return fmt.Errorf("-open %d -seen %d: what is open was seen", *opened, *seen)
	}
	if p.self, err = os.Executable(); err != nil {
		return err
	}
	ctx := context.Background()
	if p.program == "" {
		dir, err := os.MkdirTemp("", "soak-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if p.program, err = subject.Build(ctx, dir); err != nil {
			return err
		}
	}
	switch {
	case *ack:
		return p.ack(ctx, stdout)
	case *recovery:
		return p.recovery(ctx, *seen, *opened, stdout)
	}
	return p.soak(ctx, stdout)
}
