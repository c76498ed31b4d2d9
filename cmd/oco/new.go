package main

import (
	"fmt"

	"github.com/openchatops/oco/internal/cli"
	"github.com/openchatops/oco/internal/scaffold"
)

// newCommand is `oco new`.
type newCommand struct {
	Handler newHandler `cmd:"" help:"Write the beginning of a handler: commands in a language of your choice."`
	Adapter newAdapter `cmd:"" help:"Write the beginning of an adapter: a connection to a chat service."`
}

type newHandler struct {
	Lang string `required:"" enum:"go,python,typescript" help:"go, python or typescript." placeholder:"LANGUAGE"`
	Name string `arg:"" help:"What the handler and its directory are called."`
}

// Run writes it.
func (k *newHandler) Run(env *cli.Env) error {
	return begin(env, scaffold.Project{Kind: scaffold.Handler, Language: k.Lang, Name: k.Name},
		"make run     # talk to it in this terminal: say `hello`")
}

type newAdapter struct {
	Lang string `required:"" enum:"go,python" help:"go or python." placeholder:"LANGUAGE"`
	Name string `arg:"" help:"What the adapter and its directory are called."`
}

// Run writes it.
func (k *newAdapter) Run(env *cli.Env) error {
	return begin(env, scaffold.Project{Kind: scaffold.Adapter, Language: k.Lang, Name: k.Name},
		"make run     # a bot with it: README.md says how to talk to that")
}

// begin writes a project below the working directory and says what to do next.
func begin(env *cli.Env, p scaffold.Project, run string) error {
	if err := p.Check(); err != nil {
		return cli.Usage(err.Error())
	}
	if err := p.Write("."); err != nil {
		return err
	}
	_, err := fmt.Fprintf(env.Stdout, "The %s %s begins in the directory %s. Next:\n\n    cd %s\n    make test    # with a real bot\n    %s\n\nREADME.md there says what to change.\n",
		p.Kind, p.Name, p.Name, p.Name, run)
	return err
}
