package route

import (
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
)

// Limits of a definition.
const (
	maxPlugin   = 64
	maxName     = 256
	maxHelp     = 1024
	maxGroups   = 64
	maxPatterns = 32
	maxExamples = 16
	maxExample  = 512
	maxTypes    = 64
	maxType     = 128
)

func invalid(field, format string, args ...any) *chat.Error {
	return chat.Refuse(chat.FieldInvalid, format, args...).With("field", field)
}

// checkPlugin keeps "plugin:name" and "plugin:command" unambiguous.
func checkPlugin(name string) *chat.Error {
	if name == "" || len(name) > maxPlugin || strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || 'z' < c) && (c < '0' || '9' < c) && c != '-' && c != '_' && c != '.'
	}) {
		return invalid("plugin", "%q is no name of a plugin: 1 to %d of a-z, 0-9, -, _ and . are", name, maxPlugin)
	}
	return nil
}

// checkKind refuses fields that belong to another kind, which would otherwise
// be ignored without a word.
func (d *Definition) checkKind() *chat.Error {
	if d.Kind < Command || d.Kind > Event {
		return invalid("match", "the route says neither command nor hear nor event")
	}
	foreign := []struct {
		field string
		owner Kind
		set   bool
	}{
		{"command.pattern", Command, len(d.Patterns) > 0},
		{"command.deprecated", Command, len(d.Deprecated) > 0},
		{"examples", Command, len(d.Examples) > 0},
		{"hear.regex", Hear, d.Regex != ""},
		{"hear.addressed_only", Hear, d.AddressedOnly},
		{"hear.exclusive", Hear, d.Exclusive},
		{"hear.include_bots", Hear, d.IncludeBots},
		{"event.types", Event, len(d.Types) > 0},
	}
	for _, f := range foreign {
		if f.set && f.owner != d.Kind {
			return invalid(f.field, "%s is set on a route of kind %s", f.field, d.Kind)
		}
	}
	patterns := len(d.Patterns) + len(d.Deprecated)
	switch {
	case d.Kind == Command && len(d.Patterns) == 0:
		return invalid("command.pattern", "the command has no pattern")
	case d.Kind == Command && patterns > maxPatterns:
		return invalid("command.aliases", "the command has %d patterns, at most %d are allowed", patterns, maxPatterns)
	case d.Kind == Hear && d.Regex == "":
		return invalid("hear.regex", "the route has an empty expression, which would match every message: write (?s). if that is meant")
	case d.Kind == Event && len(d.Arguments) > 0:
		return invalid("arguments", "arguments are set on a route of kind event")
	case d.Kind == Event && d.OnEdit:
		return invalid("on_edit", "on_edit is set on a route of kind event")
	case d.Kind == Event && len(d.Types) == 0:
		return invalid("event.types", "the route names no type of event")
	}
	return nil
}

func (d *Definition) checkCommon() *chat.Error {
	switch {
	case len(d.Name) > maxName:
		return invalid("name", "the name has %d bytes, at most %d are allowed", len(d.Name), maxName)
	case strings.TrimSpace(d.Name) != d.Name || strings.ContainsAny(d.Name, "\r\n\t") || pattern.HasHidden(d.Name):
		return invalid("name", "the name %q has white space at an edge, a line end, a tab or an invisible character", pattern.EscapeHidden(d.Name))
	case len(d.Help) > maxHelp:
		return invalid("help", "the help has %d bytes, at most %d are allowed: it is one sentence", len(d.Help), maxHelp)
	case len(d.Allow) > maxGroups:
		return invalid("allow", "allow has %d groups, at most %d are allowed", len(d.Allow), maxGroups)
	case slices.Contains(d.Allow, ""):
		return invalid("allow", "allow has an empty name of a group")
	}
	return nil
}

func (r *Route) checkTypes() *chat.Error {
	if len(r.Types) > maxTypes {
		return invalid("event.types", "the route names %d types, at most %d are allowed", len(r.Types), maxTypes)
	}
	for i, typ := range r.Types {
		if !isType(typ) {
			return invalid("event.types", "%q is no type of an event: such look like room.member_joined", typ)
		}
		if slices.Contains(r.Types[:i], typ) {
			return invalid("event.types", "the type %s stands twice", typ)
		}
	}
	return nil
}

// isType reports whether typ is words of A-Za-z0-9_- joined by dots.
func isType(typ string) bool {
	if len(typ) > maxType {
		return false
	}
	for word := range strings.SplitSeq(typ, ".") {
		if word == "" || strings.ContainsFunc(word, func(c rune) bool {
			return (c < 'a' || 'z' < c) && (c < 'A' || 'Z' < c) && (c < '0' || '9' < c) && c != '_' && c != '-'
		}) {
			return false
		}
	}
	return true
}
