package settings

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/pattern"
)

// A shape is what a setting holds, or a part of one: exactly one of its fields is set,
// except key beside each.
type shape struct {
	value   *pattern.Spec // one value
	members []member      // a struct
	item    *shape        // a list
	each    *shape        // a map
	key     reflect.Kind  // of a map: a text or a whole number
}

// A member is a field of a struct.
type member struct {
	index    int
	name     string
	optional bool
	// standIn is what it is if it is left out; nil: nothing.
	standIn any
	shape   *shape
}

// shapeOf reads a type; within are the types around it.
func shapeOf(t reflect.Type, within []reflect.Type) (*shape, error) {
	if of := typeOf(t); of != ocov1.ArgumentType_ARGUMENT_TYPE_UNSPECIFIED {
		return &shape{value: &pattern.Spec{Type: pattern.Type(of)}}, nil
	}
	if slices.Contains(within, t) {
		return nil, fmt.Errorf("a setting cannot be a %s that holds itself", t)
	}
	within = append(slices.Clone(within), t)
	var err error
	s := &shape{}
	switch t.Kind() {
	case reflect.Struct:
		s.members, err = membersOf(t, within)
	case reflect.Slice:
		s.item, err = shapeOf(t.Elem(), within)
	case reflect.Map:
		switch s.key = t.Key().Kind(); s.key {
		case reflect.String, reflect.Int:
		default:
			return nil, fmt.Errorf("the keys of a setting are string or int, not %s", t.Key())
		}
		s.each, err = shapeOf(t.Elem(), within)
	default:
		return nil, fmt.Errorf("a setting cannot be a %s", t)
	}
	return s, err
}

func membersOf(t reflect.Type, within []reflect.Type) ([]member, error) {
	all := []member{}
	for i := range t.NumField() {
		f := t.Field(i)
		m, err := memberOf(f, within)
		if err == nil && m.name == "-" {
			continue
		}
		if err == nil && slices.ContainsFunc(all, func(other member) bool { return other.name == m.name }) {
			err = fmt.Errorf("another one is called %s", m.name)
		}
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		m.index = i
		all = append(all, m)
	}
	return all, nil
}

// memberOf reads a field with the tags of a setting, or with its tag json.
func memberOf(f reflect.StructField, within []reflect.Type) (member, error) {
	if !f.IsExported() {
		return member{}, errors.New("it is not exported, so it cannot be filled")
	}
	tag := strings.Split(f.Tag.Get("oco"), ",")
	other := strings.Split(f.Tag.Get("json"), ",")
	m := member{name: cmp.Or(tag[0], other[0], snake(f.Name))}
	if m.name == "-" {
		return m, nil
	}
	for _, word := range tag[1:] {
		switch word {
		case "optional":
			m.optional = true
		case "secret":
			return m, errors.New("a secret is a setting of its own, so that the bot can tell it")
		default:
			return m, fmt.Errorf("its tag oco says %q; there is optional", word)
		}
	}
	m.optional = m.optional || slices.Contains(other, "omitempty") || slices.Contains(other, "omitzero")
	var err error
	if m.shape, err = shapeOf(f.Type, within); err != nil {
		return m, err
	}
	if choices := f.Tag.Get("choices"); choices != "" {
		if f.Type.Kind() != reflect.String {
			return m, errors.New("choices are texts")
		}
		m.shape.value.Type, m.shape.value.Choices = pattern.TypeChoice, strings.Split(choices, ",")
	}
	if text, given := f.Tag.Lookup("default"); given {
		if m.shape.value == nil {
			return m, errors.New("only what is one value has a default")
		}
		if _, fits := m.shape.value.Convert(text); !fits {
			return m, fmt.Errorf("its default %q is not %s", text, m.shape.value.Accepts())
		}
		m.standIn = text
	}
	return m, nil
}

// wants says what fits, for who has to write it.
func (s *shape) wants() string {
	switch {
	case s.value != nil:
		return s.value.Accepts()
	case s.item != nil:
		return "a list, each item " + s.item.wants()
	}
	return "a mapping"
}
