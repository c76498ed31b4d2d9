package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/pattern"
)

// structured says whether a setting takes whatever a configuration can hold, and is
// handed over as the text of it in JSON (OCO-SET-9).
func structured(spec pattern.Spec) bool {
	return spec.Type == pattern.TypeText && spec.Check == pattern.CheckJSON
}

// structure writes a value as JSON. A text is a string of JSON, whatever stands in
// it: a password out of a file is not a number because it has only digits.
func (c *settingsReader) structure(spec pattern.Spec, path string, value any) *ocov1.Argument {
	if !c.texts(path, value) {
		return nil
	}
	text, err := encoded(value)
	if err != nil {
		c.wrong(path, "`%s` cannot be written as JSON", path)
		return nil
	}
	if !c.room(path, text) {
		return nil
	}
	if _, fits := spec.Convert(text); !fits {
		c.wrong(path, "`%s` has too many lists and mappings inside one another", path)
		return nil
	}
	return &ocov1.Argument{Name: spec.Name, Sensitive: spec.Sensitive, Value: &ocov1.Argument_Text{Text: text}}
}

// texts says whether every text in a value is one that JSON can hold.
func (c *settingsReader) texts(path string, value any) bool {
	good := true
	switch v := value.(type) {
	case string:
		if good = utf8.ValidString(v); !good {
			c.wrong(path, "`%s` wants a text of UTF-8, not this text", path)
		}
	case []any:
		for i, item := range v {
			good = c.texts(fmt.Sprintf("%s[%d]", path, i), item) && good
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if !utf8.ValidString(key) {
				c.wrong(path, "a key in `%s` is not UTF-8", path)
				good = false
				continue
			}
			good = c.texts(path+"."+key, v[key]) && good
		}
	}
	return good
}

// encoded writes a value as JSON without white space, keys of mappings sorted.
func encoded(value any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// within are the texts and numbers in a text of JSON, but for keys: those are names.
func within(text string) []*ocov1.Argument {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil
	}
	var all []*ocov1.Argument
	var walk func(value any)
	walk = func(value any) {
		switch v := value.(type) {
		case string:
			all = append(all, &ocov1.Argument{Value: &ocov1.Argument_Text{Text: v}})
		case json.Number:
			all = append(all, &ocov1.Argument{Value: &ocov1.Argument_Text{Text: v.String()}})
			if number, err := v.Float64(); err == nil {
				all = append(all, &ocov1.Argument{Value: &ocov1.Argument_Number{Number: number}})
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(value)
	return all
}
