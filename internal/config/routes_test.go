package config

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestTheOperatorsWordOnRoutes(t *testing.T) {
	c := parse(t, `
adapter: {name: terminal}
rooms: {ops: "room:1:~23ops"}
listening: ["room:1:~23dev", ops]
routes:
  "core:ping": {aliases: ["p {x}", 'q "{x}"'], hidden: true}
  "core:status": {aliases: []}
`)
	if !slices.Equal(c.Listening, []string{"room:1:~23dev", "ops"}) {
		t.Errorf("listening in %q", c.Listening)
	}
	got := c.Routes[RouteKey{"core", "ping"}]
	if !slices.Equal(got.Aliases, []string{"p {x}", `q "{x}"`}) || !got.Hidden || got.Disabled || got.Allow != nil {
		t.Errorf("%+v", got)
	}
	if got := c.Routes[RouteKey{"core", "status"}]; len(got.Aliases) != 0 || got.Hidden {
		t.Errorf("%+v", got)
	}
}

func TestAliasesAreBounded(t *testing.T) {
	many := func(n, size int) string {
		var all []string
		for i := range n {
			all = append(all, strconv.Itoa(i)+strings.Repeat("x", size-len(strconv.Itoa(i))))
		}
		return "adapter: {name: terminal}\nroutes: {\"core:ping\": {aliases: [a" + strings.Join(all, ", a") + "]}}"
	}
	if _, err := Parse("oco.yaml", []byte(many(32, 511))); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{many(33, 4): "has 33 patterns, at most 32 are allowed", many(1, 512): "wants a pattern of at most 512 bytes"} {
		if _, err := Parse("oco.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
