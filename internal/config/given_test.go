package config

import (
	"reflect"
	"strings"
	"testing"
)

func TestSettingsBesideACommand(t *testing.T) {
	t.Setenv("GIVEN_TOKEN", "s3cret")
	got, err := ParseSettings([]string{"retries=3", "hosts=[a, b: c]", "token=${env:GIVEN_TOKEN}", "empty=", "url=http://a/?b=c", "on=true", `quoted="3"`})
	want := map[string]any{
		"retries": int64(3), "hosts": []any{"a", map[string]any{"b": "c"}}, "token": "s3cret", "empty": "", "url": "http://a/?b=c", "on": true, "quoted": "3",
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%#v, %v", got, err)
	}
	_, err = ParseSettings([]string{"a=1", "a=2", "alone", "=x", "open=[hunter2", "env=${env:GIVEN_NOTHING}"})
	for _, want := range []string{"--set a:1:1: the setting is given a second time", "--set alone:1:1: a setting is NAME=VALUE", "--set :1:1: ", "--set open:1:1: this is no YAML", "--set env:1:1: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q: %v", want, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a value is shown: %v", err)
	}
}
