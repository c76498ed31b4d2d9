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
// A program that only sends and reads uses [Dial].
package oco

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
}

var _ Plugin = (*Handler)(nil)

type route struct {
	wire    *ocov1.Route
	message HandlerFunc
	event   EventFunc
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
// expression is OCO-RE, a subset of RE2; its named groups become arguments.
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
// example "room.member_joined" or "x.acme.deploy.finished".
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
	h.routes = append(h.routes, r)
}

func (h *Handler) manifest() *ocov1.Manifest {
	m := &ocov1.Manifest{Version: valid(h.Version), Description: valid(h.Description), Scopes: h.scopes}
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
