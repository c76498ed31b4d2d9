package supervise

import (
	"log/slog"
	"time"
)

// Options says how a Supervisor behaves. The zero value is usable: every field has a
// default, which is used where the field is zero.
type Options struct {
	// Log receives what happens to the processes and, line by line, what they print.
	// Default: nothing is logged.
	Log *slog.Logger

	// OnExit is called each time a process that ran has ended: after it and what it
	// left behind are dead and its keys are revoked, before it may start again. It is
	// called from the goroutine of that process, so a slow OnExit delays only the
	// restart of that one. It may call every method but Stop and Remove.
	OnExit func(Exit)

	// OnBroken is called when a process becomes Broken, with how it ended last, from
	// the goroutine of that process. It may call every method but Stop and Remove.
	OnBroken func(name, why string)

	// Instance names the bot across its restarts, for example by the absolute path of
	// its data directory. KillLeftovers needs it. Default: a random name.
	Instance string

	// Launcher is a command that must call Launch: processes with Limits are started
	// by it. Empty: such processes are refused.
	Launcher []string

	// ReadyWithin is how long a process may take until MarkReady before it is
	// reported as late. Default 10 s.
	ReadyWithin time.Duration
	// ReadyLimit is how long it may take before it is ended and started again.
	// Default 60 s.
	ReadyLimit time.Duration
	// StopGrace is the time between SIGTERM and SIGKILL. Default 30 s.
	StopGrace time.Duration
	// HungGrace is the same for KillHung, where little is to be hoped for.
	// Default 5 s.
	HungGrace time.Duration

	// Restart says when a process that ended is started again.
	Restart RestartPolicy
}

// Exit describes the end of one launch of a process.
type Exit struct {
	// Name is the name of the process.
	Name string
	// PID was its process id.
	PID int
	// Text says how it ended, for people.
	Text string
	// Code is its exit code, -1 if a signal ended it.
	Code int
	// WasReady says whether it had become ready.
	WasReady bool
	// Wanted says that the end was asked for: by Restart, Remove or Stop.
	Wanted bool
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.OnExit == nil {
		o.OnExit = func(Exit) {}
	}
	if o.OnBroken == nil {
		o.OnBroken = func(string, string) {}
	}
	orDuration(&o.ReadyWithin, 10*time.Second)
	orDuration(&o.ReadyLimit, time.Minute)
	orDuration(&o.StopGrace, 30*time.Second)
	orDuration(&o.HungGrace, 5*time.Second)
	o.Restart = o.Restart.withDefaults()
	return o
}

func orDuration(d *time.Duration, otherwise time.Duration) {
	if *d <= 0 {
		*d = otherwise
	}
}
