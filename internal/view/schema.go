package view

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"

	"github.com/openchatops/oco/internal/pattern"
)

// schema is a JSON Schema, as far as arguments need one.
type schema struct {
	Dialect     string          `json:"$schema,omitempty"`
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description,omitempty"`
	Type        string          `json:"type"`
	Format      string          `json:"format,omitempty"`
	MediaType   string          `json:"contentMediaType,omitempty"`
	Enum        []string        `json:"enum,omitempty"`
	MinLength   int             `json:"minLength,omitempty"`
	Items       *schema         `json:"items,omitempty"`
	MinItems    int             `json:"minItems,omitempty"`
	Default     json.RawMessage `json:"default,omitempty"`
	WriteOnly   bool            `json:"writeOnly,omitempty"`
	Properties  *properties     `json:"properties,omitempty"`
	Required    []string        `json:"required,omitempty"`
	Additional  *bool           `json:"additionalProperties,omitempty"`
}

// properties are the arguments in the order of the pattern.
type properties []property

type property struct {
	name   string
	schema schema
}

// MarshalJSON keeps the order, which is what people see first.
func (p properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, one := range p {
		name, err := json.Marshal(one.name)
		if err != nil {
			return nil, err
		}
		value, err := plain(one.schema)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Schema gives a JSON Schema (draft 2020-12) of the arguments of a command, for
// programs that fill them in (OCO-RTE-65). A file has no form in JSON and is left
// out. What goes together with what stands in the pattern only: [Line] refuses
// what does not.
func Schema(c *pattern.Command, title, help string) (string, error) {
	closed := false
	s := schema{
		Dialect: "https://json-schema.org/draft/2020-12/schema", Title: title, Description: help,
		Type: "object", Properties: &properties{}, Additional: &closed,
	}
	for _, spec := range c.Arguments() {
		if spec.Type == pattern.TypeFile {
			continue
		}
		*s.Properties = append(*s.Properties, property{spec.Name, schemaOf(spec)})
		if !spec.Optional {
			s.Required = append(s.Required, spec.Name)
		}
	}
	text, err := plain(s)
	return string(text), err
}

// plain encodes without the escapes that only a page of HTML needs.
func plain(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

func schemaOf(spec pattern.Spec) schema {
	item := schemaOfOne(spec)
	one := item
	if spec.List {
		one = schema{Type: "array", Items: &item, MinItems: 1}
	}
	one.WriteOnly = spec.Sensitive
	about := []string{spec.Help}
	if spec.Help == "" {
		about = []string{sentence(spec.Accepts())}
	}
	if spec.HasDefault {
		if one.Default = defaultOf(spec); one.Default == nil {
			about = append(about, "Default: "+cmp.Or(spec.Default, "an empty text")+".")
		}
	}
	one.Description = strings.Join(about, " ")
	return one
}

func schemaOfOne(spec pattern.Spec) schema {
	switch spec.Type {
	case pattern.TypeInteger:
		return schema{Type: "integer", Format: "int64"}
	case pattern.TypeNumber:
		return schema{Type: "number"}
	case pattern.TypeFlag:
		return schema{Type: "boolean"}
	case pattern.TypeDuration:
		return schema{Type: "string", Format: "duration"}
	case pattern.TypeTime:
		return schema{Type: "string", Format: "date-time"}
	case pattern.TypeUser, pattern.TypeRoom:
		return schema{Type: "string", MinLength: 1}
	case pattern.TypeChoice:
		return schema{Type: "string", Enum: spec.Choices}
	}
	text := schema{Type: "string"}
	switch spec.Check {
	case pattern.CheckURL:
		text.Format = "uri"
	case pattern.CheckJSON:
		text.MediaType = "application/json"
	}
	if spec.Rest {
		text.MinLength = 1
	}
	return text
}

// defaultOf gives a default as JSON, or nothing if it has no form that the schema
// takes, such as a time that is said in words.
func defaultOf(spec pattern.Spec) json.RawMessage {
	value, ok := spec.Convert(spec.Default)
	var out any = value.Text
	switch spec.Type {
	case pattern.TypeInteger:
		out = value.Integer
	case pattern.TypeNumber:
		out = value.Number
	case pattern.TypeFlag:
		out = value.Flag
	case pattern.TypeDuration:
		out, ok = isoOf(value.Duration)
	case pattern.TypeTime:
		ok = isDateTime(spec.Default)
	case pattern.TypeText:
		ok = ok && !(spec.Rest && value.Text == "")
	}
	raw, err := plain(out)
	if !ok || err != nil {
		return nil
	}
	return raw
}

// sentence makes a phrase one.
func sentence(phrase string) string {
	return strings.ToUpper(phrase[:1]) + phrase[1:] + "."
}
