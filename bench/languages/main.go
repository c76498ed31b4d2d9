package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/bench/loop"
	"github.com/openchatops/oco/bench/subject"
	"github.com/openchatops/oco/bench/verdict"
)

// envPart says that this process is a part of the bench: the one that its first argument
// names.
const (
	envPart  = "OCO_BENCH_PART"
	roleBot  = "bare-bot"
	roleBare = "bare"
	roleEcho = "echo"
)

func main() {
	err := play()
	if errors.Is(err, errNoPart) {
		err = command(os.Args[1:], os.Stdout, os.Stderr)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "languages:", err)
	os.Exit(1)
}

var errNoPart = errors.New("this process is no part of the bench")

// play is the life of a part of the bench that is written in Go.
func play() error {
	if os.Getenv(envPart) == "" || len(os.Args) < 2 {
		return errNoPart
	}
	switch role := os.Args[1]; {
	case role == roleBot:
		return runBareBot()
	case role == roleBare && len(os.Args) == 4:
		return runBareEcho(os.Args[2], os.Args[3])
	case role == roleEcho:
		os.Args = os.Args[:1] // the library reads them too
		oco.Main(newEcho())
		return nil
	default:
		return fmt.Errorf("%q is no part of the bench", os.Args[1:])
	}
}

// newEcho is the echo in Go, as an author writes it with the library.
func newEcho() *oco.Handler {
	h := oco.NewHandler(golang)
	h.MaxInFlight(loop.MaxInFlight)
	h.Command(golang+" {text...}", "Say it again.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply(msg.Arg("text"))
		return nil
	})
	return h
}

// command is what people run: it drives all the others.
func command(args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("languages", flag.ContinueOnError)
	flags.SetOutput(stderr)
	p := plan{programs: map[string]programs{}}
	w := flags.String("w", "1,64", "messages in flight, with commas between")
	flags.IntVar(&p.rounds, "rounds", 7, "how often everything is measured; seven for figures that count")
	flags.DurationVar(&p.length, "length", 700*time.Millisecond, "length of one measurement")
	flags.DurationVar(&p.warm, "warm", 2*time.Second, "how long each handler is used before the first round")
	flags.StringVar(&p.dir, "dir", "", "where the stores are; empty: the directory for temporary files")
	flags.StringVar(&p.program, "program", "", "the bot; empty: it is built from this tree")
	flags.StringVar(&p.profile, "profile", "", "directory for profiles of the handlers in Python and TypeScript")
	tree := flags.String("tree", ".", "this repository")
	only := flags.String("languages", "", "languages, with commas between; empty: all")
	raw := flags.String("json", "", "file for every single measurement, one JSON object a line")
	short := flags.Bool("short", false, "one round of 50 ms: does everything work?")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag; try -help", flags.Arg(0))
	}
	if p.inFlight, err = loop.Numbers(*w); err != nil {
		return err
	}
	chosen, err := some(*only)
	if err != nil {
		return err
	}
	if *short {
		p.rounds, p.length, p.warm = 1, 50*time.Millisecond, 20*time.Millisecond
	}
	if p.rounds < 1 || p.length <= 0 || p.warm <= 0 {
		return fmt.Errorf("-rounds %d -length %v -warm %v: all must be above nothing", p.rounds, p.length, p.warm)
	}
	made, err := os.MkdirTemp("", "languages-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(made)) }()
	if err := p.build(*tree, made, chosen); err != nil {
		return err
	}
	all, err := p.drive(func(what string) { fmt.Fprintf(stderr, "\r%-40s", what) })
	fmt.Fprint(stderr, "\r", strings.Repeat(" ", 40), "\r")
	return errors.Join(err, printTables(stdout, all, p.languages(), p.inFlight), verdict.Lines(*raw, all))
}

// build builds the bot and the programs of the languages.
func (p *plan) build(tree, out string, chosen []language) (err error) {
	ctx := context.Background()
	if tree, err = filepath.Abs(tree); err != nil {
		return err
	}
	if p.program == "" {
		p.program, err = subject.Build(ctx, out)
	} else {
		p.program, err = filepath.Abs(p.program) // it is started in another directory
	}
	if err != nil {
		return err
	}
	if p.profile != "" {
		if p.profile, err = filepath.Abs(p.profile); err != nil {
			return err
		}
		if err := os.MkdirAll(p.profile, 0o755); err != nil {
			return err
		}
	}
	for _, l := range chosen {
		if p.programs[l.name], err = l.build(ctx, tree, filepath.Join(out, l.name)); err != nil {
			return err
		}
	}
	return nil
}

// some are the languages of a list.
func some(list string) ([]language, error) {
	if list == "" {
		return languages, nil
	}
	var chosen []language
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(languages, func(l language) bool { return l.name == name })
		if i < 0 {
			return nil, fmt.Errorf("-languages %s: there is no language %q, but go, python, typescript", list, name)
		}
		chosen = append(chosen, languages[i])
	}
	return chosen, nil
}
