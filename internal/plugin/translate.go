package plugin

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
)

// DefinitionID is the hash of a route as it was declared: equal declarations
// have equal ids in every replica.
func DefinitionID(r *ocov1.Route) (string, error) {
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(r)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16]), nil
}

// compile translates a route of the wire and compiles it.
func compile(plugin string, r *ocov1.Route) (*route.Route, *chat.Error) {
	d, err := define(r)
	if err != nil {
		return nil, err
	}
	return route.Compile(plugin, d)
}

func define(r *ocov1.Route) (route.Definition, *chat.Error) {
	id, err := DefinitionID(r)
	if err != nil {
		return route.Definition{}, chat.Refuse(chat.FieldInvalid, "the route cannot be encoded: %v", err)
	}
	d := route.Definition{
		Name: r.GetName(), Help: r.GetHelp(), Priority: int(r.GetPriority()),
		Allow: r.GetAllow(), Danger: r.GetDanger(), ID: id, Examples: r.GetExamples(),
		RunPolicy: known(int32(r.GetRunPolicy()), chat.Repeatable),
		Order:     known(int32(r.GetOrder()), chat.OrderNone),
		Notice:    known(int32(r.GetNotice()), chat.NoticeNone),
	}
	if r.GetMaxAttempts() > route.MaxAttempts {
		return d, chat.Refuse(chat.FieldInvalid, "max_attempts is %d, it must be 1 to %d", r.GetMaxAttempts(), route.MaxAttempts).
			With("field", "max_attempts")
	}
	d.MaxAttempts = int(r.GetMaxAttempts())
	var refused *chat.Error
	if d.MaxRun, refused = length("max_run", r.GetMaxRun(), 24*time.Hour); refused != nil {
		return d, refused
	}
	if d.StaleAfter, refused = length("stale_after", r.GetStaleAfter(), 366*24*time.Hour); refused != nil {
		return d, refused
	}
	refused = match(&d, r)
	return d, refused
}

// known turns a number that this bot does not know into "not set".
func known[T ~uint8](value int32, last T) T {
	if value < 0 || value > int32(last) {
		return 0
	}
	return T(value)
}

// length reads a duration that is absent or between nothing and most.
func length(field string, d *durationpb.Duration, most time.Duration) (time.Duration, *chat.Error) {
	if d == nil {
		return 0, nil
	}
	if err := d.CheckValid(); err != nil || d.AsDuration() <= 0 || d.AsDuration() > most {
		return 0, chat.Refuse(chat.FieldInvalid, "%s must be longer than nothing and at most %s", field, most).
			With("field", field)
	}
	return d.AsDuration(), nil
}

func match(d *route.Definition, r *ocov1.Route) *chat.Error {
	switch m := r.GetMatch().(type) {
	case *ocov1.Route_Command:
		d.Kind = route.Command
		d.Patterns = append([]string{m.Command.GetPattern()}, m.Command.GetAliases()...)
		d.Deprecated, d.OnEdit = m.Command.GetDeprecated(), m.Command.GetOnEdit()
		d.Arguments = arguments(m.Command.GetArguments())
		if d.Notice == chat.NoticeNone {
			return chat.Refuse(chat.PolicyForbidden,
				"notice: a command is addressed to the bot, and who addresses the bot is always answered; use person or operators").With("field", "notice")
		}
	case *ocov1.Route_Hear:
		d.Kind = route.Hear
		d.Regex = m.Hear.GetRegex()
		d.AddressedOnly, d.Exclusive = m.Hear.GetAddressedOnly(), m.Hear.GetExclusive()
		d.IncludeBots, d.OnEdit = m.Hear.GetIncludeBots(), m.Hear.GetOnEdit()
		d.Arguments = arguments(m.Hear.GetArguments())
	case *ocov1.Route_Event:
		d.Kind = route.Event
		d.Types = m.Event.GetTypes()
	default:
		return chat.Refuse(chat.FieldInvalid, "the route says neither command nor hear nor event").With("field", "match")
	}
	return nil
}

func arguments(declared []*ocov1.ArgumentSpec) (all []pattern.Spec) {
	for _, a := range declared {
		all = append(all, argument(a))
	}
	return all
}

func argument(a *ocov1.ArgumentSpec) pattern.Spec {
	return pattern.Spec{
		Name: a.GetName(), Type: pattern.Type(a.GetType()), Choices: a.GetChoices(),
		Default: a.GetDefaultText(), HasDefault: a.DefaultText != nil,
		Help: a.GetHelp(), Sensitive: a.GetSensitive(), Optional: a.GetOptional(), List: a.GetList(),
		Check: pattern.Check(a.GetCheck()),
	}
}

// ArgumentSpec is what the wire says of an argument of a compiled command.
func ArgumentSpec(s pattern.Spec) *ocov1.ArgumentSpec {
	out := &ocov1.ArgumentSpec{
		Name: s.Name, Type: ocov1.ArgumentType(s.Type), Choices: s.Choices,
		Help: s.Help, Sensitive: s.Sensitive, Optional: s.Optional, List: s.List, Rest: s.Rest,
		Check: ocov1.ArgumentCheck(s.Check),
	}
	if s.HasDefault {
		out.DefaultText = &s.Default
	}
	return out
}
