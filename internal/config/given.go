package config

import (
	"strings"
)

// ParseSettings reads settings that stand beside a command, NAME=VALUE each, as a
// file would have them: `retries=3`, `hosts=[a, b]`, `token=${env:TOKEN}`. Relative
// paths start at the working directory. An error is an *Invalid.
func ParseSettings(pairs []string) (map[string]any, error) {
	settings := map[string]any{}
	var errs []error
	for _, pair := range pairs {
		name, text, found := strings.Cut(pair, "=")
		r := newReader("--set "+name, []byte(text))
		r.places.lines = nil // it is on the command line, and may be secret
		switch _, twice := settings[name]; {
		case !found || name == "":
			r.wrongAt(place{1, 1}, "a setting is NAME=VALUE")
		case twice:
			r.wrongAt(place{1, 1}, "the setting is given a second time; a list is NAME=[A, B]")
		case strings.TrimSpace(text) == "":
			settings[name] = ""
		default:
			if root := r.parse([]byte(text)); root != nil {
				r.at["value"] = startOf(root)
				settings[name] = r.any("value", root)
			}
		}
		for _, p := range r.problems {
			errs = append(errs, p)
		}
	}
	if err := Join(errs...); err != nil {
		return nil, err
	}
	return settings, nil
}
