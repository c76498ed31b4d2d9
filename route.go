package oco

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// RouteOption refines a route. What is not set takes the default of the
// route's kind.
type RouteOption struct {
	apply func(*ocov1.Route) error
}

func option(apply func(*ocov1.Route)) RouteOption {
	return RouteOption{func(r *ocov1.Route) error { apply(r); return nil }}
}

func checked(apply func(*ocov1.Route) error) RouteOption { return RouteOption{apply} }

// Repeatable says that running the callback again is always safe: it does
// nothing but read, and reply. Then a delivery that was lost or failed runs
// again by itself.
func Repeatable() RouteOption {
	return option(func(r *ocov1.Route) { r.RunPolicy = ocov1.RunPolicy_RUN_POLICY_REPEATABLE })
}

// Danger refuses the route to everybody outside a group that is named by
// [Allow] or by the operator.
func Danger() RouteOption { return option(func(r *ocov1.Route) { r.Danger = true }) }

// Allow names groups of the operator's configuration that may use the route.
// The operator may replace it. Without it everyone may, but nobody a
// [Danger] route.
func Allow(groups ...string) RouteOption {
	return checked(func(r *ocov1.Route) error {
		if len(groups) == 0 || slices.Contains(groups, "") {
			return errors.New("Allow needs names of groups")
		}
		r.Allow = append(r.Allow, groups...)
		return nil
	})
}

// Name names the route. Rules, help and the operator's configuration refer to
// it. Without it a command is called by its words before the first placeholder.
func Name(name string) RouteOption {
	return checked(func(r *ocov1.Route) error {
		if name == "" {
			return errors.New("Name is empty")
		}
		r.Name = valid(name)
		return nil
	})
}

// Aliases gives a command further patterns with the same placeholders.
func Aliases(patterns ...string) RouteOption {
	return checked(func(r *ocov1.Route) error {
		c := r.GetCommand()
		if c == nil {
			return errors.New("Aliases is for commands only")
		}
		if slices.Contains(patterns, "") {
			return errors.New("Aliases has an empty pattern")
		}
		for _, p := range patterns {
			c.Aliases = append(c.Aliases, valid(p))
		}
		return nil
	})
}

// MaxRun bounds the callback: then its context ends and so does the delivery.
// 60 s unless set; [Message.Extend] counts it anew.
func MaxRun(d time.Duration) RouteOption {
	return positive("MaxRun", d, func(r *ocov1.Route) { r.MaxRun = durationpb.New(d) })
}

// StaleAfter is the age after which a delivery is not run any more.
func StaleAfter(d time.Duration) RouteOption {
	return positive("StaleAfter", d, func(r *ocov1.Route) { r.StaleAfter = durationpb.New(d) })
}

func positive(name string, d time.Duration, apply func(*ocov1.Route)) RouteOption {
	return checked(func(r *ocov1.Route) error {
		if d <= 0 {
			return fmt.Errorf("%s(%v) must be above zero", name, d)
		}
		apply(r)
		return nil
	})
}

// MaxAttempts bounds the attempts of a repeatable route and the retries of any.
// 5 unless set.
func MaxAttempts(n int) RouteOption {
	return checked(func(r *ocov1.Route) error {
		if n < 1 || n > 1000 {
			return fmt.Errorf("MaxAttempts(%d) must be 1 to 1000", n)
		}
		r.MaxAttempts = uint32(n)
		return nil
	})
}

// Order says which deliveries of a route run one after the other.
type Order int

// The orders: of one person in one room, of one room, of the whole route, none.
const (
	OrderUser Order = iota + 1
	OrderRoom
	OrderRoute
	OrderNone
)

// InOrder sets the order of the route's deliveries.
func InOrder(o Order) RouteOption {
	return checked(func(r *ocov1.Route) error {
		if o < OrderUser || o > OrderNone {
			return fmt.Errorf("InOrder(%d): no such order", o)
		}
		r.Order = ocov1.Order(o)
		return nil
	})
}

// Notice says whom the bot tells when the outcome is not done.
type Notice int

// The notices. NotifyNone is not possible on a command.
const (
	NotifyPerson Notice = iota + 1
	NotifyOperators
	NotifyNone
)

// Notify sets whom the bot tells when the outcome is not done.
func Notify(n Notice) RouteOption {
	return checked(func(r *ocov1.Route) error {
		switch {
		case n < NotifyPerson || n > NotifyNone:
			return fmt.Errorf("Notify(%d): no such notice", n)
		case n == NotifyNone && r.GetCommand() != nil:
			return errors.New("Notify(NotifyNone) on a command: who addressed the bot is always told")
		}
		r.Notice = ocov1.Notice(n)
		return nil
	})
}

// Priority orders hear routes: the higher one fires first. 0 unless set.
func Priority(n int) RouteOption {
	return option(func(r *ocov1.Route) { r.Priority = int32(n) })
}

// Exclusive keeps hear routes of lower priority from firing.
func Exclusive() RouteOption {
	return hearOnly("Exclusive", func(h *ocov1.HearMatch) { h.Exclusive = true })
}

// AddressedOnly hears only messages that are addressed to the bot.
func AddressedOnly() RouteOption {
	return hearOnly("AddressedOnly", func(h *ocov1.HearMatch) { h.AddressedOnly = true })
}

// IncludeBots hears other bots too, never the bot itself.
func IncludeBots() RouteOption {
	return hearOnly("IncludeBots", func(h *ocov1.HearMatch) { h.IncludeBots = true })
}

// OnEdit hears a message again when it was edited.
func OnEdit() RouteOption {
	return hearOnly("OnEdit", func(h *ocov1.HearMatch) { h.OnEdit = true })
}

func hearOnly(name string, apply func(*ocov1.HearMatch)) RouteOption {
	return checked(func(r *ocov1.Route) error {
		h := r.GetHear()
		if h == nil {
			return errors.New(name + " is for hear routes only")
		}
		apply(h)
		return nil
	})
}

// ArgumentSpec refines one placeholder of a command. Type, default and whether
// it may be left out stand in the pattern.
type ArgumentSpec struct {
	Name string
	Help string
	// Choices are the only values that fit, if there are any.
	Choices []string
	// Sensitive keeps the value out of logs, audit and notices.
	Sensitive bool
}

// Argument refines the placeholder of that name.
func Argument(spec ArgumentSpec) RouteOption {
	return checked(func(r *ocov1.Route) error {
		c := r.GetCommand()
		if c == nil || spec.Name == "" {
			return errors.New("Argument needs a command and the name of its placeholder")
		}
		c.Arguments = append(c.Arguments, &ocov1.ArgumentSpec{
			Name: spec.Name, Help: valid(spec.Help), Choices: spec.Choices, Sensitive: spec.Sensitive,
		})
		return nil
	})
}
