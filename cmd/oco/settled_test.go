package main

import (
	"errors"
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/config"
)

// A program whose routes are those of its settings: what it is told is JSON at a
// descriptor. It writes down what else it could know.
const settled = `#!/bin/sh
manifest='"settings": [{"name": "words", "type": "ARGUMENT_TYPE_TEXT", "check": "ARGUMENT_CHECK_JSON"}, {"name": "token", "type": "ARGUMENT_TYPE_TEXT", "sensitive": true}]'
{ echo "$@"; env; } >>known
if [ -z "${OCO_SETTINGS_FD:-}" ]; then
	echo "{$manifest}"
	exit
fi
eval "exec 9<&$OCO_SETTINGS_FD"
told=$(cat <&9)
printf '%s' "$told" >told
case $told in
*bad*) printf '%s\n' '(node:7) Warning: hunter2 is old' 'words[1].say: it is "bad", as the token hunter2 is' '  for two reasons' '{"level": "INFO", "msg": "a log"}' 'nothing of: this' '	for one' >&2; exit 2 ;;
*blank*) printf '%s\n' '(node:7) Warning: hunter2 is old' 'there is no hunter2' '  for it' >&2; exit 2 ;;
*worse*) exit 2 ;;
*crash*) echo "no hunter2" >&2; exit 1 ;;
*odd*) echo nonsense; exit ;;
esac
echo "{$manifest, \"scopes\": [\"messages.write\"], \"routes\": [{\"command\": {\"pattern\": \"hello {name}\"}}]}"
`

func settledProgram(t *testing.T, words string, args ...string) (dir, out, errs string, code int) {
	t.Helper()
	p := program(t, args...)
	write(t, p.Dir+"/plugin.sh", settled)
	write(t, p.Dir+"/token", "hunter2\n")
	write(t, p.Dir+"/oco.yaml", "adapter: {name: terminal}\nhandlers:\n- name: x\n  command: [sh, plugin.sh]\n  settings:\n    token: ${file:token}\n    words:\n      - {say: fine}\n      - {say: "+words+"}\n")
	out, errs, code = run(t, p, "")
	return p.Dir, out, errs, code
}

// A plugin whose manifest depends on its settings is told them, and nobody else is
// (OCO-LIF-56, OCO-LIF-57, OCO-LIF-58).
func TestTheManifestOfAPluginThatKnowsItsSettings(t *testing.T) {
	t.Parallel()
	dir, out, errs, code := settledProgram(t, "good", "check")
	if code != 0 || out != "oco.yaml is fine\n" || errs != "warning: oco.yaml:3:3: handler x: asks for the scope messages.write, which it is not granted\n" {
		t.Errorf("exit %d, printed %q and %q", code, out, errs)
	}
	told, err := os.ReadFile(dir + "/told")
	var given ocov1.RegisterResponse
	if err := errors.Join(err, protojson.Unmarshal(told, &given)); err != nil || len(given.Settings) != 2 ||
		given.Settings[0].GetText() != `[{"say":"fine"},{"say":"good"}]` || given.Settings[1].GetText() != "hunter2" || !given.Settings[1].Sensitive {
		t.Errorf("it was told %s, %v", told, err)
	}
	known, err := os.ReadFile(dir + "/known")
	if err != nil || strings.Contains(string(known), "hunter2") || strings.Contains(string(known), "OCO_KEY") || strings.Contains(string(known), "OCO_ENDPOINT") || strings.Count(string(known), "--manifest\n") != 2 {
		t.Errorf("it knows %s, %v", known, err)
	}
	if _, out, errs, code := settledProgram(t, "good", "match", "-c", "oco.yaml", "hello world"); code != 0 || !strings.Contains(out, "x:hello takes it.") {
		t.Errorf("exit %d, printed %q and %q", code, out, errs)
	}
}

// What a plugin says of its settings is told with its place, without secrets, and by
// who asks for routes too (OCO-LIF-59, OCO-SET-6).
func TestAPluginThatDoesNotTakeItsSettingsSaysWhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ words, want string }{
		{"bad", "oco.yaml:9:15: x: `words[1].say`: it is \"bad\", as the token … is for two reasons\nwarning: oco.yaml:3:3: handler x: beside what is wrong with its settings it said: (node:7) Warning: … is old; nothing of: this for one\noco: oco.yaml has a problem\n"},
		{"blank", "oco.yaml:6:5: x: the plugin does not take its settings: (node:7) Warning: … is old; there is no … for it\noco: oco.yaml has a problem\n"},
		{"worse", "oco.yaml:6:5: x: the plugin does not take its settings: it does not say why\noco: oco.yaml has a problem\n"},
		{"crash", "warning: oco.yaml:3:3: handler x: asked again, with its settings, it printed no manifest: exit status 1: no …; what depends on them is not checked\n"},
		{"odd", "warning: oco.yaml:3:3: handler x: asked again, with its settings, it printed no manifest but something that is not JSON: invalid character 'o' in literal null (expecting 'u'); what depends on them is not checked\n"},
	} {
		_, _, errs, code := settledProgram(t, c.words, "check")
		if errs != c.want || (code != 0) != strings.Contains(errs, "problem") {
			t.Errorf("%s: exit %d, printed\n%s", c.words, code, errs)
		}
		_, _, errs, _ = settledProgram(t, c.words, "match", "-c", "oco.yaml", "hello world")
		told, _, _ := strings.Cut(c.want, "oco: ")
		for line := range strings.Lines(told) {
			if !strings.Contains(errs, "warning: "+strings.TrimPrefix(line, "warning: ")) {
				t.Errorf("%s: match printed\n%s", c.words, errs)
			}
		}
	}
}

// Settings that do not fit are told to nobody.
func TestAPluginIsNotToldSettingsThatDoNotFit(t *testing.T) {
	t.Parallel()
	dir, _, errs, code := settledProgram(t, "good}\n    more: {x: 1", "check")
	if _, err := os.Stat(dir + "/told"); code != 1 || !os.IsNotExist(err) || !strings.Contains(errs, "x: unknown setting `more`") {
		t.Errorf("exit %d, printed %q; it was told: %v", code, errs, err == nil)
	}
}

// A plugin that knows nothing of the descriptor prints its manifest again, however
// much nobody reads.
func TestAPluginNeedNotReadItsSettings(t *testing.T) {
	t.Parallel()
	c := &config.Config{Adapter: config.Plugin{Name: "x", Settings: map[string]any{"a": strings.Repeat("x", 60<<10), "b": strings.Repeat("x", 60<<10)}}}
	d := declared{path: "adapter", plugin: config.Plugin{Command: []string{self(t), "test-print",
		`{"version": "7", "settings": [{"name": "a", "type": "ARGUMENT_TYPE_TEXT"}, {"name": "b", "type": "ARGUMENT_TYPE_TEXT"}]}`}}}
	d.ask(t.Context(), c)
	if d.manifest.GetVersion() != "7" || d.missing != nil || d.silent != nil || d.refused != nil || d.unsure != "" {
		t.Errorf("%+v", d)
	}
}
