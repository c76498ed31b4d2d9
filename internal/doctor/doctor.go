package doctor

import (
	"context"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/config"
)

// A Level says how bad a finding is.
type Level string

// The levels: all is well, something to look at, something that does not work.
const (
	OK   Level = "ok"
	Warn Level = "warn"
	Fail Level = "fail"
)

// A Finding is one thing that was looked at.
type Finding struct {
	Level   Level  `json:"level"`
	Subject string `json:"subject"`
	// Text says what was found.
	Text string `json:"text"`
	// Advice says what to do; empty if all is well.
	Advice string `json:"advice,omitempty"`
}

// A Patient is what is looked at.
type Patient struct {
	// File is the configuration; empty: there is none.
	File string
	// Unread is a configuration that lies here and was not named; empty: none does.
	Unread string
	// Config is what holds; nil: it could not be read.
	Config *config.Config
	// Wrong and Doubts are what checking the configuration found.
	Wrong, Doubts []string
	// Elsewhere says that the bot runs on another machine: only it is asked.
	Elsewhere bool
	// Version is that of this program.
	Version string
	// Now is the time of this machine.
	Now time.Time
	// Ask asks the bot that runs on the data directory.
	Ask func(ctx context.Context) (*ocov1.GetStatusResponse, error)
	// ReadStore opens the store, reads all of it as far as its time allows, and
	// closes it again, changing nothing. It is called only if no bot answers.
	ReadStore func(ctx context.Context) (Stored, error)
	// InUse says whether an error of ReadStore means that a process has it open.
	InUse func(error) bool
	// Certificate is what the port for remote plugins shows, and what they dial.
	Certificate func() (Certificate, error)
}

// Stored is what was read of a store.
type Stored struct {
	Rows, Bytes uint64
	// Whole says that it was all; else the time was over.
	Whole bool
	Took  time.Duration
}

// A Certificate is what remote plugins see.
type Certificate struct {
	// Address is what they dial, host:port.
	Address string
	// Pin is the SHA-256 of the certificate, as hexadecimal digits; empty: there
	// is none yet, or no TLS.
	Pin string
	// Ends is when it ends to be valid; it counts only if it is not self-made.
	Ends     time.Time
	SelfMade bool
	TLS      bool
}

// An examination collects what is found.
type examination struct {
	Patient
	ctx   context.Context
	found []Finding
	// status is how the bot is, nil if none answers.
	status *ocov1.GetStatusResponse
}

// Examine looks at everything. Beside the store it takes a few seconds at most.
func Examine(ctx context.Context, p Patient) []Finding {
	e := &examination{Patient: p, ctx: ctx}
	if e.Elsewhere {
		e.bot()
		return e.found
	}
	e.configuration()
	e.clock()
	e.openFiles()
	if e.Config == nil {
		e.add(Warn, "the rest", "was not looked at, because it depends on the configuration", "correct that first")
		return e.found
	}
	e.data()
	e.bot()
	e.ports()
	e.certificate()
	return e.found
}

// Worst is the level of the worst finding.
func Worst(all []Finding) Level {
	worst := OK
	for _, f := range all {
		if f.Level == Fail || f.Level == Warn && worst == OK {
			worst = f.Level
		}
	}
	return worst
}

func (e *examination) add(level Level, subject, text, advice string) {
	e.found = append(e.found, Finding{level, subject, text, advice})
}

func (e *examination) ok(subject, text string) { e.add(OK, subject, text, "") }

func (e *examination) configuration() {
	const subject = "configuration"
	for _, text := range e.Wrong {
		e.add(Fail, subject, text, "correct it; `oco check` says more")
	}
	for _, text := range e.Doubts {
		e.add(Warn, subject, text, "look whether that is meant")
	}
	switch {
	case len(e.Wrong)+len(e.Doubts) > 0:
	case e.Unread != "":
		e.add(Warn, subject, "none is named, so the defaults hold; "+e.Unread+" is here and was not read", "`oco doctor -c "+e.Unread+"` reads it")
	case e.File == "":
		e.ok(subject, "none: the defaults hold")
	default:
		e.ok(subject, e.File+" is fine")
	}
}
