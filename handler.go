// Package oco is the library with which authors write plugins for
// OpenChatOps: handlers, which run code when a route matches, and adapters,
// which connect the bot to a chat service.
//
// A plugin is a process of its own. It dials the bot, says what it offers, and
// then receives deliveries. A handler is a [Handler] with callbacks:
//
//	func main() { oco.Main(newHandler()) }
//
//	func newHandler() *oco.Handler {
//		h := oco.NewHandler("echo")
//		h.Command("echo {text...}", "Repeat some text.", echo)
//		return h
//	}
//
//	func echo(ctx context.Context, msg *oco.Message) error {
//		msg.Reply(msg.Arg("text"))
//		return nil
//	}
//
// Patterns are compiled and matched by the bot only; the callback gets named,
// typed arguments. There is nothing to acknowledge: a delivery is done when its
// callback returned nil, and what it replied commits together with that
// outcome.
//
// An adapter is a type with two methods, [Adapter], given to [NewAdapter].
//
// What the operator may set for a plugin is a struct, see [Settings]. A handler whose
// routes depend on it is made by [HandlerFrom].
//
// A program that only sends and reads uses [Dial].
package oco

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// HandlerFunc is the callback of a command or hear route.
//
// It is called in a goroutine of its own, up to [Handler.MaxInFlight] at once,
// and may block. ctx ends when the bot cancels the delivery, when its lease is
// lost, or when the route's [MaxRun] is over; what the callback replied until
// then stands. A nil error ends the delivery done. Any other fails it on a
// once route and has it run again on a [Repeatable] one; see [Tell],
// [RetryAfter] and [Permanent]. A panic is recovered and fails the delivery,
// its stack goes to the log.
//
// msg must not be used after the callback returned.
type HandlerFunc func(ctx context.Context, msg *Message) error

// EventFunc is the callback of an event route, called as [HandlerFunc] is.
type EventFunc func(ctx context.Context, ev *Event) error

// Handler is a program with routes. Declare everything before it is given to
// [Main] or [Run]; it must not be changed afterwards. A mistake in a
// declaration that the library can see panics with a text that says what is
// wrong; the bot judges the patterns when the handler registers.
type Handler struct {
	// Version and Description are for operators.
	Version     string
	Description string

	name        string
	maxInFlight int
	scopes      []string
	hears       int
	routes      []*route
	declarer
	// Of HandlerFrom: its routes depend on its settings. made is what came of those
	// that count; nil before the first, and in what is made.
	fromSettings bool
	made         atomic.Pointer[Handler]
	isMade       bool // this is what a build declares on
}

var _ Plugin = (*Handler)(nil)

type route struct {
	wire     *ocov1.Route
	message  HandlerFunc
	event    EventFunc
	declared string // Command("ping") at main.go:12

	reading   sync.Once // of its pattern, when an argument is missing first
	arguments []string
	read      bool // the pattern could be read
}

// NewHandler returns a handler without routes. The name must be the one that
// the operator's configuration gives it: its key belongs to that name.
func NewHandler(name string) *Handler {
	if !pluginName(name) {
		panic(fmt.Sprintf("oco: NewHandler(%q): a name is 1 to 40 characters of a-z, 0-9 and -, beginning with a letter", name))
	}
	return &Handler{name: name, maxInFlight: defaultInFlight}
}

// Name returns the handler's name.
func (h *Handler) Name() string { return h.name }

// MaxInFlight sets how many callbacks run at once, 16 unless set. The bot may
// grant less; a delivery beyond it is given back unstarted.
func (h *Handler) MaxInFlight(n int) {
	if h.isMade {
		panic(fmt.Sprintf("oco: handler %s: MaxInFlight is said of the handler itself: what it runs at once does not depend on its settings", h.name))
	}
	if n < 1 || n > 1000 {
		panic(fmt.Sprintf("oco: handler %s: MaxInFlight(%d): must be 1 to 1000", h.name, n))
	}
	h.maxInFlight = n
}

// Scopes asks for scopes, for example "users.read". The operator grants them.
func (h *Handler) Scopes(scopes ...string) {
	for _, s := range scopes {
		if s == "" {
			panic(fmt.Sprintf("oco: handler %s: Scopes: empty scope", h.name))
		}
		if !slices.Contains(h.scopes, s) {
			h.scopes = append(h.scopes, s)
		}
	}
}

// Command declares a route on messages that are addressed to the bot and fit
// the pattern whole, for example "deploy {app} [{env}] {note...}". help is one
// sentence for people.
func (h *Handler) Command(pattern, help string, fn HandlerFunc, opts ...RouteOption) {
	if strings.TrimSpace(pattern) == "" {
		panic(fmt.Sprintf("oco: handler %s: Command: empty pattern", h.name))
	}
	h.add("Command", pattern, &route{
		message: fn,
		wire: &ocov1.Route{
			Help:  valid(help),
			Match: &ocov1.Route_Command{Command: &ocov1.CommandMatch{Pattern: valid(pattern)}},
		},
	}, fn == nil, opts)
}

// Hear declares a route on any message in which the expression is found. The
// expression is OCO-RE, a subset of RE2; its named groups become arguments, texts
// unless [Argument] says otherwise.
// Unless named, the handler's hear routes are called hear-1, hear-2 and so on.
func (h *Handler) Hear(regex, help string, fn HandlerFunc, opts ...RouteOption) {
	if regex == "" {
		panic(fmt.Sprintf("oco: handler %s: Hear: empty expression", h.name))
	}
	h.hears++
	h.add("Hear", regex, &route{
		message: fn,
		wire: &ocov1.Route{
			Name: fmt.Sprintf("hear-%d", h.hears), Help: valid(help),
			Match: &ocov1.Route_Hear{Hear: &ocov1.HearMatch{Regex: valid(regex)}},
		},
	}, fn == nil, opts)
}

// OnEvent declares a route on events that are not messages, by type, for
// example [MemberJoined] or "x.acme.deploy.finished".
func (h *Handler) OnEvent(eventType string, fn EventFunc, opts ...RouteOption) {
	if eventType == "" {
		panic(fmt.Sprintf("oco: handler %s: OnEvent: empty type", h.name))
	}
	h.add("OnEvent", eventType, &route{
		event: fn,
		wire: &ocov1.Route{
			Name:  "event-" + eventType,
			Match: &ocov1.Route_Event{Event: &ocov1.EventMatch{Types: []string{valid(eventType)}}},
		},
	}, fn == nil, opts)
}

func (h *Handler) add(method, what string, r *route, isNil bool, opts []RouteOption) {
	where := fmt.Sprintf("oco: handler %s: %s(%q)", h.name, method, what)
	if isNil {
		panic(where + ": the callback is nil")
	}
	for _, o := range opts {
		if o.apply == nil {
			panic(where + ": empty option")
		}
		if err := o.apply(r.wire); err != nil {
			panic(fmt.Sprintf("%s: %v", where, err))
		}
	}
	// A command without a name of its own is named by the bot, after the words
	// of its pattern.
	for _, other := range h.routes {
		if r.wire.Name != "" && r.wire.Name == other.wire.Name {
			panic(fmt.Sprintf("%s: there is a route %q already; name one of them with oco.Name", where, r.wire.Name))
		}
		if p := r.wire.GetCommand().GetPattern(); p != "" && p == other.wire.GetCommand().GetPattern() {
			panic(where + ": there is a route with this pattern already")
		}
	}
	r.declared = fmt.Sprintf("%s(%q) at %s", method, what, callerOf(2))
	h.routes = append(h.routes, r)
}

// fresh is what a build declares on.
func (h *Handler) fresh() *Handler {
	return &Handler{
		Version: h.Version, Description: h.Description, name: h.name, maxInFlight: h.maxInFlight, scopes: slices.Clone(h.scopes),
		hears: h.hears, routes: slices.Clone(h.routes), declarer: h.declarer, isMade: true,
	}
}

// current is the handler as its settings make it.
func (h *Handler) current() *Handler {
	if made := h.made.Load(); made != nil {
		return made
	}
	return h
}

func (h *Handler) manifest() *ocov1.Manifest {
	h = h.current()
	m := &ocov1.Manifest{Version: valid(h.Version), Description: valid(h.Description), Scopes: h.scopes, Settings: specsOf(h.settings)}
	for _, r := range h.routes {
		m.Routes = append(m.Routes, r.wire)
	}
	return m
}

func pluginName(s string) bool {
	if len(s) == 0 || len(s) > 40 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

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
// nothing but read, reply and fill its [Message.Transaction]. Then a delivery that was lost or failed runs
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
	return commandTexts("Aliases", patterns, func(r *ocov1.Route, p string) {
		r.GetCommand().Aliases = append(r.GetCommand().Aliases, p)
	})
}

// Deprecated gives a command further patterns with the same placeholders that go
// on working and that nobody is shown any more: those by which it was called
// before. Who says one is told the pattern of today, once a day.
func Deprecated(patterns ...string) RouteOption {
	return commandTexts("Deprecated", patterns, func(r *ocov1.Route, p string) {
		r.GetCommand().Deprecated = append(r.GetCommand().Deprecated, p)
	})
}

// Examples gives texts for the help of a command, as somebody would type them
// after the name of the bot: "deploy web to prod". Each must be taken by the
// pattern or an alias, or the bot refuses the route when the handler registers.
func Examples(texts ...string) RouteOption {
	return commandTexts("Examples", texts, func(r *ocov1.Route, text string) { r.Examples = append(r.Examples, text) })
}

func commandTexts(name string, texts []string, add func(r *ocov1.Route, text string)) RouteOption {
	return checked(func(r *ocov1.Route) error {
		if r.GetCommand() == nil {
			return errors.New(name + " is for commands only")
		}
		if slices.Contains(texts, "") {
			return errors.New(name + " has an empty text")
		}
		for _, text := range texts {
			add(r, valid(text))
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

// OnEdit takes a message again when it was changed: a hear route the new text, and
// a command the new text if it is addressed to the bot. Without it a change runs
// nothing. What the message was before may have run the callback already; see
// [Message.Edited].
func OnEdit() RouteOption {
	return checked(func(r *ocov1.Route) error {
		switch m := r.GetMatch().(type) {
		case *ocov1.Route_Command:
			m.Command.OnEdit = true
		case *ocov1.Route_Hear:
			m.Hear.OnEdit = true
		default:
			return errors.New("OnEdit is for commands and hear routes only")
		}
		return nil
	})
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

// ArgumentSpec refines one placeholder of a command, or says what a named group of a
// hear route is.
type ArgumentSpec struct {
	Name string
	// Type is that of a group, a text unless set; with Choices it is one of them. Of a
	// command the type, the default and whether it may be left out stand in the
	// pattern.
	Type ArgumentType
	// Help is for commands.
	Help string
	// Choices are the only values that fit, if there are any.
	Choices []string
	// Sensitive keeps the value out of logs, audit and notices.
	Sensitive bool
}

// ArgumentType is what a named group of a hear route holds.
type ArgumentType int

// The types of groups. A message in which one is something else is not heard.
const (
	TypeText ArgumentType = iota
	TypeInteger
	TypeNumber
	TypeDuration
)

// Argument refines the placeholder of that name, or says what the group of that name
// is (OCO-RTE-43):
//
//	h.Hear(`slow for (?P<time>\w+)`, "…", slow, oco.Argument(oco.ArgumentSpec{Name: "time", Type: oco.TypeDuration}))
func Argument(spec ArgumentSpec) RouteOption {
	return checked(func(r *ocov1.Route) error {
		wire := &ocov1.ArgumentSpec{Name: spec.Name, Help: valid(spec.Help), Choices: spec.Choices, Sensitive: spec.Sensitive}
		types := map[ArgumentType]ocov1.ArgumentType{
			TypeText: ocov1.ArgumentType_ARGUMENT_TYPE_TEXT, TypeInteger: ocov1.ArgumentType_ARGUMENT_TYPE_INTEGER,
			TypeNumber: ocov1.ArgumentType_ARGUMENT_TYPE_NUMBER, TypeDuration: ocov1.ArgumentType_ARGUMENT_TYPE_DURATION,
		}
		switch m := r.GetMatch().(type) {
		case *ocov1.Route_Command:
			if spec.Name == "" {
				return errors.New("Argument needs the name of a placeholder")
			}
			if spec.Type != TypeText {
				return fmt.Errorf("Argument of %s: the type stands in the pattern of a command, as in {%s:integer}", spec.Name, spec.Name)
			}
			m.Command.Arguments = append(m.Command.Arguments, wire)
		case *ocov1.Route_Hear:
			if spec.Name == "" {
				return errors.New("Argument needs the name of a group")
			}
			if wire.Type = types[spec.Type]; wire.Type == ocov1.ArgumentType_ARGUMENT_TYPE_UNSPECIFIED {
				return fmt.Errorf("Argument of %s: there is no type %d", spec.Name, spec.Type)
			}
			if len(spec.Choices) > 0 {
				if spec.Type != TypeText {
					return fmt.Errorf("Argument of %s: choices are texts", spec.Name)
				}
				wire.Type = ocov1.ArgumentType_ARGUMENT_TYPE_CHOICE
			}
			m.Hear.Arguments = append(m.Hear.Arguments, wire)
		default:
			return errors.New("Argument is for commands and hear routes only")
		}
		return nil
	})
}
