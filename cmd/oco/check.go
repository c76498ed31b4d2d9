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
	Config string `short:"c" help:"Configuration." placeholder:"FILE" default:"oco.yaml"`
}

// Run prints everything that is wrong, then what could not be checked. What is
// wrong makes it fail; warnings do not.
func (k *checkCommand) Run(ctx context.Context, env *cli.Env) error {
	c, err := config.Load(k.Config)
	var invalid *config.Invalid
	if err != nil && !errors.As(err, &invalid) {
		return err // there is no such file
	}
	if err == nil {
		err = bot.Check(c)
	}
	if err != nil {
		return k.tell(env, problems(err), nil)
	}
	executable, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	found, err := rehearse(ctx, c, manifests(ctx, c, executable))
	if err != nil {
		return err
	}
	return k.tell(env, found.wrong, found.doubts)
}

// problems takes an error of a configuration apart.
func problems(err error) []string {
	var invalid *config.Invalid
	var joined interface{ Unwrap() []error }
	var all []string
	switch {
	case errors.As(err, &invalid):
		for _, p := range invalid.Problems {
			all = append(all, p.Error())
		}
	case errors.As(err, &joined):
		for _, one := range joined.Unwrap() {
			all = append(all, problems(one)...)
		}
	default:
		all = append(all, err.Error())
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
