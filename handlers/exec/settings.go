package exec

import (
	"errors"
	"time"

	"github.com/openchatops/oco"
)

// settings are what the operator sets. docs/howto-exec.md explains them.
type settings struct {
	Commands []command `help:"The commands, each a program: see howto-exec.md."`
}

// A command is a pattern and the program that is run for it.
type command struct {
	Command    string
	Name       string `oco:",optional"`
	Help       string `oco:",optional"`
	Run        []string
	Timeout    time.Duration       `default:"1m"`
	Dir        string              `oco:",optional"`
	Env        []string            `oco:",optional"`
	User       string              `oco:",optional"`
	Stdin      string              `choices:"none,json" default:"none"`
	Output     string              `choices:"text,block,stream" default:"text"`
	MaxOutput  int                 `default:"16384"`
	MaxLines   int                 `default:"200"`
	Exit       map[int]string      `oco:",optional"`
	Arguments  map[string]argument `oco:",optional"`
	Allow      []string            `oco:",optional"`
	Danger     bool                `oco:",optional"`
	Aliases    []string            `oco:",optional"`
	Deprecated []string            `oco:",optional"`
	Examples   []string            `oco:",optional"`
	Repeatable bool                `oco:",optional"`
	Order      string              `choices:"user,room,route,none" default:"user"`
}

// An argument refines a placeholder of the pattern.
type argument struct {
	Help      string   `oco:",optional"`
	Choices   []string `oco:",optional"`
	Sensitive bool     `oco:",optional"`
	// Match is a regular expression that a value must fit whole.
	Match string `oco:",optional"`
	// Unchecked takes what could be more than a value for a program; see argv.
	Unchecked bool `oco:",optional"`
}

var orders = map[string]oco.Order{"user": oco.OrderUser, "room": oco.OrderRoom, "route": oco.OrderRoute, "none": oco.OrderNone}

// options say of the route what the settings say of the command.
func (c *command) options(name string) []oco.RouteOption {
	all := []oco.RouteOption{
		oco.Name(name), oco.MaxRun(c.Timeout + killAfter + slack), oco.InOrder(orders[c.Order]),
		oco.Aliases(c.Aliases...), oco.Deprecated(c.Deprecated...), oco.Examples(c.Examples...),
	}
	for name, a := range c.Arguments {
		all = append(all, oco.Argument(oco.ArgumentSpec{Name: name, Help: a.Help, Choices: a.Choices, Sensitive: a.Sensitive}))
	}
	if len(c.Allow) > 0 {
		all = append(all, oco.Allow(c.Allow...))
	}
	if c.Danger {
		all = append(all, oco.Danger())
	}
	if c.Repeatable {
		all = append(all, oco.Repeatable())
	}
	return all
}

// problems collects what is wrong, each with its path.
type problems []error

func (p *problems) add(path string, err error) {
	if err != nil {
		*p = append(*p, oco.AtSetting(path, err))
	}
}

func (p problems) err() error { return errors.Join(p...) }
