package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/config"
	"github.com/openchatops/oco/internal/supervise"
)

func TestCheck(t *testing.T) {
	const head = "adapter: {name: terminal}\nhandlers:\n- {name: core}\n"
	me := self(t)
	prints := func(document string) string { return `command: [` + me + `, test-print, '` + document + `']` }
	for name, c := range map[string]struct {
		text string
		says []string // on standard error, in this order
		code int
	}{
		"fine":                {head, nil, 0},
		"with a plugin":       {head + "- {name: hello, command: [" + me + ", test-plugin]}\n", nil, 0},
		"syntax":              {"adapter: [\n", []string{"oco.yaml:"}, 1},
		"two problems":        {"adaptor: {}\nnmae: x\n", []string{"adaptor", "nmae", "oco: oco.yaml has "}, 1},
		"unknown bundled":     {"adapter: {name: x, plugin: termnal}\nhandlers: [{name: y, plugin: croe}]\n", []string{"did you mean `terminal`", "did you mean `core`", "oco: oco.yaml has 2 problems"}, 1},
		"unknown scope":       {head + "- {name: x, command: [x], scopes: [messages.wirte]}\n", []string{"did you mean `messages.write`", `handler x: command "x" is not found: looked in PATH (`, "oco: oco.yaml has 2 problems"}, 1},
		"a user and more":     {head + "- {name: x, user: nosuchuser, command: [x]}\n- {name: y, command: [./gone]}\n", []string{"oco.yaml:4:19: x: ", "handler y: ", "/gone: no such file", "warning: oco.yaml:4:3: handler x: was not asked", "oco: oco.yaml has 2 problems"}, 1},
		"no program":          {head + "- {name: x, command: [./gone]}\n", []string{"oco.yaml:4:", "handler x: ", "/gone: no such file", "oco: oco.yaml has a problem"}, 1},
		"no manifest":         {head + "- {name: x, " + prints("hello") + "}\n", []string{"warning: oco.yaml:4:3: handler x: printed no manifest but something that is not JSON"}, 0},
		"another document":    {head + "- {name: x, " + prints("[1]") + "}\n", []string{"warning: oco.yaml:4:3: handler x: printed something that is no manifest"}, 0},
		"what is not known":   {head + "- {name: x, " + prints(`{"routes":[{"alow":["ops"],"command":{"pattern":"a"}}]}`) + "}\n", []string{"warning: oco.yaml:4:3: handler x: its manifest has what this bot does not know: routes[0].alow: there is no such field in Route; did you mean `allow`?"}, 0},
		"two documents":       {head + "- {name: x, " + prints("{}{}") + "}\n", []string{"warning: oco.yaml:4:3: handler x: printed more than one manifest"}, 0},
		"a bad pattern":       {head + "- {name: x, " + prints(`{"routes":[{"name":"a","command":{"pattern":"a {b"}},{"command":{"pattern":"c"}}]}`) + "}\n", []string{"handler x: route a: ", "oco: oco.yaml has a problem"}, 1},
		"a nameless route":    {head + "- {name: x, " + prints(`{"routes":[{"help":"`+strings.Repeat("h", 1025)+`","command":{"pattern":"hello {you}"}},{}]}`) + "}\n", []string{"handler x: route hello {you}: the help has", "handler x: route number 2: ", "oco: oco.yaml has 2 problems"}, 1},
		"a command is taken":  {head + "- {name: x, " + prints(`{"routes":[{"command":{"pattern":"ping"}}]}`) + "}\n", []string{"handler x: route ping: "}, 1},
		"ambiguous":           {head + "- {name: x, " + prints(`{"routes":[{"name":"a","command":{"pattern":"deploy {app}"}},{"name":"b","command":{"pattern":"deploy {rest...}"}},{"name":"c","command":{"pattern":"deploy {n:integer}"}}]}`) + "}\n", []string{"warning: x:a (deploy {app}) and x:b (deploy {rest...}) both take texts such as \"deploy x\"", "warning: x:c (deploy {n:integer}) is never reached: x:a (deploy {app}) comes first and takes all that it takes"}, 0},
		"a scope not granted": {head + "- {name: x, " + prints(`{"scopes":["messages.write"]}`) + "}\n", []string{"warning: oco.yaml:4:3: handler x: asks for the scope messages.write, which it is not granted"}, 0},
		"an unknown group":    {head + "- {name: x, " + prints(`{"routes":[{"allow":["nobody"],"command":{"pattern":"x"}}]}`) + "}\n", []string{"nobody"}, 0},
		"bad aliases":         {head + "routes: {\"core:ping\": {aliases: [pp, 'p {x}'], hidden: true}, \"core:pong\": {aliases: [p]}}\n", []string{"warning: the configuration has a rule for the route \"core:pong\", which does nothing", "warning: the alias \"p {x}\" of the configuration for the route \"core:ping\" takes nothing: "}, 0},
		"an alias takes":      {head + "- {name: x, " + prints(`{"routes":[{"command":{"pattern":"hello"}}]}`) + "}\nroutes: {\"core:ping\": {aliases: [hello]}}\n", []string{"handler x: route hello: the command \"hello\" belongs to plugin core"}, 1},
		"a bad example":       {head + "- {name: x, " + prints(`{"routes":[{"examples":["hallo"],"command":{"pattern":"hello"}}]}`) + "}\n", []string{"handler x: route hello: the command does not take its example \"hallo\""}, 1},
		"hostile output":      {head + "- {name: x, " + prints(`{"routes":[{"name":"\u001b[2J","command":{"pattern":"x {"}}]}`) + "}\n", []string{"handler x: "}, 1},
		"a setting":           {head + "- {name: x, settings: {n: 3}, " + prints(`{"settings":[{"name":"n","type":"ARGUMENT_TYPE_INTEGER"}]}`) + "}\n", nil, 0},
		"a bad schema":        {head + "- {name: x, " + prints(`{"settings":[{"name":"N"}]}`) + "}\n", []string{"oco.yaml:4:3: manifest.settings[0]", "oco: oco.yaml has a problem"}, 1},
		"remote settings":     {head + "- {name: x, remote: true, settings: {n: 3}}\n", []string{"warning: oco.yaml:4:3: handler x: it runs elsewhere, so its settings are checked when it registers"}, 0},
		"remote":              {head + "- {name: x, remote: true}\nlisten: {grpc: '127.0.0.1:0'}\n", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program(t, "check")
			write(t, p.Dir+"/oco.yaml", c.text)
			out, errs, code := run(t, p, "")
			rest := errs
			for _, text := range c.says {
				i := strings.Index(rest, text)
				if i < 0 {
					t.Errorf("it does not say %q", text)
				}
				rest = rest[max(i, 0):]
			}
			if code != c.code || (out == "oco.yaml is fine\n") != (code == 0) || strings.Contains(errs, "\x1b") {
				t.Errorf("exit %d, printed %q and %q", code, out, errs)
			}
			if len(c.says) == 0 && errs != "" {
				t.Errorf("standard error: %q", errs)
			}
			if strings.Contains(out+errs, "pebble") {
				t.Error("it names the store")
			}
		})
	}
}

// What is wrong with the file of a manifest is said once, and shortly.
func TestCheckSaysOnceWhatIsWrongWithAManifest(t *testing.T) {
	p := program(t, "check")
	write(t, p.Dir+"/oco.yaml", `adapter: {name: terminal}
handlers:
  - {name: a, remote: true, manifest: a.json}
  - {name: b, remote: true, manifest: b.json}
  - {name: c, command: [`+self(t)+`], manifest: c.json, settings: {s: 1}}
`)
	write(t, p.Dir+"/a.json", `{"routes": [{"name": "`+strings.Repeat("a", 10_000)+`", "command": {"pattern": "x"}}]}`)
	write(t, p.Dir+"/b.json", `{"settings": [{"name": "s", "type": "ARGUMENT_TYPE_TEXT"}]}`)
	write(t, p.Dir+"/c.json", `{"routes": [{"command": {"pattern": "y"}}]}`)
	_, errs, code := run(t, p, "")
	if code != 1 || !strings.HasSuffix(errs, "oco: oco.yaml has 3 problems\n") || len(errs) > 2000 {
		t.Errorf("exit %d, printed %q", code, errs)
	}
}

// Everything is named at once, whatever it is that is wrong, and no value of a
// setting (OCO-SET-3, OCO-SET-6).
func TestCheckNamesEverythingAtOnce(t *testing.T) {
	p := program(t, "check")
	write(t, p.Dir+"/oco.yaml", `nmae: oco
limits: {stop_grace: soon}
adapter:
  name: irc
  settings:
    tls: 1
    sasl_password: [hunter2]
    pasword: hunter2
handlers:
  - {name: core, settings: {n: hunter2}}
  - {name: x, plugin: croe}
  - {name: y, command: [`+self(t)+`, test-print, '{"routes":[{"command":{"pattern":"a {"}}],"settings":[{"name":"n","type":"ARGUMENT_TYPE_INTEGER"}]}'], scopes: [messages.wirte]}
  - {name: 7, command: [./gone]}
groups: {ops: [alice]}
`)
	out, errs, code := run(t, p, "")
	for _, want := range []string{
		"oco.yaml:1:1: unknown key `nmae`; did you mean `name`?", "oco.yaml:2:22: ", "oco.yaml:6:5: irc: the setting `server` is missing",
		"oco.yaml:6:10: irc: `tls` wants a text", "oco.yaml:7:20: irc: `sasl_password` wants a text, not a list", "oco.yaml:8:14: irc: unknown setting `pasword`",
		"oco.yaml:10:32: core: unknown setting `n`: the plugin has no settings", "did you mean `core`?", "oco.yaml:12:5: y: the setting `n` is missing: it is a whole number",
		"did you mean `messages.write`?", "handler y: route ", "oco.yaml:13:12: ", "oco.yaml:13:24: handler without a name: ", "/gone: no such file", "oco.yaml:14:16: ", "oco: oco.yaml has 14 problems",
	} {
		if !strings.Contains(errs, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if code != 1 || out != "" {
		t.Errorf("exit %d, printed %q", code, out)
	}
	for line := range strings.Lines(errs) {
		if strings.Contains(line, "hunter2") {
			t.Errorf("a setting is shown: %s", line)
		}
	}
	if t.Failed() {
		t.Log(errs)
	}
}

// With --offline no program of anybody else's runs.
func TestCheckOffline(t *testing.T) {
	p := program(t, "check", "--offline")
	write(t, p.Dir+"/oco.yaml", "adapter: {name: irc, settings: {sever: x}}\nhandlers: [{name: x, command: [sh, -c, 'touch ran']}]\n")
	_, errs, code := run(t, p, "")
	for _, want := range []string{"unknown setting `sever`", "the setting `server` is missing", "warning: oco.yaml:2:12: handler x: not asked for its manifest, because of --offline"} {
		if !strings.Contains(errs, want) {
			t.Errorf("it does not say %q:\n%s", want, errs)
		}
	}
	if _, err := os.Stat(p.Dir + "/ran"); code != 1 || !os.IsNotExist(err) {
		t.Errorf("exit %d; it ran: %v", code, err == nil)
	}
}

func TestCheckWithoutAConfiguration(t *testing.T) {
	out, errs, code := run(t, program(t, "check", "-c", "gone.yaml"), "")
	if code != 1 || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "gone.yaml") {
		t.Errorf("exit %d, printed %q and %q", code, out, errs)
	}
}

func TestAProgramThatHangsIsNotWaitedFor(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := declared{plugin: config.Plugin{Command: []string{self(t), "test-hang"}}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.ask(ctx, &config.Config{})
	}()
	cancel()
	<-done
	if d.silent == nil && d.missing == nil || d.manifest != nil {
		t.Errorf("it answered %+v", d)
	}
}

// A program is found where the bot finds it: in the PATH that the operator gave it.
func TestCheckFindsProgramsAsTheBotDoes(t *testing.T) {
	p := program(t, "check")
	if err := os.Mkdir(p.Dir+"/tools", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, p.Dir+"/tools/tool", "#!/bin/sh\necho '{}'\n")
	write(t, p.Dir+"/tools/unread", "#!/no/such/shell\n")
	for _, name := range []string{"tool", "unread"} {
		if err := os.Chmod(p.Dir+"/tools/"+name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, p.Dir+"/oco.yaml", "adapter: {name: terminal}\nhandlers:\n- {name: x, command: [tool], env: {PATH: "+p.Dir+"/tools}}\n")
	if out, errs, code := run(t, p, ""); code != 0 || !strings.Contains(out, "is fine") || errs != "" {
		t.Errorf("exit %d, it says %q and %q", code, out, errs)
	}
	write(t, p.Dir+"/second.yaml", "adapter: {name: terminal}\nhandlers: [{name: x, command: ["+p.Dir+"/tools/unread]}]\n")
	p = program(t, "check", "-c", p.Dir+"/second.yaml")
	const want = "/tools/unread cannot be started: no such file or directory: the program is there, so what its first line names behind #! is not on this machine"
	if _, errs, code := run(t, p, ""); code != 1 || !strings.Contains(errs, want) {
		t.Errorf("exit %d, it says %q", code, errs)
	}
}

// A program that runs as another user is at home there, unless the operator says
// otherwise.
func TestAPluginIsAtHomeWhereItsUserIs(t *testing.T) {
	d := declared{plugin: config.Plugin{Env: map[string]string{"HOME": "/given"}}}
	env := d.environment(&supervise.User{Name: "other", Home: "/there"})
	last := map[string]string{} // of one name the last counts
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		last[name] = value
	}
	if last["HOME"] != "/given" || last["USER"] != "other" {
		t.Errorf("%q", env)
	}
}

func TestThePluginSeesLittleOfTheEnvironment(t *testing.T) {
	t.Setenv("OCO_KEY", "secret")
	t.Setenv("AWS_SECRET", "secret")
	d := declared{plugin: config.Plugin{Command: []string{"/usr/bin/env", "echo"}, Env: map[string]string{"MINE": "1"}}}
	d.plugin.Command = []string{"sh", "-c", `echo "{\"version\": \"$OCO_KEY$AWS_SECRET$MINE\"}"`}
	d.ask(t.Context(), &config.Config{})
	if d.manifest.GetVersion() != "1" {
		t.Errorf("%+v", d)
	}
}

func TestOutputIsBounded(t *testing.T) {
	b := &bounded{limit: 5}
	for range 3 {
		if n, err := b.Write([]byte("abc")); n != 3 || err != nil {
			t.Fatal(n, err)
		}
	}
	if b.String() != "abcab" {
		t.Errorf("kept %q", b)
	}
	if n, err := b.ReadFrom(bytes.NewReader(make([]byte, 100))); n != 100 || err != nil || b.Len() != 5 {
		t.Error(n, err, b.Len())
	}
	if manifestTimeout != 5*time.Second {
		t.Error("the documents say 5 s")
	}
}
