package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectproto"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/openchatops/oco/internal/chat"
)

// strict reads requests in JSON. People write them by hand, so what it does not know
// it refuses: a route whose "allow" is misspelt would be open to everybody.
type strict struct{ *connectproto.JSONCodec }

func newStrict() strict {
	codec := connectproto.NewJSONCodec()
	codec.UnmarshalOptions.DiscardUnknown = false
	return strict{codec}
}

// UnmarshalRead implements connect.Codec.
func (s strict) UnmarshalRead(ctx context.Context, src io.Reader, msg any) error {
	m, ok := msg.(proto.Message)
	if !ok {
		return s.JSONCodec.UnmarshalRead(ctx, src, msg)
	}
	raw, err := io.ReadAll(src)
	if err != nil {
		return err
	}
	if err = s.UnmarshalOptions.Unmarshal(raw, m); err == nil {
		return nil
	}
	return wrongBody(raw, m.ProtoReflect().Type(), err)
}

var _ connect.Codec = strict{}

// wrongBody says what is wrong with a body that could not be read, and what would be
// right.
func wrongBody(raw []byte, t protoreflect.MessageType, err error) *chat.Error {
	if len(raw) == 0 {
		return chat.Refuse(chat.FieldInvalid, "the body is empty: a request without fields is {}")
	}
	var whole any
	if broken := json.Unmarshal(raw, &whole); broken != nil {
		where := ""
		if at, ok := errors.AsType[*json.SyntaxError](broken); ok {
			where = fmt.Sprintf(" behind %d bytes", at.Offset)
		}
		return chat.Refuse(chat.FieldInvalid, "the body is no JSON: %v%s", broken, where)
	}
	if wrong := wrongMessage(raw, t, ""); wrong != nil {
		return wrong
	}
	text := strings.TrimLeft(strings.TrimPrefix(err.Error(), "proto:"), " \u00a0")
	return chat.Refuse(chat.FieldInvalid, "the body is no %s: %s", t.Descriptor().Name(), text)
}

// A message in JSON is looked at part by part, in the order of the names, until one is
// wrong. at is where it stands.
func wrongMessage(raw json.RawMessage, t protoreflect.MessageType, at string) *chat.Error {
	var parts map[string]json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		return wrongAt(at, "it must be an object, in {}, with the fields of %s: %s", t.Descriptor().Name(), fields(t.Descriptor()))
	}
	taken := map[protoreflect.Name]string{}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if wrong := wrongField(parts[name], t, name, at); wrong != nil {
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

func wrongField(raw json.RawMessage, t protoreflect.MessageType, name, at string) *chat.Error {
	here := strings.TrimPrefix(at+"."+printable(name), ".")
	field := lookup(t, name)
	switch {
	case field == nil:
		return wrongAt(here, "there is no such field in %s, which has %s", t.Descriptor().Name(), fields(t.Descriptor()))
	case string(raw) == "null" || field.IsMap():
	case field.IsList():
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			return wrongAt(here, "it must be a list, in []")
		}
		for i, item := range items {
			if wrong := wrongValue(item, t, field, fmt.Sprintf("%s[%d]", here, i), "["+string(item)+"]"); wrong != nil {
				return wrong
			}
		}
	default:
		return wrongValue(raw, t, field, here, string(raw))
	}
	return nil
}

// wrongValue looks at one value of a field; alone is what the field holds if it has
// this value and no other.
func wrongValue(raw json.RawMessage, t protoreflect.MessageType, field protoreflect.FieldDescriptor, here, alone string) *chat.Error {
	if m := field.Message(); m != nil && m.ParentFile().Package() == t.Descriptor().ParentFile().Package() {
		inner := t.New().NewField(field)
		if field.IsList() {
			return wrongMessage(raw, inner.List().NewElement().Message().Type(), here)
		}
		return wrongMessage(raw, inner.Message().Type(), here)
	}
	if protojson.Unmarshal([]byte(fmt.Sprintf("{%q: %s}", field.JSONName(), alone)), t.New().Interface()) == nil {
		return nil
	}
	return wrongAt(here, "it must be %s", wanted(field))
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

func fields(d protoreflect.MessageDescriptor) string {
	var names []string
	for i := range d.Fields().Len() {
		names = append(names, d.Fields().Get(i).JSONName())
	}
	if len(names) == 0 {
		return "no fields"
	}
	return strings.Join(names, ", ")
}

func wrongAt(at, format string, args ...any) *chat.Error {
	if at == "" {
		at = "the body"
	}
	return chat.Refuse(chat.FieldInvalid, "%s: %s", at, fmt.Sprintf(format, args...)).With("field", at)
}

// printable is a name that somebody sent, for an error.
func printable(name string) string { return strings.Trim(fmt.Sprintf("%.64q", name), `"`) }
