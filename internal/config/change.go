package config

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// Changes returns the keys whose values differ between two configurations, sorted.
// A plugin is named, not counted: `handlers.deploy.command`; a handler that is in one
// of them alone is `handlers.deploy`, and another order of the rest `handlers`.
func Changes(a, b *Config) []string {
	var d differ
	d.structs("", reflect.ValueOf(*a), reflect.ValueOf(*b), "File", "Secrets", "Handlers") // the rest is keys
	d.handlers(a.Handlers, b.Handlers)
	slices.Sort(d.keys)
	return d.keys
}

// Live returns the configuration that holds when b is read while a bot runs under a:
// that of b, but for what only a start can change.
func Live(a, b *Config) *Config {
	now := *b
	now.Data, now.Listen, now.Store, now.Log.Format = a.Data, a.Listen, a.Store, a.Log.Format
	if a.Adapter.Name != b.Adapter.Name || a.Adapter.Plugin != b.Adapter.Plugin {
		now.Adapter = a.Adapter // another chat service, so another account
	}
	return &now
}

// differ collects the keys of values that differ.
type differ struct{ keys []string }

func (d *differ) values(path string, a, b reflect.Value) {
	if reflect.DeepEqual(a.Interface(), b.Interface()) {
		return
	}
	switch a.Kind() {
	case reflect.Struct:
		if path == "texts_file" { // the path or what stands there
			d.keys = append(d.keys, path)
			return
		}
		d.structs(path, a, b)
	case reflect.Map:
		if strings.HasSuffix(path, "settings") || strings.HasSuffix(path, "env") {
			d.keys = append(d.keys, path) // the plugin's own, and perhaps secret
			return
		}
		d.maps(path, a, b)
	default:
		d.keys = append(d.keys, path)
	}
}

// structs compares the exported fields, which are called like the keys.
func (d *differ) structs(path string, a, b reflect.Value, without ...string) {
	for i := range a.NumField() {
		f := a.Type().Field(i)
		if f.IsExported() && !slices.Contains(without, f.Name) {
			d.values(join(path, keyOf(f.Name)), a.Field(i), b.Field(i))
		}
	}
}

func (d *differ) maps(path string, a, b reflect.Value) {
	for _, key := range a.MapKeys() {
		if other := b.MapIndex(key); !other.IsValid() || !reflect.DeepEqual(a.MapIndex(key).Interface(), other.Interface()) {
			d.keys = append(d.keys, join(path, nameOf(key)))
		}
	}
	for _, key := range b.MapKeys() {
		if !a.MapIndex(key).IsValid() {
			d.keys = append(d.keys, join(path, nameOf(key)))
		}
	}
}

func (d *differ) handlers(a, b []Plugin) {
	find := func(all []Plugin, name string) int {
		return slices.IndexFunc(all, func(p Plugin) bool { return p.Name == name })
	}
	var orderA, orderB []string
	for _, p := range a {
		i := find(b, p.Name)
		if i < 0 {
			d.keys = append(d.keys, join("handlers", p.Name))
			continue
		}
		orderA = append(orderA, p.Name)
		d.structs(join("handlers", p.Name), reflect.ValueOf(p), reflect.ValueOf(b[i]))
	}
	for _, p := range b {
		if find(a, p.Name) < 0 {
			d.keys = append(d.keys, join("handlers", p.Name))
		} else {
			orderB = append(orderB, p.Name)
		}
	}
	if !slices.Equal(orderA, orderB) {
		d.keys = append(d.keys, "handlers")
	}
}

// nameOf is the name that the operator gave an entry of a mapping.
func nameOf(key reflect.Value) string {
	if route, ok := key.Interface().(RouteKey); ok {
		return route.String()
	}
	return key.String()
}

// keyOf is the key in the file of a field: max_in_flight of MaxInFlight.
func keyOf(field string) string {
	var b strings.Builder
	letters := []rune(field)
	for i, r := range letters {
		ends := i+1 < len(letters) && unicode.IsLower(letters[i+1]) // of an abbreviation
		if i > 0 && unicode.IsUpper(r) && (unicode.IsLower(letters[i-1]) || ends) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
