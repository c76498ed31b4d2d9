package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/openchatops/oco/internal/bot"
	"github.com/openchatops/oco/internal/cli"
	"github.com/openchatops/oco/internal/config"
)

// checkCommand is `oco check`.
type checkCommand struct {
	Config  string `short:"c" help:"Configuration." placeholder:"FILE" default:"oco.yaml"`
	Offline bool   `help:"Run no program to ask for its manifest: only bundled plugins are checked whole."`
}

// Run prints everything that is wrong, then what could not be checked. What is
// wrong makes it fail; warnings do not.
func (k *checkCommand) Run(ctx context.Context, env *cli.Env) error {
	_, found, err := inspect(ctx, k.Config, k.Offline)
	if err != nil {
		return err
	}
	return k.tell(env, found.wrong, found.doubts)
}

// inspect finds everything that is wrong with a file. The configuration is nil if
// it is no configuration at all. It fails if there is no such file.
func inspect(ctx context.Context, file string, offline bool) (*config.Config, findings, error) {
	c, wrong := config.Inspect(file)
	var invalid *config.Invalid
	switch {
	case wrong != nil && !errors.As(wrong, &invalid):
		return nil, findings{}, wrong
	case c == nil:
		return nil, findings{wrong: problems(wrong)}, nil
	}
	executable, err := os.Executable()
	if err != nil {
		return nil, findings{}, fmt.Errorf("find this program: %w", err)
	}
	// What is wrong with one part hides nothing of another.
	errs := []error{wrong, bot.Check(c)}
	all := manifests(ctx, c, executable, offline)
	for _, d := range all {
		errs = append(errs, d.refused)
	}
	found, err := rehearse(ctx, c, all)
	if wrong := config.Join(errs...); wrong != nil {
		found.wrong = append(problems(wrong), found.wrong...)
	}
	return c, found, err
}

// problems takes an error of a configuration apart.
func problems(err error) []string {
	joined, several := err.(interface{ Unwrap() []error })
	if !several {
		return []string{err.Error()}
	}
	var all []string
	for _, one := range joined.Unwrap() {
		all = append(all, problems(one)...)
	}
	return all
}

func (k *checkCommand) tell(env *cli.Env, wrong, doubts []string) error {
	for _, text := range wrong {
		if _, err := fmt.Fprintln(env.Stderr, cli.PrintableLines(text)); err != nil {
			return err
		}
	}
	for _, text := range doubts {
		if _, err := fmt.Fprintln(env.Stderr, "warning: "+cli.PrintableLines(text)); err != nil {
			return err
		}
	}
	switch len(wrong) {
	case 0:
		_, err := fmt.Fprintf(env.Stdout, "%s is fine\n", cli.Printable(k.Config))
		return err
	case 1:
		return fmt.Errorf("%s has a problem", k.Config)
	}
	return fmt.Errorf("%s has %d problems", k.Config, len(wrong))
}
