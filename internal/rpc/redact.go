package rpc

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// redacted stands in logs for what must not.
const redacted = "[redacted]"

// Redact returns a copy of a message that may be logged: without fields that
// are marked as sensitive, and without the values of arguments that their route
// declared so (OCO-SEC-1). Debug logging of messages goes through it.
func Redact(m proto.Message) proto.Message {
	clean := proto.Clone(m)
	redact(clean.ProtoReflect())
	return clean
}

func redact(m protoreflect.Message) {
	if argument, ok := m.Interface().(*ocov1.Argument); ok && argument.GetSensitive() {
		argument.Raw, argument.Value = redacted, nil
		return
	}
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case sensitive(field):
			hide(m, field)
		case field.IsMap():
			if field.MapValue().Message() != nil {
				value.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool { redact(v.Message()); return true })
			}
		case field.Message() == nil:
		case field.IsList():
			for i := range value.List().Len() {
				redact(value.List().Get(i).Message())
			}
		default:
			redact(value.Message())
		}
		return true
	})
}

func sensitive(field protoreflect.FieldDescriptor) bool {
	options, ok := field.Options().(*descriptorpb.FieldOptions)
	return ok && proto.GetExtension(options, ocov1.E_Sensitive).(bool)
}

func hide(m protoreflect.Message, field protoreflect.FieldDescriptor) {
	if field.Kind() == protoreflect.StringKind && field.Cardinality() != protoreflect.Repeated {
		m.Set(field, protoreflect.ValueOfString(redacted))
		return
	}
	m.Clear(field)
}
