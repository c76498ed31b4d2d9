package oco

import (
	"strings"
	"testing"
)

// A key that a person gave must be the plugin's own: with another one it would
// take that plugin's place. One that the bot handed down with the process is
// right whatever the plugin calls itself, because the bot knows whom it started
// and the operator may call a plugin as they like.
func TestKeyOfAnotherName(t *testing.T) {
	const key = "oco_deploy_abcdefgh_0123456789012345678901234567890123456789012_00000000"
	if holder(key) != "deploy" {
		t.Fatalf("the key is that of %q", holder(key))
	}
	h := NewHandler("hello")
	given := Options{Endpoint: "unix:///x", Key: key}
	if err := given.complete([]Plugin{h}); err == nil || !strings.Contains(err.Error(), `that of the plugin "deploy"`) {
		t.Errorf("a key that a person gave: %v", err)
	}
	handed := Options{Endpoint: "unix:///x", Keys: map[string]string{"hello": key}, inherited: true}
	if err := handed.complete([]Plugin{h}); err != nil {
		t.Errorf("a key of the bot that started the process: %v", err)
	}
}
