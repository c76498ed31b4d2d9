package rpc

import (
	"fmt"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/view"
)

// namesOf gives the commands the names that they have where a name is one word, by
// key; nil if nobody wants them. They are of all commands, whoever asks: else a
// command would be called one thing by one person and another by the next.
func namesOf(commands []plugin.RouteInfo, wanted bool) map[string]string {
	if !wanted {
		return nil
	}
	named := make([]view.Named, len(commands))
	for i, info := range commands {
		named[i] = view.Named{Plugin: info.Plugin, Route: info.Live.Name, Words: info.Live.Command().Name(), Taken: info.Taken != nil}
	}
	return view.Names(named)
}

// addViews adds what programs and chat services make of a command. Of one that is
// only reached by the name of its plugin, the line has that name.
func addViews(out *ocov1.Command, info plugin.RouteInfo, name string) error {
	c := info.Live.Command()
	var err error
	if info.Taken != nil && c.Name() != "" {
		if c, err = pattern.Compile(out.GetPattern(), info.Live.Arguments); err != nil {
			return fmt.Errorf("the pattern of %s, which compiled before: %w", info.Live.Key(), err)
		}
	}
	if out.Schema, err = view.Schema(c, info.Live.Key(), out.GetHelp()); err != nil {
		return fmt.Errorf("the schema of %s: %w", info.Live.Key(), err)
	}
	slash, ok := view.NewSlash(c, name, out.GetHelp())
	if !ok {
		return nil // nothing that services have could express it
	}
	out.SlashCommand = &ocov1.SlashCommand{Name: slash.Name, Description: slash.Description}
	for _, o := range slash.Options {
		out.SlashCommand.Options = append(out.SlashCommand.Options, &ocov1.SlashOption{
			Name: o.Name, Argument: o.Argument, Description: o.Description,
			Type: ocov1.ArgumentType(o.Type), Required: o.Required, Choices: o.Choices,
		})
	}
	return nil
}
