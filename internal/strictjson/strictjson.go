// Package strictjson reads messages of the protocol from JSON that people wrote: it
// refuses what it does not know, and says which part is wrong, where that stands and
// what would be right. It repeats no value, for that may be a secret.
package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/openchatops/oco/internal/nearest"
)

// maxDepth is how far below the whole a mistake is looked for: each message in another
// is read once more.
const maxDepth = 16

// A Problem is the first thing that is wrong with a document.
type Problem struct {
	// At is the path of the part, such as routes[1].command.allow. Empty: the whole.
	At string
	// Text is a sentence of it.
	Text string
}

func (p *Problem) Error() string {
	if p.At == "" {
		return p.Text
	}
	return p.At + ": " + p.Text
}

// Unmarshal reads a document into a message. Its error is a *Problem.
func Unmarshal(document []byte, into proto.Message) error {
	err := protojson.Unmarshal(document, into)
	if err == nil {
		return nil
	}
	return wrongDocument(document, into.ProtoReflect().Type(), err)
}

// known finds what can be told of an error without a value of the document.
var known = regexp.MustCompile(`\(line \d+:\d+\)(: duplicate field "[^"]{0,64}")?`)

func wrongDocument(document []byte, t protoreflect.MessageType, err error) *Problem {
	if len(document) == 0 {
		return wrongAt("", "it is empty: a %s without fields is {}", t.Descriptor().Name())
	}
	var whole any
	if broken := json.Unmarshal(document, &whole); broken != nil {
		where := ""
		if at, ok := errors.AsType[*json.SyntaxError](broken); ok {
			where = fmt.Sprintf(" behind %d bytes", at.Offset)
		}
		return wrongAt("", "it is no JSON: %v%s", broken, where)
	}
	if wrong := wrongMessage(document, t, "", 0); wrong != nil {
		return wrong
	}
	return wrongAt("", "%s", strings.TrimSpace("it is no "+string(t.Descriptor().Name())+" "+known.FindString(err.Error())))
}

// A message in JSON is looked at part by part, in the order of the names, until one is
// wrong. at is where it stands.
func wrongMessage(raw json.RawMessage, t protoreflect.MessageType, at string, depth int) *Problem {
	if depth > maxDepth {
		return nil
	}
	var parts map[string]json.RawMessage
	if json.Unmarshal(raw, &parts) != nil || parts == nil {
		return wrongAt(at, "it must be an object, in {}, with the fields of %s: %s", t.Descriptor().Name(), strings.Join(fields(t.Descriptor()), ", "))
	}
	taken := map[protoreflect.Name]string{}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if wrong := wrongField(parts[name], t, name, at, depth); wrong != nil {
			return wrong
		}
		if of := lookup(t, name).ContainingOneof(); of != nil && string(parts[name]) != "null" {
			if other := taken[of.Name()]; other != "" {
				return wrongAt(at, "%s and %s exclude each other: say one of them", other, name)
			}
			taken[of.Name()] = name
		}
	}
	return nil
}

// lookup finds a field by its name in JSON or in the protocol; nil: there is none.
func lookup(t protoreflect.MessageType, name string) protoreflect.FieldDescriptor {
	if field := t.Descriptor().Fields().ByJSONName(name); field != nil {
		return field
	}
	return t.Descriptor().Fields().ByTextName(name)
}

func wrongField(raw json.RawMessage, t protoreflect.MessageType, name, at string, depth int) *Problem {
	here := strings.TrimPrefix(at+"."+printable(name), ".")
	field := lookup(t, name)
	switch {
	case field == nil:
		return wrongAt(here, "there is no such field in %s%s", t.Descriptor().Name(), instead(name, t.Descriptor()))
	case string(raw) == "null":
	case field.IsMap():
		return wrongMap(raw, t, field, here)
	case field.IsList():
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			return wrongAt(here, "it must be a list, in []")
		}
		if field.Message() == nil && fits(t, field, string(raw)) {
			return nil
		}
		for i, item := range items {
			if wrong := wrongValue(item, t, field, fmt.Sprintf("%s[%d]", here, i), "["+string(item)+"]", depth); wrong != nil {
				return wrong
			}
		}
	default:
		return wrongValue(raw, t, field, here, string(raw), depth)
	}
	return nil
}

// wrongMap looks at a map, the values of which are no messages of the protocol.
func wrongMap(raw json.RawMessage, t protoreflect.MessageType, field protoreflect.FieldDescriptor, here string) *Problem {
	var entries map[string]json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		return wrongAt(here, "it must be an object, in {}, with a name for each value")
	}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		alone, err := json.Marshal(map[string]json.RawMessage{key: entries[key]})
		if err != nil || !fits(t, field, string(alone)) {
			return wrongAt(fmt.Sprintf("%s[\"%s\"]", here, printable(key)), "it must be %s", wanted(field.MapValue()))
		}
	}
	return nil
}

// wrongValue looks at one value of a field; alone is what the field holds if it has
// this value and no other.
func wrongValue(raw json.RawMessage, t protoreflect.MessageType, field protoreflect.FieldDescriptor, here, alone string, depth int) *Problem {
	if m := field.Message(); m != nil && own(m, t) {
		inner := t.New().NewField(field)
		if field.IsList() {
			return wrongMessage(raw, inner.List().NewElement().Message().Type(), here, depth+1)
		}
		return wrongMessage(raw, inner.Message().Type(), here, depth+1)
	}
	if fits(t, field, alone) {
		return nil
	}
	return wrongAt(here, "it must be %s", wanted(field))
}

// own reports whether a message is of the protocol: those of others have a JSON of
// their own.
func own(m protoreflect.MessageDescriptor, t protoreflect.MessageType) bool {
	return m.ParentFile().Package() == t.Descriptor().ParentFile().Package()
}

func fits(t protoreflect.MessageType, field protoreflect.FieldDescriptor, value string) bool {
	return protojson.Unmarshal(fmt.Appendf(nil, "{%q: %s}", field.JSONName(), value), t.New().Interface()) == nil
}

// wanted says what a value is written like.
func wanted(field protoreflect.FieldDescriptor) string {
	switch field.Kind() {
	case protoreflect.EnumKind:
		var words []string
		for i := 1; i < field.Enum().Values().Len(); i++ { // the first is none
			words = append(words, string(field.Enum().Values().Get(i).Name()))
		}
		return "one of " + strings.Join(words, ", ")
	case protoreflect.MessageKind:
		switch field.Message().FullName() {
		case "google.protobuf.Duration":
			return `a text of seconds with an s behind it, such as "30s" or "0.2s"`
		case "google.protobuf.Timestamp":
			return `a text such as "2026-12-24T18:00:00Z"`
		}
		return "a " + string(field.Message().FullName())
	case protoreflect.BytesKind:
		return "a text in base64"
	case protoreflect.StringKind:
		return "a text in UTF-8"
	case protoreflect.BoolKind:
		return "true or false, without quotation marks"
	default:
		return fmt.Sprintf("a number of type %s, which may stand in quotation marks", field.Kind())
	}
}

// instead says what could stand in the place of a name.
func instead(name string, d protoreflect.MessageDescriptor) string {
	all := fields(d)
	if near := nearest.Word(name, all); near != "" && d.Fields().Len() > 0 {
		return "; did you mean `" + near + "`?"
	}
	return ", which has " + strings.Join(all, ", ")
}

func fields(d protoreflect.MessageDescriptor) []string {
	var names []string
	for i := range d.Fields().Len() {
		names = append(names, d.Fields().Get(i).JSONName())
	}
	if len(names) == 0 {
		return []string{"no fields"}
	}
	return names
}

func wrongAt(at, format string, args ...any) *Problem {
	return &Problem{At: at, Text: fmt.Sprintf(format, args...)}
}

// printable is a name that somebody wrote, for an error.
func printable(name string) string { return strings.Trim(fmt.Sprintf("%.64q", name), `"`) }
