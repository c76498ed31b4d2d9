package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/openchatops/oco/bench/subject"
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
		fmt.Fprintln(os.Stderr, "flood:", err)
		os.Exit(1)
	}
}

// command is what people run: it drives the other processes.
func command(args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("flood", flag.ContinueOnError)
	flags.SetOutput(stderr)
	length := flags.Duration("length", 30*time.Second, "length of each attack")
	only := flags.String("attack", "", "attacks, with commas between; empty: all")
	connections := flags.Int("connections", 8, "connections of the attacker")
	streams := flags.Int("streams", 20_000, "streams that it tries to hold, and four times as many as connections")
	dir := flags.String("dir", "", "where the bots keep their data; empty: the directory for temporary files")
	program := flags.String("program", "", "the bot; empty: it is built from this tree")
	raw := flags.String("json", "", "file for the results, one JSON object a line")
	control := flags.Bool("control", true, "attack the control too; without, slowness is judged by the figures of the bot alone")
	list := flags.Bool("list", false, "only say which attacks there are")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%q is no flag; try -help", flags.Arg(0))
	case *length <= 0 || *connections < 1 || *streams < *connections:
		return fmt.Errorf("-length %v -connections %d -streams %d: all must be above nothing, and there must be a stream for each connection", *length, *connections, *streams)
	}
	chosen, err := some(*only)
	if err != nil {
		return err
	}
	if *list {
		for _, f := range chosen {
			if _, err := fmt.Fprintf(stdout, "%-20s %s\n", f.name, f.what); err != nil {
				return err
			}
		}
		return nil
	}
	p := plan{program: *program, dir: *dir, length: *length, connections: *connections, streams: *streams, control: *control}
	all, err := p.all(context.Background(), chosen, stdout, stderr)
	return errors.Join(err, verdict.Lines(*raw, all))
}

// all makes one attack after the other and says at once how each went.
func (p plan) all(ctx context.Context, chosen []flood, stdout, stderr io.Writer) (all []result, err error) {
	if p.program == "" {
		dir, err := os.MkdirTemp("", "flood-")
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		if p.program, err = subject.Build(ctx, dir); err != nil {
			return nil, err
		}
	}
	if err := printHead(stdout); err != nil {
		return nil, err
	}
	missed := 0
	for n, f := range chosen {
		fmt.Fprintf(stderr, "%d of %d: %s: %s\n", n+1, len(chosen), f.name, f.what)
		r, err := p.measure(ctx, f)
		if err != nil {
			return all, fmt.Errorf("%s: %w", f.name, err)
		}
		all = append(all, r)
		if err := r.print(stdout); err != nil {
			return all, err
		}
		if !r.good() {
			missed++
		}
	}
	fmt.Fprintf(stdout, "\n%d of %d attacks were withstood within the bars.\n", len(all)-missed, len(all))
	return all, nil
}

func some(list string) ([]flood, error) {
	if list == "" {
		return floods, nil
	}
	var chosen []flood
	for name := range strings.SplitSeq(list, ",") {
		f, err := find(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, f)
	}
	return chosen, nil
}
