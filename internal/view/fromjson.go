package view

import (
	"bytes"
	"encoding/json"
	"io"
	"math/big"
	"strconv"
	"time"

	"github.com/openchatops/oco/internal/pattern"
)

// FromJSON reads arguments that fit the schema of a command. Whatever the schema
// does not take is a [Mistake].
func FromJSON(c *pattern.Command, doc []byte) (Arguments, *Mistake) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var value any
	err := d.Decode(&value)
	object, is := value.(map[string]any)
	if _, end := d.Token(); err != nil || !is || end != io.EOF {
		return nil, wrong("", "the arguments are not one JSON object, such as {\"app\": \"web\"}")
	}
	specs, args := specsOf(c), Arguments{}
	for _, name := range sortedNames(object) {
		spec, known := specs[name]
		if !known || spec.Type == pattern.TypeFile {
			return nil, wrong(name, "the command has no such argument")
		}
		items := []any{object[name]}
		if spec.List {
			list, ok := object[name].([]any)
			if !ok || len(list) == 0 {
				return nil, wrong(name, "it must be a list with one value or more")
			}
			items = list
		}
		for _, item := range items {
			text, ok := textOf(spec, item)
			if !ok {
				return nil, wrong(name, "%s does not fit, it must be %s", shownJSON(spec, item), accepted(spec))
			}
			args[name] = append(args[name], text)
		}
	}
	for _, spec := range c.Arguments() {
		if _, given := args[spec.Name]; !given && !spec.Optional && spec.Type != pattern.TypeFile {
			return nil, wrong(spec.Name, "it is missing, it must be %s", accepted(spec))
		}
	}
	return args, args.check(c)
}

// accepted says what a value of JSON may be.
func accepted(spec pattern.Spec) string {
	switch spec.Type {
	case pattern.TypeFlag:
		return "true or false"
	case pattern.TypeDuration:
		return "a duration in weeks, or in days, hours, minutes and seconds, such as PT1H30M"
	case pattern.TypeTime:
		return "a time with a zone, such as 2026-12-01T09:00:00Z"
	}
	return spec.Accepts()
}

// textOf gives a value of JSON as people type it.
func textOf(spec pattern.Spec, value any) (string, bool) {
	switch v := value.(type) {
	case bool:
		return strconv.FormatBool(v), spec.Type == pattern.TypeFlag
	case json.Number:
		return number(spec, v.String())
	case string:
		switch spec.Type {
		case pattern.TypeInteger, pattern.TypeNumber, pattern.TypeFlag:
			return "", false
		case pattern.TypeDuration:
			return spokenDuration(v)
		case pattern.TypeTime:
			return v, isDateTime(v)
		case pattern.TypeChoice:
			return v, contains(spec.Choices, v)
		}
		return v, true
	}
	return "", false
}

// number gives a number as people type it: a whole number in digits alone, for 1.0
// and 1e3 are whole numbers in JSON.
func number(spec pattern.Spec, text string) (string, bool) {
	switch spec.Type {
	case pattern.TypeNumber:
		n, err := strconv.ParseFloat(text, 64)
		return strconv.FormatFloat(n, 'g', -1, 64), err == nil
	case pattern.TypeInteger:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return strconv.FormatInt(n, 10), true
		}
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f < -1e19 || f > 1e19 {
			return "", false // the number below could be large beyond measure
		}
		exact, ok := new(big.Rat).SetString(text)
		return exact.Num().String(), ok && exact.IsInt() && exact.Num().IsInt64()
	}
	return "", false
}

// isDateTime says whether a text is a time of RFC 3339.
func isDateTime(text string) bool {
	_, err := time.Parse(time.RFC3339Nano, text)
	return err == nil
}

func contains(choices []string, v string) bool {
	for _, choice := range choices {
		if choice == v {
			return true
		}
	}
	return false
}

func shownJSON(spec pattern.Spec, value any) string {
	raw, err := plain(value)
	if err != nil || spec.Sensitive {
		return "the value"
	}
	return short(string(raw), maxDescription)
}
