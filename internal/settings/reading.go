package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/openchatops/oco/internal/nearest"
	"github.com/openchatops/oco/internal/pattern"
)

// A Problem is one thing that is wrong with a setting. Its text never holds a value, and
// not the path either: who tells it puts that in front.
type Problem struct {
	// Path leads to it: "commands[2].timeout".
	Path string
	Text string
}

// reading collects what is wrong.
type reading struct{ problems []Problem }

func (r *reading) wrong(path, format string, args ...any) {
	r.problems = append(r.problems, Problem{path, fmt.Sprintf(format, args...)})
}

func at(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// json reads a text of JSON into a value.
func (r *reading) json(s *shape, path, text string, into reflect.Value) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		r.wrong(path, "it is no JSON")
		return
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		r.wrong(path, "it is more than one value of JSON")
		return
	}
	r.read(s, path, value, into)
}

func (r *reading) read(s *shape, path string, value any, into reflect.Value) {
	switch v := value.(type) {
	case map[string]any:
		if s.members != nil {
			r.members(s.members, path, v, into)
			return
		}
		if s.each != nil {
			r.entries(s, path, v, into)
			return
		}
	case []any:
		if s.item != nil {
			into.Set(reflect.MakeSlice(into.Type(), len(v), len(v)))
			for i, item := range v {
				r.read(s.item, at(path, i), item, into.Index(i))
			}
			return
		}
	default:
		if s.value != nil && assign(*s.value, value, into) {
			return
		}
	}
	r.wrong(path, "it must be %s, not %s", s.wants(), kind(value))
}

func (r *reading) members(all []member, path string, given map[string]any, into reflect.Value) {
	var names []string
	for _, m := range all {
		names = append(names, m.name)
		value, there := given[m.name]
		if !there && m.standIn != nil {
			value, there = m.standIn, true
		}
		switch {
		case there:
			r.read(m.shape, path+"."+m.name, value, into.Field(m.index))
		case !m.optional:
			r.wrong(path, "`%s` is missing: it is %s", m.name, m.shape.wants())
		}
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(names, key) {
			r.wrong(path+"."+key, "there is no such key%s", nearest.DidYouMean(key, names))
		}
	}
}

func (r *reading) entries(s *shape, path string, given map[string]any, into reflect.Value) {
	into.Set(reflect.MakeMapWithSize(into.Type(), len(given)))
	spelt := map[int]string{} // whole numbers as they were written: 3 and 03 are one
	for _, key := range slices.Sorted(maps.Keys(given)) {
		name := reflect.New(into.Type().Key()).Elem()
		if s.key == reflect.String {
			name.SetString(key)
		} else {
			n, err := strconv.Atoi(key)
			if err != nil {
				r.wrong(path+"."+key, "this key must be a whole number")
				continue
			}
			if first, twice := spelt[n]; twice {
				r.wrong(path+"."+key, "this key is there already, as `%s`", first)
				continue
			}
			spelt[n] = key
			name.SetInt(int64(n))
		}
		value := reflect.New(into.Type().Elem()).Elem()
		r.read(s.each, path+"."+key, given[key], value)
		into.SetMapIndex(name, value)
	}
}

// assign gives a field one value, if it fits. A number is also taken as a text,
// because that is what comes out of a variable or a file.
func assign(spec pattern.Spec, value any, into reflect.Value) bool {
	var v pattern.Value
	switch value := value.(type) {
	case string:
		var fits bool
		if v, fits = spec.Convert(value); !fits {
			return false
		}
	case json.Number:
		i, err := value.Int64()
		switch {
		case spec.Type == pattern.TypeInteger && err == nil:
			v.Integer = i
		case spec.Type == pattern.TypeNumber:
			if v.Number, err = value.Float64(); err != nil {
				return false
			}
		default:
			return false
		}
	case bool:
		if spec.Type != pattern.TypeFlag {
			return false
		}
		v.Flag = value
	default:
		return false
	}
	switch spec.Type {
	case pattern.TypeInteger:
		if into.OverflowInt(v.Integer) {
			return false
		}
		into.SetInt(v.Integer)
	case pattern.TypeNumber:
		into.SetFloat(v.Number)
	case pattern.TypeFlag:
		into.SetBool(v.Flag)
	case pattern.TypeDuration:
		into.SetInt(int64(v.Duration))
	default:
		into.SetString(v.Text)
	}
	return true
}

// kind says of what kind a value is, and never what it is.
func kind(value any) string {
	switch value.(type) {
	case nil:
		return "nothing (leave the key out)"
	case bool:
		return "true or false (quotes make it a text)"
	case json.Number:
		return "a number (quotes make it a text)"
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	}
	return "this text"
}
