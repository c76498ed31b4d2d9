// Command match measures what it costs to find the routes that take a message,
// with few routes and with many, beside a scan that tries every expression in
// turn, as most chat bots do.
//
//	go run ./bench/match                      # 20 to 10,000 routes, under a minute
//	go run ./bench/match -n 1000,100000 -seed 7
//	go run ./bench/match -distinct            # no two routes without a literal are alike
//
// Of each 20 routes 12 are whole commands, 5 are questions found anywhere in a
// text, 2 are a bare text, and 1 has nothing that every match must hold. One
// message in twenty is taken by a route; the others are words of the same
// vocabulary, nearly all different, so that nothing is gained by remembering them.
// Seed 0 is the mix of which figures are told; with another seed words and
// messages are others, which shows that nothing is tuned to the first.
//
// Before it measures, it compares what both find. The time is that of the process,
// garbage collection included; the median of rounds that take turns.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := command(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "match:", err)
		os.Exit(1)
	}
}

func command(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("match", flag.ContinueOnError)
	flags.SetOutput(stderr)
	n := flags.String("n", "20,100,1000,10000", "numbers of routes, with commas between; the first is what the others are compared with")
	seed := flags.Uint64("seed", 0, "another vocabulary and other messages")
	distinct := flags.Bool("distinct", false, "no two routes without a literal are alike")
	rounds := flags.Int("rounds", 5, "how often each is measured")
	length := flags.Duration("length", 200*time.Millisecond, "length of one measurement")
	most := flags.Int("linear-most", 10_000, "with more routes the scan is left out: it takes minutes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	numbers, err := numbers(*n)
	if err != nil {
		return err
	}
	if *rounds < 1 {
		return fmt.Errorf("-rounds is %d: at least one is needed", *rounds)
	}
	var rows []row
	for _, n := range numbers {
		c := corpus{seed: *seed, distinct: *distinct}
		r, err := measure(c, n, *rounds, *length, n <= *most)
		if err != nil {
			return err
		}
		rows = append(rows, r)
	}
	return print(stdout, rows)
}

func numbers(list string) (all []int, err error) {
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-n: %q is no number of routes", text)
		}
		all = append(all, n)
	}
	return all, nil
}
