// Package settings makes a struct the declaration of what an operator may set, and
// fills it with what they did.
package settings

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Fields are the fields of a struct, each of which is one setting.
type Fields []field

type field struct {
	index int
	spec  *ocov1.ArgumentSpec
	// shape is what it holds if that is more than one value; else nil. Of a list: what
	// each item holds.
	shape *shape
}

// Of reads a struct type and its tags. The error says what cannot be declared.
func Of(t reflect.Type) (Fields, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is no struct", t)
	}
	var all Fields
	for i := range t.NumField() {
		f := t.Field(i)
		spec, of, err := declare(f)
		if err == nil && slices.ContainsFunc(all, func(other field) bool { return other.spec.Name == spec.Name }) {
			err = fmt.Errorf("another one is called %s", spec.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		all = append(all, field{i, spec, of})
	}
	return all, nil
}

func declare(f reflect.StructField) (*ocov1.ArgumentSpec, *shape, error) {
	if !f.IsExported() {
		return nil, nil, errors.New("it is not exported, so it cannot be filled")
	}
	tag := strings.Split(f.Tag.Get("oco"), ",")
	s := &ocov1.ArgumentSpec{Name: cmp.Or(tag[0], snake(f.Name)), Help: f.Tag.Get("help")}
	if text, given := f.Tag.Lookup("default"); given {
		s.DefaultText = &text
	}
	of := f.Type
	if of.Kind() == reflect.Slice {
		s.List, of = true, of.Elem()
	}
	var deep *shape
	if s.Type = typeOf(of); s.Type == ocov1.ArgumentType_ARGUMENT_TYPE_UNSPECIFIED {
		var err error
		if deep, err = shapeOf(of, nil); err != nil {
			return nil, nil, err
		}
		s.Type, s.Check = ocov1.ArgumentType_ARGUMENT_TYPE_TEXT, ocov1.ArgumentCheck_ARGUMENT_CHECK_JSON
	}
	if choices := f.Tag.Get("choices"); choices != "" {
		if s.Choices = strings.Split(choices, ","); of.Kind() != reflect.String {
			return nil, nil, errors.New("choices are texts")
		}
		s.Type = ocov1.ArgumentType_ARGUMENT_TYPE_CHOICE
	}
	for _, word := range tag[1:] {
		switch word {
		case "secret":
			s.Sensitive = true
		case "optional":
			s.Optional = true
		default:
			return nil, nil, fmt.Errorf("its tag oco says %q; there are secret and optional", word)
		}
	}
	if (s.Sensitive || s.List) && s.DefaultText != nil {
		return nil, nil, errors.New("a secret and a list have no default")
	}
	return s, deep, nil
}

// Specs are the declarations, in the order of the fields.
func (f Fields) Specs() []*ocov1.ArgumentSpec {
	specs := make([]*ocov1.ArgumentSpec, len(f))
	for i, one := range f {
		specs[i] = one.spec
	}
	return specs
}

func typeOf(t reflect.Type) ocov1.ArgumentType {
	if t == reflect.TypeFor[time.Duration]() {
		return ocov1.ArgumentType_ARGUMENT_TYPE_DURATION
	}
	switch t.Kind() {
	case reflect.String:
		return ocov1.ArgumentType_ARGUMENT_TYPE_TEXT
	case reflect.Bool:
		return ocov1.ArgumentType_ARGUMENT_TYPE_FLAG
	case reflect.Int, reflect.Int64:
		return ocov1.ArgumentType_ARGUMENT_TYPE_INTEGER
	case reflect.Float64:
		return ocov1.ArgumentType_ARGUMENT_TYPE_NUMBER
	}
	return ocov1.ArgumentType_ARGUMENT_TYPE_UNSPECIFIED
}

// snake writes the name of a field as a setting: SASLUser is sasl_user.
func snake(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		next := i+1 < len(letters) && unicode.IsLower(letters[i+1])
		if i > 0 && unicode.IsUpper(r) && (next || !unicode.IsUpper(letters[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Fill puts settings into a struct; a field that has none stays as it is. It returns
// everything that is wrong in those that hold more than one value, which the bot hands
// over as they are.
func (f Fields) Fill(into reflect.Value, settings []*ocov1.Argument) []Problem {
	var r reading
	for _, f := range f {
		i := slices.IndexFunc(settings, func(a *ocov1.Argument) bool { return a.GetName() == f.spec.Name })
		if i < 0 {
			continue
		}
		field := into.Field(f.index)
		if !f.spec.List {
			f.one(&r, f.spec.Name, field, settings[i])
			continue
		}
		items := settings[i].GetList().GetItems()
		field.Set(reflect.MakeSlice(field.Type(), len(items), len(items)))
		for i, item := range items {
			f.one(&r, at(f.spec.Name, i), field.Index(i), item)
		}
	}
	return r.problems
}

func (f field) one(r *reading, path string, into reflect.Value, a *ocov1.Argument) {
	if f.shape == nil {
		put(into, a)
		return
	}
	if text, ok := a.GetValue().(*ocov1.Argument_Text); ok {
		r.json(f.shape, path, text.Text, into)
	}
}

func put(into reflect.Value, a *ocov1.Argument) {
	switch v := a.GetValue().(type) {
	case *ocov1.Argument_Text:
		if into.Kind() == reflect.String {
			into.SetString(v.Text)
		}
	case *ocov1.Argument_Integer:
		if into.CanInt() {
			into.SetInt(v.Integer)
		}
	case *ocov1.Argument_Number:
		if into.CanFloat() {
			into.SetFloat(v.Number)
		}
	case *ocov1.Argument_Flag:
		if into.Kind() == reflect.Bool {
			into.SetBool(v.Flag)
		}
	case *ocov1.Argument_Duration:
		if into.CanInt() {
			into.SetInt(int64(v.Duration.AsDuration()))
		}
	}
}
