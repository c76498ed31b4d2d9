// Package exec is the handler that makes any program a command, by configuration
// alone: which program, with what of the arguments, as whom, for how long, and what
// becomes of what it prints. It never calls a shell.
//
// What a person says reaches a program in two ways only. In its arguments each value
// is one item or a part of one, never more unless it is a list, and never the begin of
// an option unless the operator says so. On its standard input everything comes as
// JSON. A secret comes by the second alone, for arguments can be seen by everybody on
// the machine.
package exec

import (
	"fmt"

	"github.com/openchatops/oco"
)

// New returns the handler as the plugin "exec". It has the commands of its settings,
// and works without a scope; with rooms.read it edits one message while a program
// runs, where the chat service can.
func New() *oco.Handler {
	h := oco.HandlerFrom("exec", declare)
	h.Description = "Programs as commands."
	h.Scopes("rooms.read")
	return h
}

// declare makes a route of each command of the settings, or says everything that is
// wrong with them.
func declare(s settings, h *oco.Handler) error {
	var wrong problems
	names := map[string]int{}
	for i, c := range s.Commands {
		at := fmt.Sprintf("commands[%d]", i)
		p, name, err := c.compile()
		if err != nil {
			wrong.add(at, err)
			continue
		}
		if first, taken := names[name]; taken {
			wrong.add(at+".name", fmt.Errorf("the command is called `%s`, as commands[%d] is: give one of them a `name`", name, first))
			continue
		}
		names[name] = i
		h.Command(c.Command, c.Help, p.serve, c.options(name)...)
	}
	return wrong.err()
}
