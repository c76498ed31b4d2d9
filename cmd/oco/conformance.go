package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/openchatops/oco/conformance"
	"github.com/openchatops/oco/internal/cli"
)

// conformanceCommand is `oco conformance`.
type conformanceCommand struct {
	Handler conformanceHandler `cmd:"" help:"Run transcripts against a handler that has the routes of the everything-handler."`
}

type conformanceHandler struct {
	Command []string `arg:"" passthrough:"" help:"The program and its arguments. It finds OCO_ENDPOINT, OCO_URL and OCO_KEY in its environment."`
}

// Run prints each case with what became of it, and fails if one failed.
func (k *conformanceHandler) Run(ctx context.Context, env *cli.Env) error {
	command := k.Command
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		return cli.Usage("conformance of what? oco conformance handler -- COMMAND…")
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	ran, failed := 0, 0
	var unheard error
	err = conformance.Handler(ctx, conformance.Options{Bot: self, Command: command}, func(r conformance.Result) {
		ran++
		text := "ok    " + r.Case.Name() + "\n"
		if r.Err != nil {
			failed++
			text = "FAIL  " + r.Case.Name() + "\n      " + strings.ReplaceAll(r.Err.Error(), "\n", "\n      ") + "\n"
		}
		if _, err := fmt.Fprint(env.Stdout, cli.PrintableLines(text)); err != nil {
			unheard = err
		}
	})
	switch {
	case err != nil:
		return err
	case unheard != nil:
		return unheard
	case failed > 0:
		return fmt.Errorf("%d of %d cases failed", failed, ran)
	}
	_, err = fmt.Fprintf(env.Stdout, "%d cases, all kept.\n", ran)
	return err
}
