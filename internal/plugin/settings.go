package plugin

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/pattern"
)

// Bounds of what an operator may set: one text and everything together.
const (
	maxSettingText = 64 << 10
	maxSettings    = 1 << 20
)

// Settings are what the operator wrote for one plugin.
type Settings struct {
	// Values are string, bool, int64, float64, nil, []any and map[string]any.
	Values map[string]any
	// Place says where something stands, such as "oco.yaml:12:7", by its path:
	// "hosts[1]", or "" for all of them. Nil, or "": nowhere.
	Place func(path string) string
	// Secrets are texts that the configuration took from elsewhere, of which those that
	// are not short may be secrets whatever the plugin declares.
	Secrets []string
}

// A SettingProblem is one thing that is wrong with the settings of a plugin. A text
// of the bot's never holds a value.
type SettingProblem struct {
	// Path leads to it: "retries", "hosts[1]", "commands[2].timeout"; empty for what is
	// missing, and for all of them.
	Path string
	Text string
}

// CheckSettings gives the settings of a plugin their types, in the order of the
// declaration, or everything that is wrong with them. The schema must be one
// that [CheckSchema] takes.
func CheckSettings(schema []*ocov1.ArgumentSpec, values map[string]any) ([]*ocov1.Argument, []SettingProblem) {
	c := settingsReader{left: maxSettings}
	var all []*ocov1.Argument
	var names []string
	for _, s := range schema {
		names = append(names, s.GetName())
		value, given := values[s.GetName()]
		if a := c.setting(argument(s), value, given); a != nil {
			all = append(all, a)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(names, key) {
			c.wrong(key, "unknown setting `%.64s`%s", key, knownSettings(names))
		}
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	return all, nil
}

func knownSettings(names []string) string {
	switch {
	case len(names) == 0:
		return ": the plugin has no settings"
	case len(names) > 32:
		return ": the plugin has no such setting"
	}
	return "; known: " + strings.Join(names, ", ")
}

// settingsReader collects what is wrong.
type settingsReader struct {
	problems []SettingProblem
	left     int // bytes
}

func (c *settingsReader) wrong(path, format string, args ...any) {
	c.problems = append(c.problems, SettingProblem{path, fmt.Sprintf(format, args...)})
}

// setting reads one setting; nil if there is nothing to say of it.
func (c *settingsReader) setting(spec pattern.Spec, value any, given bool) *ocov1.Argument {
	switch {
	case given && spec.List:
		return c.list(spec, value)
	case given:
		return c.one(spec, spec.Name, value)
	case spec.HasDefault && structured(spec):
		value, _ := spec.Convert(spec.Default) // it fits: the schema was checked
		return c.structure(spec, spec.Name, json.RawMessage(value.Text))
	case spec.HasDefault:
		return c.one(spec, spec.Name, spec.Default)
	case !spec.Optional:
		what := accepts(spec)
		if spec.List {
			what = "a list, each item " + what
		}
		c.wrong("", "the setting `%s` is missing: it is %s", spec.Name, what)
	}
	return nil
}

// accepts says for operators what one value may be.
func accepts(spec pattern.Spec) string {
	if structured(spec) {
		return "a mapping, a list or any other value"
	}
	return spec.Accepts()
}

func (c *settingsReader) list(spec pattern.Spec, value any) *ocov1.Argument {
	items, ok := value.([]any)
	if !ok {
		c.wrong(spec.Name, "`%s` wants a list, each item %s, not %s", spec.Name, accepts(spec), kind(value))
		return nil
	}
	list := &ocov1.ArgumentList{}
	for i, item := range items {
		if a := c.one(spec, spec.Name+"["+strconv.Itoa(i)+"]", item); a != nil {
			list.Items = append(list.Items, a)
		}
	}
	return &ocov1.Argument{Name: spec.Name, Sensitive: spec.Sensitive, Value: &ocov1.Argument_List{List: list}}
}

// one reads one value. A number is also taken as a text, because that is what
// comes out of a variable or a file.
func (c *settingsReader) one(spec pattern.Spec, path string, value any) *ocov1.Argument {
	if structured(spec) {
		return c.structure(spec, path, value)
	}
	a := &ocov1.Argument{Name: spec.Name, Sensitive: spec.Sensitive}
	text, isText := value.(string)
	switch v := value.(type) {
	case int64:
		switch spec.Type {
		case pattern.TypeInteger:
			a.Value = &ocov1.Argument_Integer{Integer: v}
			return a
		case pattern.TypeNumber:
			a.Value = &ocov1.Argument_Number{Number: float64(v)}
			return a
		}
	case float64:
		if spec.Type == pattern.TypeNumber {
			a.Value = &ocov1.Argument_Number{Number: v}
			return a
		}
	case bool:
		if spec.Type == pattern.TypeFlag {
			a.Value = &ocov1.Argument_Flag{Flag: v}
			return a
		}
	}
	if !c.room(path, text) {
		return nil
	}
	converted, fits := spec.Convert(text)
	if !isText || !fits {
		c.wrong(path, "`%s` wants %s, not %s", path, spec.Accepts(), kind(value))
		return nil
	}
	switch spec.Type {
	case pattern.TypeInteger:
		a.Value = &ocov1.Argument_Integer{Integer: converted.Integer}
	case pattern.TypeNumber:
		a.Value = &ocov1.Argument_Number{Number: converted.Number}
	case pattern.TypeFlag:
		a.Value = &ocov1.Argument_Flag{Flag: converted.Flag}
	case pattern.TypeDuration:
		a.Value = &ocov1.Argument_Duration{Duration: durationpb.New(converted.Duration)}
	default:
		a.Value = &ocov1.Argument_Text{Text: converted.Text}
	}
	return a
}

// room says whether a text is not too long, and counts it.
func (c *settingsReader) room(path, text string) bool {
	c.left -= len(text)
	fits := c.left >= 0 && len(text) <= maxSettingText
	if !fits {
		c.wrong(path, "`%s` is too long: a text has at most %d KiB, all settings together %d KiB", path, maxSettingText>>10, maxSettings>>10)
		c.left = max(c.left, 0)
	}
	return fits
}

// kind says of what kind a value is, and never what it is.
func kind(value any) string {
	switch value.(type) {
	case nil:
		return "nothing (leave the key out for the default)"
	case bool:
		return "true or false (quotes make it a text)"
	case int64, float64:
		return "a number (quotes make it a text)"
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	}
	return "this text"
}
