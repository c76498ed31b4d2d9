package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/cli"
	"github.com/openchatops/oco/internal/config"
)

// tryPatience is how long the first line waits for the plugin: `go run` may have
// to compile it, and an interpreter to start. One that ends is not waited for.
const tryPatience = 55 * time.Second

// tryCommand is `oco try -- COMMAND…`.
type tryCommand struct {
	Name    string   `help:"Name of the handler. Default: from the command." placeholder:"NAME"`
	Scope   []string `help:"What it may do beside answering, for example messages.write." placeholder:"SCOPE"`
	Set     []string `help:"What it is told, as under settings in a configuration: retries=3, 'hosts=[a, b]'." placeholder:"NAME=VALUE" sep:"none"`
	Command []string `arg:"" passthrough:"" help:"The program and its arguments."`
}

// Run runs a bot with empty data, the program and the bundled handlers.
func (t *tryCommand) Run(env *cli.Env) (err error) {
	c, err := t.config()
	if err != nil {
		return err
	}
	if c.Data, err = os.MkdirTemp("", "oco-try-"); err != nil {
		return fmt.Errorf("make a data directory: %w", err)
	}
	defer func() {
		var exit exitCode
		if err != nil && !errors.As(err, &exit) {
			return // the log in there tells why
		}
		if gone := os.RemoveAll(c.Data); gone != nil {
			err = gone
		}
	}()
	name := c.Handlers[0].Name
	to := besideEditor(env.Stderr, env.Getenv)
	return runBot(c, trial{
		also:     func(h slog.Handler) slog.Handler { return &echo{Handler: h, plugin: name, to: to} },
		patience: tryPatience,
		plugin:   name,
	}, nil)
}

func (t *tryCommand) config() (*config.Config, error) {
	command := t.Command
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		return nil, cli.Usage("try what? oco try -- COMMAND…")
	}
	if _, err := exec.LookPath(command[0]); err != nil {
		return nil, fmt.Errorf("%s cannot be started: %w", command[0], err)
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find this directory: %w", err)
	}
	settings, err := config.ParseSettings(t.Set)
	if err != nil {
		return nil, err
	}
	program := config.Plugin{Name: t.Name, Command: append([]string{}, command...), Dir: here, Scopes: t.Scope, Settings: settings}
	if program.Name == "" {
		program.Name = pluginName(command)
	}
	if !namePattern.MatchString(program.Name) || program.Name == "terminal" || program.Name == "core" {
		return nil, cli.Usage(fmt.Sprintf("`%s` cannot be the name of the handler: use --name with a-z, 0-9 and -, not core or terminal", program.Name))
	}
	c := *config.Default()
	c.Listen = config.Listen{HTTP: "127.0.0.1:0"} // the program may speak JSON
	c.Handlers = append([]config.Plugin{program}, c.Handlers...)
	// That is what many a first program has: if it does not come up, nobody else may
	// seem to be it.
	c.Routes[config.RouteKey{Handler: "core", Route: "echo"}] = config.Route{Disabled: true}
	return &c, nil
}

var (
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	unfit       = regexp.MustCompile(`[^a-z0-9]+`)
)

// pluginName guesses what a program is called: the first argument that is a file
// of its own, as in `python3 hello.py`, else the program.
func pluginName(command []string) string {
	file := command[0]
	for _, argument := range command[1:] {
		if filepath.Ext(argument) != "" && !strings.HasPrefix(argument, "-") {
			file = argument
			break
		}
	}
	base := filepath.Base(file)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	name := strings.TrimLeft(unfit.ReplaceAllString(strings.ToLower(base), "-"), "0123456789-")
	name = strings.TrimRight(name[:min(32, len(name))], "-")
	if name == "" || name == "core" || name == "terminal" {
		return "try"
	}
	return name
}
