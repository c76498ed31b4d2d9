package config

import (
	"reflect"
	"strings"
	"testing"
)

// What the reference says is what the reader does.
func TestKeysDescribeThemselves(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		if seen[k.Path] {
			t.Errorf("%s is there twice", k.Path)
		}
		seen[k.Path] = true
		if len(k.Doc) < 15 || !strings.HasSuffix(k.Doc, ".") || strings.Contains(k.Doc, "|") || strings.Contains(k.Doc, "\n") {
			t.Errorf("%s has no sentence that fits a table: %q", k.Path, k.Doc)
		}
		if k.Kind == "" || strings.HasSuffix(k.Kind, " values") != strings.HasSuffix(k.Path, "settings") {
			t.Errorf("%s does not say what it wants: %q", k.Path, k.Kind)
		}
		if parent := k.Path[:max(strings.LastIndexByte(k.Path, '.'), 0)]; strings.Contains(parent, ".") {
			if !seen[strings.TrimSuffix(strings.TrimSuffix(parent, ".NAME"), "[]")] {
				t.Errorf("%s comes before what it is in", k.Path)
			}
		}
	}
	for path, want := range map[string]string{
		"name": "text", "handlers": "list of mappings", "groups": "mapping of names to lists of ids of a user, such as `user:1:alice`",
		"limits.queue_bytes": "size, 1 MiB to 1 GiB", "limits.stop_grace": "duration, 1s to 10m", "log.level": "`debug`, `info`, `warn`, `error`",
		"handlers[].max_in_flight": "whole number, 1 to 1000", "routes.NAME.allow": "list of texts", "store.sync": "true or false", "listen.tls.cert": "text",
	} {
		if got := kindAt(path); got != want {
			t.Errorf("%s is a %q, want %q", path, got, want)
		}
	}
}

func kindAt(path string) string {
	for _, k := range Keys() {
		if k.Path == path {
			return k.Kind
		}
	}
	return "nothing"
}

// A key with what holds without it says nothing new, and every default is told.
func TestWhatHoldsWithoutAKey(t *testing.T) {
	const file, head = "/etc/oco/oco.yaml", "adapter: {name: a, command: [./a]}\n"
	want := parse(t, head)
	want.places = places{}
	told := 0
	for _, k := range Keys() {
		if k.Absent == "" {
			continue
		}
		told++
		text := head + strings.ReplaceAll(k.Path, ".", ": {") + ": " + k.Absent + strings.Repeat("}", strings.Count(k.Path, "."))
		got, err := Parse(file, []byte(text))
		if err != nil {
			t.Errorf("%s: %v", k.Path, err)
			continue
		}
		got.places = places{}
		for i := range got.Handlers {
			got.Handlers[i].Dir = want.Handlers[i].Dir // that of the file, once it is written there
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is not %s without the key", k.Path, k.Absent)
		}
	}
	if n := set(reflect.ValueOf(*base())); n != told {
		t.Errorf("%d values hold without their keys, %d are told", n, told)
	}
}

// set counts what is not zero; a list is one value.
func set(v reflect.Value) int {
	if v.Kind() == reflect.Struct {
		n := 0
		for i := range v.NumField() {
			n += set(v.Field(i))
		}
		return n
	}
	if v.IsZero() || v.Kind() == reflect.Map && v.Len() == 0 {
		return 0
	}
	return 1
}

// The example shows every key, in a comment if it must.
func TestTheExampleHasEveryKey(t *testing.T) {
	for _, k := range Keys() {
		key := k.Path[strings.LastIndexByte(k.Path, '.')+1:] + ":"
		if !strings.Contains(Example(), " "+key) && !strings.Contains(Example(), "\n"+key) && !strings.Contains(Example(), "{"+key) {
			t.Errorf("the example does not show %s", k.Path)
		}
	}
}
