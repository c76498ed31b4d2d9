// Command match measures what it costs to find the routes that take a message,
// with few routes and with many, beside a scan that tries every expression in
// turn, as most chat bots do.
//
//	go run ./bench/match                      # 20 to 10,000 routes, two minutes
//	go run ./bench/match -many                # 100,000 too
//	go run ./bench/match -n 20,1000 -seed 9 -only mix
//
// Of each 20 routes 12 are whole commands, 5 are questions found anywhere in a
// text, 2 are a bare text, and 1 has nothing that every match must hold. One
// message in twenty is taken by a route; the others are words of the same
// vocabulary, nearly all different, so that nothing is gained by remembering them.
//
// Its parts:
//
//   - mix: the routes as they are told of above. The mix is drawn once with seed 0,
//     of which figures are told, and once with another seed, with other words and
//     messages, which shows that nothing is tuned to the first.
//   - distinct: the same, but no two routes without a literal are alike.
//   - commands: what is addressed to the bot, with as many commands: messages that one
//     takes, and messages that none takes, for which it looks for what was meant.
//   - changes: what it costs that routes come and go.
//   - hostile: what a message costs beside the dearest that one plugin may register.
//
// Before it measures, it compares what both find, groups too. The time is that of the
// process, garbage collection included; the median of rounds that take turns. Memory
// is the heap after collections. Judge by the ratios.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
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

// plan is what is to be measured.
type plan struct {
	numbers []int
	seed    uint64
	rounds  int
	length  time.Duration
	most    int
	only    []string
}

var parts = []string{"mix", "distinct", "commands", "changes", "hostile"}

func (p plan) has(part string) bool { return len(p.only) == 0 || slices.Contains(p.only, part) }

func command(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("match", flag.ContinueOnError)
	flags.SetOutput(stderr)
	n := flags.String("n", "20,100,1000,10000", "numbers of routes, with commas between; the first is what the others are compared with")
	many := flags.Bool("many", false, "100,000 routes too")
	only := flags.String("only", "", "parts, with commas between; empty: all of "+strings.Join(parts, ", "))
	p := plan{}
	flags.Uint64Var(&p.seed, "seed", 7, "of the second vocabulary and messages")
	flags.IntVar(&p.rounds, "rounds", 7, "how often each is measured")
	flags.DurationVar(&p.length, "length", 200*time.Millisecond, "length of one measurement")
	flags.IntVar(&p.most, "linear-most", 10_000, "with more routes the scan is left out: it takes minutes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if p.numbers, err = numbers(*n); err != nil {
		return err
	}
	if *many {
		p.numbers = append(p.numbers, 100_000)
	}
	if p.rounds < 1 {
		return fmt.Errorf("-rounds is %d: at least one is needed", p.rounds)
	}
	if *only != "" {
		p.only = strings.Split(*only, ",")
	}
	for _, part := range p.only {
		if !slices.Contains(parts, part) {
			return fmt.Errorf("-only: there is no part %q, but %s", part, strings.Join(parts, ", "))
		}
	}
	return p.run(stdout)
}

func (p plan) run(stdout io.Writer) error {
	out := &report{w: stdout}
	largest := min(slices.Max(p.numbers), 10_000)
	for _, seed := range []uint64{0, p.seed} {
		if p.has("mix") {
			rows, err := measure(corpus{seed: seed}, p.numbers, p.rounds, p.length, p.most)
			if err != nil {
				return err
			}
			out.mix(fmt.Sprintf("mix, seed %d", seed), rows)
		}
	}
	if p.has("distinct") {
		numbers := p.numbers
		if slices.Max(numbers) >= 2000 {
			numbers = slices.Compact(slices.Sorted(slices.Values(append([]int{2000}, numbers...))))
		}
		rows, err := measure(corpus{distinct: true}, numbers, p.rounds, p.length, 2000)
		if err != nil {
			return err
		}
		out.mix("distinct, seed 0", rows)
	}
	if p.has("commands") {
		all, err := measureCommands(corpus{}, p.numbers, p.rounds, p.length)
		if err != nil {
			return err
		}
		out.commands(all)
	}
	if p.has("changes") {
		c, err := measureChanges(corpus{}, largest, p.rounds)
		if err != nil {
			return err
		}
		out.changes(c)
	}
	if p.has("hostile") {
		a, err := measureAttack(p.rounds)
		if err != nil {
			return err
		}
		out.attack(a)
	}
	return out.bars()
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
