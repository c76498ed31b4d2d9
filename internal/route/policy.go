package route

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// Defaults of every kind.
const (
	DefaultMaxRun      = 60 * time.Second
	DefaultMaxAttempts = 5
)

// MaxAttempts is the greatest number of attempts that a route may ask for.
const MaxAttempts = 1000

// policy is one line of the table of the delivery contract (OCO-DLV-2).
type policy struct {
	run   chat.RunPolicy
	note  chat.Notice
	stale time.Duration
	order chat.Order
}

func defaultsOf(k Kind) policy {
	switch k {
	case Command:
		return policy{chat.Once, chat.NoticePerson, 5 * time.Minute, chat.OrderUser}
	case Hear:
		return policy{chat.Once, chat.NoticeNone, time.Minute, chat.OrderRoom}
	default:
		return policy{chat.Repeatable, chat.NoticeOperators, 24 * time.Hour, chat.OrderRoom}
	}
}

// complete fills in what the plugin left open.
func (d *Definition) complete() {
	p := defaultsOf(d.Kind)
	if d.RunPolicy == 0 {
		d.RunPolicy = p.run
	}
	if d.Notice == 0 {
		d.Notice = p.note
	}
	if d.StaleAfter == 0 {
		d.StaleAfter = p.stale
	}
	if d.Order == 0 {
		d.Order = p.order
	}
	if d.MaxRun == 0 {
		d.MaxRun = DefaultMaxRun
	}
	if d.MaxAttempts == 0 {
		d.MaxAttempts = DefaultMaxAttempts
	}
}

// checkPolicy refuses what no default mends.
func (d *Definition) checkPolicy() *chat.Error {
	switch {
	case d.RunPolicy > chat.Repeatable:
		return invalid("run_policy", "run_policy %d does not exist", d.RunPolicy)
	case d.Order > chat.OrderNone:
		return invalid("order", "order %d does not exist", d.Order)
	case d.Notice > chat.NoticeNone:
		return invalid("notice", "notice %d does not exist", d.Notice)
	case d.Kind == Command && d.Notice == chat.NoticeNone:
		return invalid("notice", "a command cannot have notice none: somebody addressed the bot and is told how it ended")
	case d.MaxRun < 0:
		return invalid("max_run", "max_run is %v, it must be above zero", d.MaxRun)
	case d.StaleAfter < 0:
		return invalid("stale_after", "stale_after is %v, it must be above zero", d.StaleAfter)
	case d.MaxAttempts < 0 || d.MaxAttempts > MaxAttempts:
		return invalid("max_attempts", "max_attempts is %d, it must be 1 to %d", d.MaxAttempts, MaxAttempts)
	}
	return nil
}
