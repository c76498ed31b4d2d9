package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/openchatops/oco/bench/loop"
	"github.com/openchatops/oco/bench/verdict"
)

func main() {
	done, err := play()
	if !done {
		err = command(os.Args[1:], os.Stdout, os.Stderr)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fail(err)
	}
}

// command is what people run: it drives all the others.
func command(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("chain", flag.ContinueOnError)
	flags.SetOutput(stderr)
	w := flags.String("w", "1,64,512", "messages in flight, with commas between")
	rounds := flags.Int("rounds", 7, "how often each variant is measured; seven for figures that count")
	length := flags.Duration("length", 500*time.Millisecond, "length of one measurement")
	dir := flags.String("dir", "", "where the stores are; empty: the directory for temporary files")
	profiles := flags.String("profile", "", "directory for CPU profiles of every process")
	raw := flags.String("json", "", "file for every single measurement, one JSON object a line")
	only := flags.String("only", "", "variants, with commas between; empty: all")
	idle := flags.Int("idle", 1000, "how many idle handlers one variant has beside it; 0: no such variant")
	short := flags.Bool("short", false, "one round of 50 ms: does everything work?")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag; try -help", flags.Arg(0))
	}
	inFlight, err := loop.Numbers(*w)
	if err != nil {
		return err
	}
	p := plan{w: inFlight, rounds: *rounds, length: *length, warm: 300 * time.Millisecond, dir: *dir, profile: *profiles, idle: *idle}
	if p.only, err = some(*only); err != nil {
		return err
	}
	if *short {
		p.rounds, p.length, p.warm, p.idle = 1, 50*time.Millisecond, 20*time.Millisecond, min(p.idle, 20)
	}
	if p.rounds < 1 || p.length <= 0 || p.idle < 0 {
		return fmt.Errorf("-rounds %d -length %v -idle %d: the first two must be above nothing, the last not below", p.rounds, p.length, p.idle)
	}
	if p.dir == "" {
		p.dir = os.TempDir()
	}
	memory, err := inMemory(p.dir)
	if err != nil {
		return err
	}
	if memory {
		fmt.Fprintf(stderr, "chain: %s is in memory, where a sync costs nothing: give -dir on a disk for durable figures\n", p.dir)
	}
	all, err := drive(p, func(round int, variant string) {
		fmt.Fprintf(stderr, "\rround %d of %d: %-14s", round+1, p.rounds, variant)
	})
	fmt.Fprint(stderr, "\r", strings.Repeat(" ", 40), "\r")
	return errors.Join(err, printTables(stdout, all, inFlight), verdict.Lines(*raw, all))
}

// some are the variants of a list.
func some(list string) ([]string, error) {
	if list == "" {
		return nil, nil
	}
	names := strings.Split(list, ",")
	for _, name := range names {
		if !slices.Contains(variants, name) {
			return nil, fmt.Errorf("-only %s: there is no variant %q, but %s", list, name, strings.Join(variants, ", "))
		}
	}
	return names, nil
}
