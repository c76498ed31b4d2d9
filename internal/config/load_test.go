package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// parse reads a configuration that must be valid.
func parse(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse("/etc/oco/oco.yaml", []byte(text))
	if err != nil {
		t.Fatalf("refused:\n%v\nin:\n%s", err, text)
	}
	return c
}

func TestTheExampleIsValid(t *testing.T) {
	c := parse(t, Example())
	if c.Adapter.Name != "terminal" || c.Limits != base().Limits || c.Store != base().Store || c.Log != base().Log {
		t.Errorf("the example does not show the defaults: %+v", c)
	}
}

// What stands in comments of the example is valid as well.
func TestTheCommentsOfTheExampleAreValid(t *testing.T) {
	text := parseComments(Example())
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Parse(filepath.Join(dir, "oco.yaml"), []byte(text))
	if err != nil {
		t.Fatalf("%v\nin:\n%s", err, text)
	}
	if len(c.Handlers) != 4 || c.Handlers[1].Command[1] != "deploy.py" || c.Handlers[1].Limits.Memory != 512<<20 || c.Handlers[2].Manifest == "" || !c.Handlers[3].Separate {
		t.Errorf("the handlers of the comments: %+v", c.Handlers)
	}
}

// parseComments turns the commented keys of the handlers into keys.
func parseComments(text string) string {
	lines := strings.Split(text, "\n")
	in := false
	for i, line := range lines {
		if strings.HasPrefix(line, "handlers:") {
			in = true
		} else if line == "" {
			in = false
		}
		if in {
			lines[i] = strings.Replace(line, "  # ", "  ", 1)
		}
	}
	return strings.Join(lines, "\n")
}

func TestDefaultIsWhatAMinimalFileSays(t *testing.T) {
	got, want := Default(), parse(t, "adapter: {name: terminal}")
	if !got.Listen.HTTPOptional || want.Listen.HTTPOptional {
		t.Error("the address is optional for Default alone")
	}
	got.Listen.HTTPOptional = false
	want.File, want.places = "", places{}
	want.Data, want.Adapter.Dir = "oco-data", ""
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	got.Groups["x"], got.Handlers[0].Name = nil, "changed"
	if again := Default(); len(again.Groups) != 0 || again.Handlers[0].Name != "core" {
		t.Error("two defaults share their parts")
	}
}

func TestPathsAreRelativeToTheFile(t *testing.T) {
	c := parse(t, `
data: data
adapter: {name: irc, command: [bin/irc, -v], dir: run}
handlers:
  - {name: deploy, command: [python3, deploy.py]}
  - {name: other, command: [/opt/other], dir: /srv}
`)
	if c.Data != "/etc/oco/data" {
		t.Errorf("data: %s", c.Data)
	}
	if p := c.Adapter; p.Dir != "/etc/oco/run" || !slices.Equal(p.Command, []string{"/etc/oco/bin/irc", "-v"}) || p.Bundled() {
		t.Errorf("adapter: %+v", p)
	}
	if p := c.Handlers[0]; p.Dir != "/etc/oco" || !slices.Equal(p.Command, []string{"python3", "deploy.py"}) {
		t.Errorf("a command without a slash is looked up in PATH: %+v", p)
	}
	if p := c.Handlers[1]; p.Dir != "/srv" || p.Command[0] != "/opt/other" {
		t.Errorf("absolute paths stay: %+v", p)
	}
}

func TestPluginKinds(t *testing.T) {
	c := parse(t, `
adapter: {name: irc, plugin: terminal}
handlers:
  - {name: core}
  - {name: tell, plugin: core, separate: true, env: {A: b}, scopes: [], paused: true, max_in_flight: 3}
  - {name: away, remote: true, scopes: [store, "events.publish:deploy."]}
  - {plugin: poll}
`)
	if c.Adapter.Plugin != "terminal" || c.Handlers[0].Plugin != "core" || c.Handlers[3].Name != "poll" {
		t.Errorf("names and plugins: %+v %+v", c.Adapter, c.Handlers)
	}
	if h := c.Handlers[1]; !h.Separate || !h.Paused || h.MaxInFlight != 3 || h.Scopes == nil || len(h.Scopes) != 0 || h.Env["A"] != "b" {
		t.Errorf("tell: %+v", h)
	}
	if h := c.Handlers[2]; !h.Remote || h.Bundled() || len(h.Scopes) != 2 {
		t.Errorf("away: %+v", h)
	}
	if c.Handlers[0].Scopes != nil {
		t.Error("absent scopes are not nil")
	}
	if c := parse(t, "adapter: {name: a}\nhandlers: []"); c.Handlers == nil || len(c.Handlers) != 0 {
		t.Errorf("an empty list is no handlers: %v", c.Handlers)
	}
}

func TestRoutesTellAbsentFromEmpty(t *testing.T) {
	c := parse(t, `
adapter: {name: terminal}
groups: {ops: [user:1:alice]}
routes:
  "core:a b": {allow: [ops, operators]}
  "core:b": {allow: []}
  "core:c": {disabled: true}
`)
	if got := c.Routes[RouteKey{"core", "a b"}]; !slices.Equal(got.Allow, []string{"ops", "operators"}) {
		t.Errorf("a b: %+v", got)
	}
	if got := c.Routes[RouteKey{"core", "b"}]; got.Allow == nil {
		t.Error("an empty list replaces")
	}
	if got := c.Routes[RouteKey{"core", "c"}]; got.Allow != nil || !got.Disabled {
		t.Errorf("an absent list replaces nothing: %+v", got)
	}
}

// The parser tears plain texts at colons in lists inside braces.
func TestColonsInTextsNeedNoQuotes(t *testing.T) {
	for _, text := range []string{
		"groups: {ops: [user:1:alice, user:1:bob]}",
		"groups: {ops: [user:1:alice,user:1:bob]}",
		"groups:\n  ops: [user:1:alice, user:1:bob]",
		"groups:\n  ops:\n    - user:1:alice\n    - user:1:bob",
	} {
		c := parse(t, "adapter: {name: a}\n"+text)
		if got := c.Groups["ops"]; !slices.Equal(got, []string{"user:1:alice", "user:1:bob"}) {
			t.Errorf("%s: %q", text, got)
		}
	}
	c := parse(t, "adapter: {name: a, settings: {l: [http://x:80/y, 10:20, {a: b}, c: d, \"e\":f]}}")
	want := []any{"http://x:80/y", "10:20", map[string]any{"a": "b"}, map[string]any{"c": "d"}, map[string]any{"e": "f"}}
	if got := c.Adapter.Settings["l"]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v", got)
	}
}

func TestReferences(t *testing.T) {
	t.Setenv("OCO_TEST_WORD", "s3cret")
	dir := t.TempDir()
	for name, content := range map[string]string{"token": "abc\n", "crlf": "def\r\n", "nested": "${env:HOME}"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "oco.yaml")
	text := `adapter:
  name: irc
  settings:
    a: ${env:OCO_TEST_WORD}
    b: "<${file:token}>${file:crlf}"
    c: $${env:X} $$ ${file:nested} ${env:OCO_TEST_WORD}
    d: |
      two ${file:token}
      lines
    e: [1, -2, 1.5, true, null, {x: y}]
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"a": "s3cret", "b": "<abc>def", "c": "${env:X} $$ ${env:HOME} s3cret", "d": "two abc\nlines\n",
		"e": []any{int64(1), int64(-2), 1.5, true, nil, map[string]any{"x": "y"}},
	}
	if !reflect.DeepEqual(c.Adapter.Settings, want) {
		t.Errorf("got  %#v\nwant %#v", c.Adapter.Settings, want)
	}
	if want := []string{"s3cret", "abc", "def", "${env:HOME}"}; !slices.Equal(c.Secrets, want) {
		t.Errorf("secrets: %q, want %q", c.Secrets, want)
	}
}

// Problems never show what a reference stands for.
func TestProblemsDoNotShowSecrets(t *testing.T) {
	t.Setenv("OCO_TEST_WORD", "hunter-2")
	for _, key := range []string{"name: x ${env:OCO_TEST_WORD}", "prefix: ${env:OCO_TEST_WORD}", "operators: ['${env:OCO_TEST_WORD}']", "log: {level: '${env:OCO_TEST_WORD}'}"} {
		_, err := Parse("oco.yaml", []byte("adapter: {name: terminal}\n"+key+"\n"))
		if err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestSizesAndDurations(t *testing.T) {
	c := parse(t, "adapter: {name: a}\nlimits: {queue_bytes: 16 MiB, ready_timeout: 1m, stop_grace: 1m30s, queue_items: 7, max_in_flight: 1000, store_keys: 9, store_bytes: 2 GiB, send_age: 1h, user_messages: 0, loop_answers: 9}")
	want := Limits{LoopAnswers: 9, QueueItems: 7, QueueBytes: 16 << 20, MaxInFlight: 1000, StoreKeys: 9, StoreBytes: 2 << 30, SendAge: time.Hour, ReadyTimeout: time.Minute, StopGrace: 90 * time.Second}
	if c.Limits != want {
		t.Errorf("got %+v, want %+v", c.Limits, want)
	}
	if c := parse(t, "adapter: {name: a}\nlimits: {queue_bytes: 2097152}"); c.Limits.QueueBytes != 2<<20 {
		t.Errorf("a plain number: %d", c.Limits.QueueBytes)
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:1": true, "127.9.9.9:1": true, "[::1]:1": true, "localhost:1": true, "LocalHost:1": true, "[::ffff:127.0.0.1]:1": true,
		":1": false, "0.0.0.0:1": false, "[::]:1": false, "10.0.0.1:1": false, "localhost.evil.example:1": false, "127.0.0.1.example:1": false, "127.0.0.1": false,
	} {
		if got := loopback(address); got != want {
			t.Errorf("loopback(%q) = %v", address, got)
		}
	}
}

func TestListen(t *testing.T) {
	for text, want := range map[string]Listen{
		"{http: '', grpc: ':9000'}":                                       {GRPC: ":9000"},
		"{http: '', grpc: ':9000', tls: off, insecure: true}":             {GRPC: ":9000", TLS: TLS{Off: true}, Insecure: true},
		"{http: '', grpc: '[::1]:1', tls: off}":                           {GRPC: "[::1]:1", TLS: TLS{Off: true}},
		"{http: ':1', insecure: true}":                                    {HTTP: ":1", Insecure: true},
		"{http: '', grpc: ':9', tls: {cert: c.pem, key: /k}}":             {GRPC: ":9", TLS: TLS{Cert: "/etc/oco/c.pem", Key: "/k"}},
		"{http: '', grpc: ':9', advertise: bot.example.com}":              {GRPC: ":9", Advertise: "bot.example.com"},
		"{http: '', grpc: ':9', advertise: 'bot.example.com:443'}":        {GRPC: ":9", Advertise: "bot.example.com:443"},
		"{http: '', grpc: ':9', advertise: '2001:db8::1'}":                {GRPC: ":9", Advertise: "2001:db8::1"},
		"{http: '', grpc: ':9', advertise: '[2001:db8::1]:9'}":            {GRPC: ":9", Advertise: "[2001:db8::1]:9"},
		"{http: '', grpc: '', advertise: ''}":                             {},
		"{http: '127.0.0.1:1', grpc: '0.0.0.0:1', advertise: '10.0.0.1'}": {HTTP: "127.0.0.1:1", GRPC: "0.0.0.0:1", Advertise: "10.0.0.1"},
	} {
		if c := parse(t, "adapter: {name: a}\nlisten: "+text); c.Listen != want {
			t.Errorf("%s: %+v", text, c.Listen)
		}
	}
}

func TestAByteOrderMarkAndWindowsLineEndsAreFine(t *testing.T) {
	if c := parse(t, "\uFEFFname: bot\r\nadapter:\r\n  name: irc\r\n"); c.Name != "bot" || c.Adapter.Name != "irc" {
		t.Errorf("%+v", c)
	}
}

func TestLoadSaysWhatIsMissing(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "oco.yaml"))
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("%v", err)
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a directory was read")
	}
	if _, err := Parse("oco.yaml", make([]byte, MaxSize+1)); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("%v", err)
	}
}

func TestRetention(t *testing.T) {
	if c := parse(t, "adapter: {name: a}"); c.Retention != (Retention{Records: 2160 * time.Hour, RecordsMost: 1_000_000, Text: 720 * time.Hour}) {
		t.Errorf("%+v", c.Retention)
	}
	c := parse(t, "adapter: {name: a}\nretention: {records: 1h, records_most: 1000, text: 0s}")
	if want := (Retention{Records: time.Hour, RecordsMost: 1000}); c.Retention != want {
		t.Errorf("%+v, want %+v", c.Retention, want)
	}
}

// Who sits at a terminal owns the machine: nothing bounds what they say unless the
// file does.
func TestATerminalHasNoBoundsOnPeople(t *testing.T) {
	for text, want := range map[string][2]int{
		"adapter: {name: a, command: [./a]}":                                {120, 4},
		"adapter: {name: terminal}":                                         {0, 0},
		"adapter: {name: me, plugin: terminal}\nlimits: {user_messages: 7}": {7, 0},
		"adapter: {name: terminal}\nlimits: {loop_answers: 3}":              {0, 3},
	} {
		if c := parse(t, text); c.Limits.UserMessages != want[0] || c.Limits.LoopAnswers != want[1] {
			t.Errorf("%s: %+v", text, c.Limits)
		}
	}
	if c := Default(); c.Limits.UserMessages != 0 || c.Limits.LoopAnswers != 0 {
		t.Errorf("without a file: %+v", c.Limits)
	}
}

// Keys that are whole numbers are their texts, such as exit codes.
func TestNumbersAreKeys(t *testing.T) {
	c, err := Parse("a.yaml", []byte("adapter: {name: terminal, settings: {exit: {3: none, \"4\": some, -1: odd}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.Adapter.Settings["exit"]); got != "map[-1:odd 3:none 4:some]" {
		t.Error(got)
	}
	if _, err := Parse("a.yaml", []byte("adapter: {name: terminal, settings: {3: none, \"3\": some}}\n")); err == nil || !strings.Contains(err.Error(), "stands here a second time") {
		t.Error(err)
	}
}
