// Command mutate says how much the tests of a package would notice. It compiles
// every mutant of the package (one comparison, one sign, one && changed) into one
// test program and runs that once for each mutant.
//
//	go run ./mutate [-least PERCENT] [-only REGEXP] [-workers N] [-short] ROOT PACKAGE...
//
// A package is named by its directory in the module at ROOT, and only its own
// tests count. A mutant is killed if they fail. What survives is printed; it
// counts against the package also where equivalent.txt says that nothing could
// tell it from the original. Exit 1: less than -least of a package was killed, or
// equivalent.txt lists what is gone or was killed.
//
// The set of mutants is that of gremlins. Unlike it, this runs also those in the
// conditions of a switch, does not take for killed what does not compile, and
// links once for a package instead of once for a mutant.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/openchatops/oco/tools/explained"
)

func main() {
	least := flag.Float64("least", 85, "percent of the mutants of each package that must be killed")
	only := flag.String("only", "", "mutate only files whose name matches")
	workers := flag.Int("workers", 1, "test programs that run at once")
	short := flag.Bool("short", false, "run only the short form of the tests: faster, and kills fewer")
	known := flag.String("equivalent", "mutate/equivalent.txt", "mutants that no test can kill")
	flag.Parse()
	if flag.NArg() < 2 || *workers < 1 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, flag.Arg(0), flag.Args()[1:], *only, *known, *least, *workers, *short); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, packages []string, only, known string, least float64, workers int, short bool) error {
	files, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	root, err = filepath.Abs(root)
	if err != nil {
		return err
	}
	equivalent, err := explained.Read(known)
	if err != nil {
		return err
	}
	weak := 0
	for _, path := range packages {
		ok, err := mutate(ctx, root, path, files, equivalent, least, workers, short)
		if err != nil {
			return err
		}
		if !ok {
			weak++
		}
	}
	if weak > 0 {
		return fmt.Errorf("%d of %d packages fall short", weak, len(packages))
	}
	return nil
}

func mutate(ctx context.Context, root, path string, only *regexp.Regexp, equivalent *explained.List, least float64, workers int, short bool) (ok bool, err error) {
	scratch, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(scratch)
	p, err := compile(root, path, scratch, only)
	if err != nil {
		return false, err
	}
	r := report{program: p, equivalent: equivalent, whole: only.String() == "", out: os.Stdout, began: time.Now(), count: map[fate]int{}, listed: map[string]bool{}}
	if err := p.fates(ctx, scratch, workers, short, r.tell); err != nil {
		return false, err
	}
	return r.sum() >= least && r.stale == 0, nil
}
