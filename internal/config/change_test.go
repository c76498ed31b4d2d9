package config

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const before = `
name: oco
groups: {ops: ["user:1:a"], dev: []}
rooms: {ops: "room:1:ops"}
routes: {"one:go": {allow: [ops]}}
adapter: {name: irc, settings: {server: a}}
handlers:
- {name: core}
- {name: one, command: [./one], env: {A: "1"}, limits: {memory: 64 MiB}}
- {name: two, command: [./two], scopes: [users.read]}
log: {level: info}
limits: {stop_grace: 3s}
`

// What a change of the file touches is told by its key.
func TestChanges(t *testing.T) {
	for change, want := range map[string]string{
		"":                                     "",
		"name: oco|name: Oco":                  "name",
		"dev: []|dev: [user:1:b]":              "groups.dev",
		"dev: []|qa: []":                       "groups.dev groups.qa",
		`rooms: {ops: "room:1:ops"}|rooms: {}`: "rooms.ops",
		"allow: [ops]|disabled: true":          "routes.one:go",
		"server: a|server: b":                  "adapter.settings",
		"[./one]|[./one, -v]":                  "handlers.one.command",
		`A: "1"|A: "2"`:                        "handlers.one.env",
		"memory: 64 MiB|memory: 32 MiB, cpu_time: 3s": "handlers.one.limits.cpu_time handlers.one.limits.memory",
		"[users.read]|[]":                               "handlers.two.scopes",
		"name: two|name: three":                         "handlers.three handlers.two",
		"- {name: core}|- {name: core, separate: true}": "handlers.core.separate",
		"level: info|format: json":                      "log.format",
		"log: |time_zone: UTC\nlog: ":                   "time_zone",
		"log: |texts: {unmatched: What?}\nlog: ":        "texts.unmatched",
		"stop_grace: 3s|stop_grace: 4s, queue_items: 7": "limits.queue_items limits.stop_grace",
		"name: core|name: two2, plugin: core":           "handlers.core handlers.two2",
	} {
		from, to, _ := strings.Cut(change, "|")
		got := strings.Join(Changes(parse(t, before), parse(t, strings.Replace(before, from, to, 1))), " ")
		if got != want {
			t.Errorf("%s: %q, want %q", change, got, want)
		}
	}
	moved := parse(t, before)
	slices.Reverse(moved.Handlers)
	if got := Changes(parse(t, before), moved); !slices.Equal(got, []string{"handlers"}) {
		t.Errorf("another order is %q", got)
	}
}

// Only a start changes where the bot lives, listens, stores and what it speaks to.
func TestLive(t *testing.T) {
	a := parse(t, before)
	b := parse(t, before+"data: ./other\nlisten: {http: \"127.0.0.1:1\"}\nstore: {sync: false}\naliases: [o]\n")
	b.Log.Format, b.Adapter.Name = "json", "other"
	now := Live(a, b)
	if got := Changes(a, now); !slices.Equal(got, []string{"aliases"}) {
		t.Errorf("%q change", got)
	}
	if got, want := Changes(now, b), []string{"adapter.name", "data", "listen.http", "log.format", "store.sync"}; !slices.Equal(got, want) {
		t.Errorf("%q wait for a start, want %q", got, want)
	}
	b = parse(t, strings.Replace(before, "server: a", "server: b", 1))
	if got := Changes(Live(a, b), b); len(got) != 0 {
		t.Errorf("settings of the adapter wait for a start: %q", got)
	}
}

// Every key of the file is compared, under its own name.
func TestChangesKnowsEveryKey(t *testing.T) {
	told := map[string]bool{}
	for _, key := range Changes(base(), full()) {
		told[regexp.MustCompile(`^handlers\.h\.`).ReplaceAllString(key, "handlers[].")] = true
	}
	a, b := base(), base()
	a.Handlers, b.Handlers = []Plugin{{Name: "h"}}, full().Handlers
	for _, key := range Changes(a, b) {
		told[strings.Replace(key, "handlers.h.", "handlers[].", 1)] = true
	}
	for _, k := range Keys() {
		switch key := strings.TrimSuffix(k.Path, ".NAME"); {
		case told[key], told[key+".x"], key == "handlers[].name", strings.HasPrefix(key, "routes.NAME"):
		case slices.ContainsFunc(Keys(), func(other Key) bool {
			return strings.HasPrefix(other.Path, key+".") || strings.HasPrefix(other.Path, key+"[")
		}):
			// a mapping of keys
		default:
			t.Errorf("a change of %s is not told; told are %v", key, sortedKeys(told))
		}
	}
}

// full is a configuration in which nothing is as it is in base.
func full() *Config {
	c := base()
	fill(reflect.ValueOf(c).Elem())
	c.Handlers[0].Name = "h"
	return c
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.SetMapIndex(key, value)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(7 * time.Second))
	case reflect.Interface:
		v.Set(reflect.ValueOf("x"))
	}
}
