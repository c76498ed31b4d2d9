package bot

import (
	"sort"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/rpc"
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
		case h.Bundled() && !h.Separate && h.Name == h.Plugin:
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

// start hands a process to the supervisor, with a socket of its own.
func (b *Bot) start(p process) error {
	first := p.plugins[0]
	l, endpoint, err := b.dir.listenAs(p.name, first.User)
	if err != nil {
		return err
	}
	if err := b.serve(l, rpc.Door{Children: p.names()}, nil); err != nil {
		return err
	}
	run := supervise.Process{Name: p.name, Command: p.command, Dir: first.Dir, User: first.User, Endpoint: endpoint, KeyLines: b.keyLines(p)}
	for k, v := range first.Env {
		run.Env = append(run.Env, k+"="+v)
	}
	sort.Strings(run.Env)
	if p.terminal {
		named := *b.o.Terminal
		named.Name = b.o.Config.Name
		run.Terminal = &named
	}
	return b.children.Start(run)
}

// keyLines mints the one-launch keys of a process.
func (b *Bot) keyLines(p process) func() ([]string, func(), error) {
	return func() ([]string, func(), error) {
		var lines []string
		var revokes []func()
		for _, name := range p.names() {
			key, revoke := b.keys.Launch(name, p.role, b.grants[name])
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

// exited takes the end of a process: what its plugins held is lost, and said so
// before it may start again.
func (b *Bot) exited(e supervise.Exit) {
	p, ok := b.processes[e.Name]
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

// standing is how the processes are, for status.
func (b *Bot) standing() []rpc.Process {
	if b.children == nil {
		return nil
	}
	var all []rpc.Process
	for _, s := range b.children.Status() {
		p, ok := b.processes[s.Name]
		if !ok {
			continue
		}
		r := rpc.Process{Plugins: p.names(), State: s.State.String(), Detail: s.LastExit, Restarts: s.Restarts, PID: s.PID}
		if s.Late && r.Detail == "" {
			r.Detail = "it has not registered yet"
		}
		all = append(all, r)
	}
	return all
}

// warnings are what operators should know.
func (b *Bot) warnings() []string {
	var all []string // those of the registry come besides
	if b.certificate != nil {
		if w := b.certificate.warning(time.Now()); w != "" {
			all = append(all, w)
		}
	}
	for _, p := range b.standing() {
		switch p.State {
		case supervise.Broken.String(), supervise.Backoff.String():
			all = append(all, strings.Join(p.Plugins, ", ")+" is down: "+p.Detail)
		case supervise.Starting.String():
			if p.Detail != "" {
				all = append(all, strings.Join(p.Plugins, ", ")+" does not come up: "+p.Detail)
			}
		}
	}
	return all
}
