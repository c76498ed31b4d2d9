package bot

import (
	"context"
	"errors"
	"sort"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/engine"
	"github.com/openchatops/oco/internal/supervise"
)

// A process is one that the bot runs, with the plugins in it.
type process struct {
	name     string
	role     chat.Role
	plugins  []config.Plugin
	command  []string
	terminal bool
}

// processes are those of a configuration: the adapter, the bundled handlers
// together, and each other handler by itself.
func processes(o Options) []process {
	var all []process
	if a := o.Config.Adapter; !a.Remote {
		p := process{name: a.Name, role: chat.RoleAdapter, plugins: []config.Plugin{a}, command: a.Command, terminal: o.Terminal != nil}
		if a.Bundled() {
			p.command = []string{o.Executable, "adapter", a.Plugin}
		}
		all = append(all, p)
	}
	shared := process{name: "handlers", role: chat.RoleHandler, command: []string{o.Executable, "handler"}}
	for _, h := range o.Config.Handlers {
		switch {
		case h.Remote:
		case h.Bundled() && !h.Separate && h.Name == h.Plugin && !alone[h.Plugin]:
			shared.plugins = append(shared.plugins, h)
			shared.command = append(shared.command, h.Plugin)
		case h.Bundled():
			all = append(all, process{name: h.Name, role: chat.RoleHandler, plugins: []config.Plugin{h}, command: []string{o.Executable, "handler", h.Plugin}})
		default:
			all = append(all, process{name: h.Name, role: chat.RoleHandler, plugins: []config.Plugin{h}, command: h.Command})
		}
	}
	if len(shared.plugins) == 1 {
		shared.name = shared.plugins[0].Name
	}
	if len(shared.plugins) > 0 {
		all = append(all, shared)
	}
	return all
}

func (p process) names() []string {
	names := make([]string, len(p.plugins))
	for i, c := range p.plugins {
		names[i] = c.Name
	}
	return names
}

// launch is what the supervisor is told of a process.
func (b *Bot) launch(p process, endpoint string) supervise.Process {
	run := p.program()
	run.Endpoint, run.URL, run.KeyLines = endpoint, b.url, b.keyLines(p)
	if p.terminal {
		named := *b.o.Terminal
		named.Name = b.config().Name
		run.Terminal = &named
	}
	return run
}

// program is what a process runs and how: two that are equal need no restart.
func (p process) program() supervise.Process {
	first := p.plugins[0]
	run := supervise.Process{Name: p.name, Command: p.command, Dir: first.Dir, User: first.User, Plugins: p.names(), Limits: limits(first)}
	for k, v := range first.Env {
		run.Env = append(run.Env, k+"="+v)
	}
	sort.Strings(run.Env)
	return run
}

// keyLines mints the one-launch keys of a process.
func (b *Bot) keyLines(p process) func() ([]string, func(), error) {
	return func() ([]string, func(), error) {
		var lines []string
		var revokes []func()
		for _, name := range p.names() {
			key, revoke := b.keys.Launch(name, p.role, nil) // its scopes are those of the configuration
			lines = append(lines, name+" "+key)
			revokes = append(revokes, revoke)
		}
		return lines, func() {
			for _, revoke := range revokes {
				revoke()
			}
		}, nil
	}
}

// broken takes that a process ends again and again: operators are told, and who
// waits for its plugins knows that it may take long.
func (b *Bot) broken(name, why string) {
	p, ok := b.runs(name)
	if !ok {
		return
	}
	err := b.do(context.Background(), delivery.Broken{Plugins: p.names(), Why: why})
	if err != nil && !errors.Is(err, engine.ErrStopped) {
		b.log.Error("that a process is broken could not be told", "process", name, "error", err)
	}
}

// exited takes the end of a process: what its plugins held is lost, and said so
// before it may start again.
func (b *Bot) exited(e supervise.Exit) {
	p, ok := b.runs(e.Name)
	if !ok {
		return
	}
	b.gone(p.names()...)
	for _, name := range p.names() {
		b.ready.set(name) // who waits for it to come up waits in vain
	}
	if p.terminal && !e.Wanted && e.Code >= 0 {
		b.end(e.Code)
	}
}
