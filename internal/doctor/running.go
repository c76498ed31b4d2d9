package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// bot looks at the bot that runs; if none does, at whether one could.
func (e *examination) bot() {
	const subject = "bot"
	status, err := e.Ask(e.ctx)
	switch {
	case err != nil && e.Elsewhere:
		e.add(Fail, subject, err.Error(), "see whether it runs, and whether OCO_ENDPOINT and OCO_KEY are its own")
		return
	case err != nil:
		e.silent(subject, err)
		return
	}
	e.status = status
	e.operatorKey()
	if v := status.GetBot().GetVersion(); v != e.Version {
		e.add(Warn, subject, fmt.Sprintf("it is oco %s, and this is oco %s", v, e.Version), "restart the bot to run this version")
	}
	if status.GetReady() {
		e.ok(subject, fmt.Sprintf("process %d runs and is ready", status.GetProcessId()))
	} else {
		e.add(Fail, subject, fmt.Sprintf("process %d runs and is not ready", status.GetProcessId()), "see the adapter below, and the bot's log")
	}
	e.accounts()
	e.plugins()
	for _, text := range status.GetWarnings() {
		e.add(Warn, subject, text, "see `oco status`")
	}
	if n := status.GetCounts()["open_list"]; n > 0 {
		e.add(Warn, "outcomes", fmt.Sprintf("%d deliveries ended badly and were not settled", n), "see `oco outcomes`")
	} else {
		e.ok("outcomes", "nothing that ended badly waits to be settled")
	}
}

// silent looks why no bot answers.
func (e *examination) silent(subject string, why error) {
	switch read, err := e.ReadStore(e.ctx); {
	case err == nil && read.Whole:
		e.ok("store", fmt.Sprintf("it opens, and all of its %d rows are sound: %s, read in %s", read.Rows, size(read.Bytes), brief(read.Took)))
	case err == nil:
		e.ok("store", fmt.Sprintf("it opens, and the first %d rows are sound: %s, read in %s; --store-time reads for longer", read.Rows, size(read.Bytes), brief(read.Took)))
	case errors.Is(err, fs.ErrNotExist):
		e.ok("store", "there is none yet: the first start makes it")
	case e.InUse(err):
		e.add(Fail, subject, "a process has the data and does not answer: "+err.Error(), "see its log; end it if it hangs, and start the bot again")
		return
	default:
		e.add(Fail, "store", err.Error(), "restore a backup, or do what the text says")
	}
	e.add(Warn, subject, "none runs: "+why.Error(), "start it with `oco run`")
}

// brief is a duration as people read it.
func brief(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Second / 10)
}

func (e *examination) operatorKey() {
	const subject = "operator's key"
	if e.Elsewhere {
		return
	}
	path := filepath.Join(e.Config.Data, "operator.key")
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // the bot is elsewhere
	case err != nil:
		e.add(Fail, subject, err.Error(), "run this as the user that runs the bot")
	case info.Mode().Perm()&0o077 != 0:
		e.add(Fail, subject, fmt.Sprintf("others may read %s: its mode is %04o", path, info.Mode().Perm()), "chmod 600 "+path+", and restart the bot for a new key")
	default:
		e.ok(subject, "only its owner may read "+path)
	}
}

func (e *examination) accounts() {
	const subject = "adapter"
	if len(e.status.GetAccounts()) == 0 {
		e.add(Fail, subject, "none has registered", "see the plugins below, and the bot's log")
	}
	for _, a := range e.status.GetAccounts() {
		text := strings.TrimSuffix(fmt.Sprintf("%s on %s: %s", a.GetAccountId(), a.GetService(), a.GetDetail()), ": ")
		if a.GetConnected() {
			e.ok(subject, text)
		} else {
			e.add(Fail, subject, text, "it tries again by itself; see the adapter's lines in the bot's log")
		}
	}
}

func (e *examination) plugins() {
	remote := map[string]bool{e.Config.Adapter.Name: e.Config.Adapter.Remote}
	for _, p := range e.Config.Handlers {
		remote[p.Name] = p.Remote
	}
	seen := map[string]bool{e.Config.Adapter.Name: true}
	for _, p := range e.status.GetPlugins() {
		seen[p.GetPluginId()] = true
		e.plugin(p, remote[p.GetPluginId()])
	}
	for _, p := range e.Config.Handlers {
		if e.Elsewhere {
			break // what it is configured with is not known here
		}
		if !seen[p.Name] {
			e.add(Warn, "plugin "+p.Name, "it has never registered", pickAdvice(p.Remote))
		}
	}
}

func pickAdvice(remote bool) string {
	if remote {
		return "start it where it runs, with the two lines of `oco key new NAME`"
	}
	return "see its lines in the bot's log; `oco plugins restart NAME` starts it at once"
}

func (e *examination) plugin(p *ocov1.Plugin, remote bool) {
	subject := "plugin " + p.GetPluginId()
	connected := 0
	for _, r := range p.GetReplicas() {
		if r.GetConnected() {
			connected++
		}
	}
	detail := ""
	if p.GetDetail() != "" {
		detail = ": " + p.GetDetail()
	}
	switch {
	case p.GetPaused():
		e.add(Warn, subject, fmt.Sprintf("it is paused%s; %d deliveries wait", detail, p.GetWaiting()), "oco resume "+p.GetPluginId())
	case connected == 0 && remote:
		e.add(Warn, subject, fmt.Sprintf("no replica of it is connected; %d deliveries wait", p.GetWaiting()), pickAdvice(true))
	case connected == 0 && p.GetState() == "":
		e.add(Warn, subject, fmt.Sprintf("it is not connected, and the configuration starts no process for it%s", detail), "if it is missed, add it to `handlers` again")
	case connected == 0:
		e.add(Fail, subject, fmt.Sprintf("it is not connected, its process is %s%s", p.GetState(), detail), pickAdvice(false))
	case p.GetWaiting() > 0:
		e.add(Warn, subject, fmt.Sprintf("%d connected, and %d deliveries wait", connected, p.GetWaiting()), "if they wait for long, run more replicas")
	default:
		text := fmt.Sprintf("%d connected", connected)
		if p.GetVersion() != "" {
			text += ", version " + p.GetVersion()
		}
		e.ok(subject, text)
	}
}
