package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/openchatops/oco/internal/cli"
	"github.com/openchatops/oco/internal/config"
)

// grammar is the command line: every command with its flags and arguments.
type grammar struct {
	Help helpFlag `short:"h" help:"Tell about a command."`

	Run         runCommand         `cmd:"" default:"withargs" group:"bot" help:"Run the bot (default). Without a configuration: in this terminal, with the bundled handlers."`
	Check       checkCommand       `cmd:"" group:"bot" help:"Find what is wrong with a configuration."`
	Doctor      doctorCommand      `cmd:"" group:"bot" help:"Find out why a bot does not work: configuration, machine, store, ports, plugins."`
	Match       matchCommand       `cmd:"" group:"bot" help:"Tell which command would take a message, with which arguments, and why not the others."`
	Try         tryCommand         `cmd:"" group:"bot" help:"Try a plugin in any language, in this terminal, against a bot of its own."`
	New         newCommand         `cmd:"" group:"bot" help:"Write the beginning of a plugin: a project with a program, its test and what runs both."`
	Texts       textsCommand       `cmd:"" group:"bot" help:"Print all that the bot itself says, as a file to translate."`
	Conformance conformanceCommand `cmd:"" group:"bot" help:"Find whether a program of yours keeps to the protocol."`
	Restore     restoreCommand     `cmd:"" group:"bot" help:"Make a data directory of a backup."`
	Version     versionCommand     `cmd:"" group:"bot" help:"Print the version."`
	Helping     helpCommand        `cmd:"" name:"help" group:"bot" help:"Tell about a command."`

	Reference referenceCommand `cmd:"" hidden:"" group:"bot" help:"Write the reference pages that are made from this program."`

	Status   cli.Status   `cmd:"" group:"ask" help:"Tell how the bot is; exit code 1 if it is not ready."`
	Send     cli.Send     `cmd:"" group:"ask" help:"Send a message."`
	Outcomes cli.Outcomes `cmd:"" group:"ask" help:"List what ended badly; retry, drop or cancel it."`
	Show     cli.Show     `cmd:"" group:"ask" help:"Tell the whole life of an event, a delivery or a message."`
	Plugins  cli.Plugins  `cmd:"" group:"ask" help:"List the plugins and their replicas; restart one."`
	Routes   cli.Routes   `cmd:"" group:"ask" help:"List what the plugins take."`
	Key      cli.Key      `cmd:"" group:"ask" help:"Make, rotate, revoke and list the keys of plugins and clients."`
	Store    cli.Store    `cmd:"" group:"ask" help:"Read and write what the bot keeps for plugins."`
	Backup   cli.Backup   `cmd:"" group:"ask" help:"Write all that the bot keeps to a file, while it works."`
	Claim    cli.Claim    `cmd:"" group:"ask" help:"Print a code with which a person becomes an operator."`
	Reload   cli.Reload   `cmd:"" group:"ask" help:"Let the bot read its configuration again, and apply what changed."`
	Forget   cli.Forget   `cmd:"" group:"ask" help:"Remove what a person said, and their name, from all records."`
	Pause    cli.Pause    `cmd:"" group:"ask" help:"Let the deliveries of a handler, or of all, wait."`
	Resume   cli.Resume   `cmd:"" group:"ask" help:"End a pause."`
}

const about = "OpenChatOps: a chat bot for operations whose commands are programs in any language."

// errHelped ends the parsing of a command line that asked for help.
var errHelped = errors.New("help was given")

// helpFlag is --help, which ends parsing wherever it stands.
type helpFlag bool

// IgnoreDefault tells the parser that there is nothing to do without the flag.
func (helpFlag) IgnoreDefault() {}

// BeforeReset prints the help.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	return errHelped
}

// helpCommand is `oco help [COMMAND…]`.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command."`
}

// Run is the help of that command.
func (h *helpCommand) Run(env *cli.Env) error {
	_, err := parse(append(h.Command, "--help"), env.Stdout)
	return err
}

// A parsedCommand is a command line that makes sense.
type parsedCommand struct{ ctx *kong.Context }

// newParser makes the parser of the grammar. Help goes to out.
func newParser(out io.Writer) (*kong.Kong, error) {
	return kong.New(&grammar{}, kong.Name("oco"), kong.Description(about), kong.NoDefaultHelp(), kong.Writers(out, out),
		kong.ExplicitGroups([]kong.Group{{Key: "bot", Title: "A bot:"}, {Key: "ask", Title: "A bot that runs:"}}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.ShortUsageOnError())
}

// parse reads a command line. Without an error and without a command there was
// nothing but help to give, and it was written to out.
func parse(args []string, out io.Writer) (*parsedCommand, error) {
	parser, err := newParser(out)
	if err != nil {
		return nil, err
	}
	if err := knownCommand(parser.Model.Children, args); err != nil {
		return nil, err
	}
	ctx, err := parser.Parse(args)
	switch {
	case errors.Is(err, errHelped):
		return nil, nil
	case err != nil:
		return nil, usageOf(err)
	}
	return &parsedCommand{ctx}, nil
}

// knownCommand refuses a first word that is no command: the parser would take it
// as an argument of the default command.
func knownCommand(commands []*kong.Node, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil
	}
	var names []string
	for _, c := range commands {
		if c.Name == args[0] {
			return nil
		}
		names = append(names, c.Name)
	}
	text := fmt.Sprintf("there is no command `%s`", args[0])
	if near := config.Nearest(args[0], names); near != "" {
		text += fmt.Sprintf("; did you mean `%s`", near)
	}
	return cli.Usage(text + ": see `oco help`")
}

// usageOf adds where help is to what the parser says.
func usageOf(err error) error {
	where := "oco help"
	var failed *kong.ParseError
	if errors.As(err, &failed) && failed.Context != nil {
		if node := failed.Context.Selected(); node != nil && node.Type == kong.CommandNode && !strings.HasPrefix(node.Path(), "oco run") {
			where = strings.TrimSpace("oco help " + commandPath(node))
		}
	}
	text := err.Error()
	if lacks, found := strings.CutPrefix(text, `expected "<`); found {
		text = `missing "<` + lacks
	}
	return cli.Usage(fmt.Sprintf("%s: see `%s`", text, where))
}

// commandPath gives the words of a command: "outcomes retry".
func commandPath(node *kong.Node) string {
	var words []string
	for ; node != nil && node.Type == kong.CommandNode; node = node.Parent {
		words = append([]string{node.Name}, words...)
	}
	return strings.Join(words, " ")
}

// ownSignals says whether the command itself takes SIGINT and SIGTERM.
func (c *parsedCommand) ownSignals() bool {
	name, _, _ := strings.Cut(c.ctx.Command(), " ")
	return name == "run" || name == "try"
}

// run runs the command.
func (c *parsedCommand) run(ctx context.Context, env *cli.Env) error {
	c.ctx.BindTo(ctx, (*context.Context)(nil))
	return c.ctx.Run(env)
}
