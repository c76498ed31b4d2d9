package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// A language is one that handlers are written in. Its name is the name of its handler,
// and the command that this echoes.
type language struct {
	name string
	// build makes its programs, in the directory out if it needs one.
	build func(ctx context.Context, tree, out string) (programs, error)
}

// programs are the commands that run the two echoes of a language. The bare one is told
// the address of the bare bot and in which way to answer.
type programs struct {
	echo, bare []string
	env        []string
}

var languages = []language{{golang, buildGo}, {"python", buildPython}, {"typescript", buildTypeScript}}

// golang is the language of the bench itself, for comparison.
const golang = "go"

func buildGo(context.Context, string, string) (programs, error) {
	self, err := os.Executable()
	return programs{echo: []string{self, roleEcho}, bare: []string{self, roleBare}, env: []string{envPart + "=1"}}, err
}

func buildPython(ctx context.Context, tree, _ string) (programs, error) {
	if err := run(ctx, filepath.Join(tree, "tools/venv.sh")); err != nil {
		return programs{}, err
	}
	python, here := filepath.Join(tree, ".venv/bin/python"), filepath.Join(tree, "bench/languages/python")
	return programs{
		echo: []string{python, filepath.Join(here, "echo.py")},
		bare: []string{python, filepath.Join(here, "bare.py")},
		env:  []string{"PYTHONPATH=" + filepath.Join(tree, "sdk/python")},
	}, nil
}

func buildTypeScript(ctx context.Context, tree, out string) (programs, error) {
	err := run(ctx, filepath.Join(tree, "tools/typescript.sh"), "program", "bench/languages/typescript", out)
	return programs{
		echo: []string{"node", filepath.Join(out, "dist/echo.js")},
		bare: []string{"node", filepath.Join(out, "dist/bare.js")},
	}, err
}

func run(ctx context.Context, command ...string) error {
	if said, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", command, err, said)
	}
	return nil
}
