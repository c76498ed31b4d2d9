package supervise

import "time"

// State is where a process is in its life.
type State int

// The states of a process.
const (
	// Starting: it was started, or is about to be, and is not ready yet.
	Starting State = iota
	// Running: it is ready.
	Running
	// Backoff: it ended and waits for its next start.
	Backoff
	// Broken: it ended too often; it is tried again now and then.
	Broken
	// Stopped: it was stopped for good.
	Stopped
)

// String returns the word for the state that people read.
func (s State) String() string {
	switch s {
	case Starting:
		return "starting"
	case Running:
		return "running"
	case Backoff:
		return "backoff"
	case Broken:
		return "broken"
	case Stopped:
		return "stopped"
	}
	return "unknown"
}

// Status is what is known about one process at one moment.
type Status struct {
	// Name is the name of the process.
	Name string
	// State is where it is in its life.
	State State
	// PID is its process id, 0 while none runs.
	PID int
	// Late says that it has not become ready in time (Options.ReadyWithin).
	Late bool
	// Restarts counts the starts after the first one.
	Restarts int
	// StartedAt is when the process that runs was started, zero while none runs.
	StartedAt time.Time
	// ReadySince is when it became ready, zero while it is not.
	ReadySince time.Time
	// NextStart is when it will be started again, zero unless in Backoff or Broken.
	NextStart time.Time
	// LastExit says how its last launch ended or why it could not start; empty if
	// there was none.
	LastExit string
	// LastExitAt is when that was.
	LastExitAt time.Time
}
