package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/adapters/irc"
	"github.com/openchatops/oco/adapters/terminal"
	"github.com/openchatops/oco/handlers/core"
	"github.com/openchatops/oco/handlers/exec"
	"github.com/openchatops/oco/internal/supervise"
)

// The plugins in this binary.
var (
	adapters = map[string]func() oco.Plugin{
		"irc":      func() oco.Plugin { return irc.New() },
		"terminal": func() oco.Plugin { return terminal.New() },
	}
	handlers = map[string]func() oco.Plugin{
		"core": func() oco.Plugin { return core.New() },
		"exec": func() oco.Plugin { return exec.New() },
	}
)

// inner runs what only a bot calls: `adapter NAME`, `handler NAME…`, `guard`, `launch`.
// done is false if args are none of these. A plugin does not return.
func inner(args []string, stderr io.Writer) (code int, done bool) {
	if len(args) == 0 {
		return 0, false
	}
	switch args[0] {
	case "adapter":
		return serve(adapters, args, stderr), true
	case "handler":
		return serve(handlers, args, stderr), true
	case "guard":
		if err := supervise.Guard(); err != nil {
			return report(stderr, err), true
		}
		return 0, true
	case "launch":
		return report(stderr, supervise.Launch(args[1:])), true // it returns only if it failed
	}
	return 0, false
}

// serve is the whole life of a process of bundled plugins.
func serve(known map[string]func() oco.Plugin, args []string, stderr io.Writer) int {
	var plugins []oco.Plugin
	for _, name := range args[1:] {
		if strings.HasPrefix(name, "--") {
			continue // the library's own flags
		}
		make := known[name]
		if make == nil {
			return usage(stderr, "no bundled %s is called %q", args[0], name)
		}
		if name == "exec" {
			// The programs that it runs are to find no key in its memory.
			if err := supervise.ProtectSelf(); err != nil {
				return report(stderr, err)
			}
		}
		p := make()
		if h, ok := p.(*oco.Handler); ok {
			h.Version = versionText() // it is of this program
		}
		plugins = append(plugins, p)
	}
	if len(plugins) == 0 {
		return usage(stderr, "which %s? oco %s NAME", args[0], args[0])
	}
	oco.Main(plugins...)
	return 0
}

func usage(stderr io.Writer, format string, args ...any) int {
	if _, err := fmt.Fprintf(stderr, "oco: "+format+"\n", args...); err != nil {
		return 1
	}
	return 2
}
