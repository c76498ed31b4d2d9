package bot

import (
	"fmt"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/rpc"
	"github.com/openchatops/oco/internal/supervise"
)

// stateRemote is the state of a plugin that runs elsewhere.
const stateRemote = "remote"

// standing is how the processes are, for status.
func (b *Bot) standing() []rpc.Process {
	if b.children == nil {
		return nil
	}
	var all []rpc.Process
	for _, s := range b.children.Status() {
		p, ok := b.runs(s.Name)
		if !ok {
			continue
		}
		r := rpc.Process{
			Plugins: p.names(), Role: p.role, State: s.State.String(), Detail: s.LastExit, Restarts: s.Restarts, PID: s.PID,
			LastExit: s.LastExit, LastExitAt: s.LastExitAt, NextStart: s.NextStart,
		}
		if s.Late {
			r.Detail = lateness(s)
		}
		all = append(all, r)
	}
	everyPlugin(b.config(), func(_ string, p config.Plugin) {
		if p.Remote {
			all = append(all, rpc.Process{Plugins: []string{p.Name}, Role: b.current.Load().role(p.Name), State: stateRemote})
		}
	})
	return all
}

// lateness says of a process that runs and has not registered for how long, and how
// the one before it ended.
func lateness(s supervise.Status) string {
	text := fmt.Sprintf("it has not registered in %s", time.Since(s.StartedAt).Round(time.Second))
	if s.LastExit != "" {
		text += "; the one before: " + s.LastExit
	}
	return text
}

// warnings are what operators should know.
func (b *Bot) warnings() []string {
	var all []string // those of the registry come besides
	if later := b.current.Load().later; len(later) > 0 {
		all = append(all, "the configuration has changed in "+strings.Join(later, ", ")+": that holds after a restart of the bot")
	}
	if b.certificate != nil {
		if w := b.certificate.warning(time.Now()); w != "" {
			all = append(all, w)
		}
	}
	all = append(all, b.ignoredOperators()...)
	all = append(all, b.unheard.warnings(time.Now())...)
	for _, p := range b.standing() {
		names := strings.Join(p.Plugins, ", ")
		switch p.State {
		case supervise.Broken.String():
			all = append(all, fmt.Sprintf("%s ends again and again, and is tried every few minutes only: %s; `oco plugins restart %s` tries at once", names, p.Detail, p.Plugins[0]))
		case supervise.Backoff.String():
			all = append(all, names+" is down: "+p.Detail)
		case supervise.Starting.String():
			if p.Detail != "" {
				all = append(all, names+" does not come up: "+p.Detail)
			}
		}
	}
	return all
}
