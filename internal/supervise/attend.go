package supervise

import "time"

// attendance is the watch over one launch of a child.
type attendance struct {
	child  *child
	run    launched
	ready  <-chan struct{}
	reason string // why we ended it; empty: it ended by itself
	wanted bool
	kill   <-chan time.Time
	killAt time.Time // when kill fires, zero before terminate
}

// untilExit returns when the launch is over.
func (a *attendance) untilExit() {
	c, o := a.child, a.child.supervisor.options
	readyWithin, _ := c.supervisor.times()
	late, limit := time.NewTimer(readyWithin), time.NewTimer(o.ReadyLimit)
	defer late.Stop()
	defer limit.Stop()
	stop, now := c.stop, c.now
	for {
		select {
		case <-a.run.exited():
			return
		case <-a.ready:
			a.ready = nil
			late.Stop()
			limit.Stop()
			o.Log.Info("the plugin is ready", "plugin", c.process.Name)
		case <-late.C:
			c.update(func(s *Status) { s.Late = s.State == Starting })
			o.Log.Warn("the plugin has not registered yet", "plugin", c.process.Name, "after", readyWithin)
		case <-limit.C:
			a.terminate("it did not register within "+o.ReadyLimit.String()+" and was ended", false, o.HungGrace)
		case q := <-c.asks:
			if !q.hung {
				a.terminate("a restart was asked for", true, q.grace)
			} else {
				a.terminate("it hung and was ended", false, o.HungGrace)
			}
		case <-stop:
			stop = nil
			a.terminate("it was stopped", true, a.grace())
		case <-a.kill:
			a.end()
		case <-now:
			now = nil
			a.end()
		}
	}
}

// terminate asks the process to end and sets the time of its kill. A later reason
// changes neither the first one nor, unless it is sooner, the time.
func (a *attendance) terminate(reason string, wanted bool, grace time.Duration) {
	a.wanted = a.wanted || wanted
	if a.reason == "" {
		a.reason = reason
		a.log("end the plugin", a.run.terminate())
	}
	if at := time.Now().Add(grace); a.killAt.IsZero() || at.Before(a.killAt) {
		a.killAt, a.kill = at, time.After(grace)
	}
}

func (a *attendance) grace() time.Duration {
	_, grace := a.child.supervisor.times()
	return grace
}

func (a *attendance) end() {
	a.kill = nil
	a.child.mu.Lock()
	a.child.killed = a.child.stopping
	a.child.mu.Unlock()
	a.log("kill the plugin", a.run.kill())
}

func (a *attendance) log(what string, err error) {
	if err != nil {
		a.child.supervisor.options.Log.Error("cannot "+what, "plugin", a.child.process.Name, "error", err)
	}
}

// text says for people how the launch ended and why; valid after untilExit.
func (a *attendance) text() string {
	if a.reason == "" {
		return a.run.text()
	}
	return a.reason + " (" + a.run.text() + ")"
}
