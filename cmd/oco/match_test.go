package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// What the manifests say of a message is what a bot with these plugins would do.
func TestMatchOffline(t *testing.T) {
	manifest := `{"routes":[{"name":"deploy","allow":["ops"],"command":{"pattern":"deploy {app} to {env:prod|staging}"}},{"name":"fires","hear":{"regex":"fire"}}]}`
	config := "adapter: {name: terminal}\ngroups: {ops: [\"user:1:alice\"]}\nrooms: {floor: \"room:1:floor\"}\nhandlers:\n- {name: core}\n- {name: x, command: [" + self(t) + ", test-print, '" + manifest + "']}\n"
	for name, c := range map[string]struct {
		args []string
		says []string // on standard output
		errs string
		code int
	}{
		"taken":         {[]string{"deploy web to prod", "--as", "user:1:alice"}, []string{"x:deploy takes it.\n", "env       prod  (text)", "allowed: group ops"}, "", 0},
		"refused":       {[]string{"deploy web to prod"}, []string{"x:deploy takes it, and is refused.\n", "refused: user not known"}, "", 1},
		"a bad value":   {[]string{"deploy web to mars", "--as", "user:1:alice"}, []string{"Nothing takes it.", "Usage: deploy", "mars"}, "", 1},
		"not addressed": {[]string{"deploy web to prod", "--room", "floor", "--as", "user:1:alice"}, []string{"not addressed to the bot", "x:deploy"}, "", 1},
		"addressed":     {[]string{"oco: deploy web to prod", "--room", "room:1:floor", "--as", "user:1:alice"}, []string{"x:deploy takes it."}, "", 0},
		"heard":         {[]string{"there is a fire", "--room", "floor"}, []string{"x:fires hears it"}, "", 0},
		"an edit":       {[]string{"deploy web to prod", "--edited", "--as", "user:1:alice"}, []string{"Nothing takes it"}, "", 1},
		"a handle":      {[]string{"ping", "--as", "alice"}, nil, "perhaps user:1:alice", 2},
		"a name":        {[]string{"ping", "--room", "#ops"}, nil, "`#ops` is none of `rooms`", 2},
		"bundled":       {[]string{"ping"}, []string{"core:ping takes it."}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program(t, append([]string{"match", "-c", "oco.yaml"}, c.args...)...)
			write(t, p.Dir+"/oco.yaml", config)
			out, errs, code := run(t, p, "")
			for _, text := range c.says {
				if !strings.Contains(out, text) {
					t.Errorf("it does not say %q", text)
				}
			}
			if code != c.code || !strings.Contains(errs, c.errs) || (errs == "") != (c.errs == "") {
				t.Errorf("exit %d, printed %q and %q", code, out, errs)
			}
		})
	}
}

// Without a bot that runs it is told what the answer is from, and what is not known.
func TestMatchWithoutABot(t *testing.T) {
	p := program(t, "match", "ping", "--json")
	out, errs, code := run(t, p, "")
	if code != 0 || !json.Valid([]byte(out)) || errs != "no bot runs on oco-data: this is what a bot without a configuration would say\n" {
		t.Errorf("exit %d, printed %q and %q", code, out, errs)
	}
	p = program(t, "match", "hello")
	write(t, p.Dir+"/oco.yaml", "adapter: {name: terminal}\nhandlers:\n- {name: x, command: ["+self(t)+", test-print, 'no manifest']}\n")
	_, errs, code = run(t, p, "")
	if code != 1 || !strings.HasPrefix(errs, "no bot runs on oco-data: this is what oco.yaml and the manifests of its plugins say\nwarning: oco.yaml:3:3: handler x: printed no manifest") {
		t.Errorf("exit %d, printed %q", code, errs)
	}
	// A plugin of which nothing is known may be what would take it.
	p = program(t, "match", "-c", "oco.yaml", "hello")
	write(t, p.Dir+"/oco.yaml", "adapter: {name: terminal}\nhandlers:\n- {name: x, remote: true, manifest: x.json}\n")
	write(t, p.Dir+"/x.json", `{"routes": [`+strings.Repeat(`{"command": {"pattern": "a {"}}, `, 20)+`{}]}`)
	if out, errs, code = run(t, p, ""); code != 1 || out == "" || strings.Count(errs, "warning: ") != maxDoubts+1 || !strings.Contains(errs, "x.json") || !strings.Contains(errs, "and 11 more, which `oco check` names") {
		t.Errorf("exit %d, printed %q and %q", code, out, errs)
	}
	p = program(t, "match", "hello", "--data", "elsewhere")
	if _, errs, code = run(t, p, ""); code != 1 || !strings.HasPrefix(errs, "oco: no bot runs on elsewhere") {
		t.Errorf("exit %d, printed %q", code, errs)
	}
	p = program(t, "match", "hello")
	write(t, p.Dir+"/oco.yaml", "nmae: x\n")
	if _, errs, code = run(t, p, ""); code != 1 || !strings.Contains(errs, "oco.yaml:1:1: unknown key") {
		t.Errorf("exit %d, printed %q", code, errs)
	}
}
