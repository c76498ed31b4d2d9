package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/config"
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
		"unknown scope":       {head + "- {name: x, command: [x], scopes: [messages.wirte]}\n", []string{"did you mean `messages.write`", "oco: oco.yaml has a problem"}, 1},
		"no program":          {head + "- {name: x, command: [./gone]}\n", []string{"handler x: cannot be started", "oco: oco.yaml has a problem"}, 1},
		"no manifest":         {head + "- {name: x, " + prints("hello") + "}\n", []string{"warning: handler x: printed no manifest but something that is not JSON"}, 0},
		"another document":    {head + "- {name: x, " + prints("[1]") + "}\n", []string{"warning: handler x: printed something that is no manifest"}, 0},
		"two documents":       {head + "- {name: x, " + prints("{}{}") + "}\n", []string{"warning: handler x: printed more than one manifest"}, 0},
		"a bad pattern":       {head + "- {name: x, " + prints(`{"routes":[{"name":"a","command":{"pattern":"a {b"}},{"command":{"pattern":"c"}}]}`) + "}\n", []string{"handler x: route a: ", "oco: oco.yaml has a problem"}, 1},
		"a command is taken":  {head + "- {name: x, " + prints(`{"routes":[{"command":{"pattern":"ping"}}]}`) + "}\n", []string{"handler x: route ping: "}, 1},
		"a scope not granted": {head + "- {name: x, " + prints(`{"scopes":["messages.write"]}`) + "}\n", []string{"warning: handler x: asks for the scope messages.write, which it is not granted"}, 0},
		"an unknown group":    {head + "- {name: x, " + prints(`{"routes":[{"allow":["nobody"],"command":{"pattern":"x"}}]}`) + "}\n", []string{"nobody"}, 0},
		"hostile output":      {head + "- {name: x, " + prints(`{"routes":[{"name":"\u001b[2J","command":{"pattern":"x {"}}]}`) + "}\n", []string{"handler x: "}, 1},
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
		d.ask(ctx)
	}()
	cancel()
	<-done
	if d.silent == nil && d.missing == nil || d.manifest != nil {
		t.Errorf("it answered %+v", d)
	}
}

func TestThePluginSeesLittleOfTheEnvironment(t *testing.T) {
	t.Setenv("OCO_KEY", "secret")
	t.Setenv("AWS_SECRET", "secret")
	d := declared{plugin: config.Plugin{Command: []string{"/usr/bin/env", "echo"}, Env: map[string]string{"MINE": "1"}}}
	d.plugin.Command = []string{"sh", "-c", `echo "{\"version\": \"$OCO_KEY$AWS_SECRET$MINE\"}"`}
	d.ask(t.Context())
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
	if b.String() != "abcab" || !b.full {
		t.Errorf("kept %q", b)
	}
	if n, err := b.ReadFrom(bytes.NewReader(make([]byte, 100))); n != 100 || err != nil || b.Len() != 5 {
		t.Error(n, err, b.Len())
	}
	if _, err := parseManifest(b); err == nil || !strings.Contains(err.Error(), "4 MiB") {
		t.Error(err)
	}
	if manifestTimeout != 5*time.Second {
		t.Error("the documents say 5 s")
	}
}
