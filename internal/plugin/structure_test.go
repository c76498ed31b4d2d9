package plugin_test

import (
	"slices"
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
)

func structured(s *ocov1.ArgumentSpec) { s.Check = ocov1.ArgumentCheck_ARGUMENT_CHECK_JSON }

func held(to ocov1.ArgumentCheck) func(*ocov1.ArgumentSpec) {
	return func(s *ocov1.ArgumentSpec) { s.Check = to }
}

// Whatever a configuration holds is handed over as JSON; a text is a string, whatever
// stands in it (OCO-SET-9).
func TestAStructureIsHandedOverAsJSON(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{map[string]any{"b": []any{int64(1), 2.5, true, nil}, "a": map[string]any{"<z>": "é\n"}}, `{"a":{"<z>":"é\n"},"b":[1,2.5,true,null]}`},
		{[]any{}, `[]`}, {map[string]any{}, `{}`}, {nil, `null`}, {false, `false`}, {int64(1 << 53), `9007199254740992`},
		{"", `""`}, {"12", `"12"`}, {`{"a": 1}`, `"{\"a\": 1}"`}, {"true", `"true"`}, {1e21, `1e+21`},
	} {
		schema := []*ocov1.ArgumentSpec{setting("x", text, structured)}
		got, problems := plugin.CheckSettings(schema, map[string]any{"x": c.value})
		if len(problems) > 0 || got[0].GetText() != c.want {
			t.Errorf("%v: %v, %v", c.value, got, problems)
		}
		schema = []*ocov1.ArgumentSpec{setting("x", text, structured, list)}
		got, problems = plugin.CheckSettings(schema, map[string]any{"x": []any{c.value, c.value}})
		if len(problems) > 0 || len(got[0].GetList().GetItems()) != 2 || got[0].GetList().GetItems()[1].GetText() != c.want {
			t.Errorf("each %v: %v, %v", c.value, got, problems)
		}
	}
}

// A default is JSON already, and must be (OCO-SET-1, OCO-SET-9).
func TestTheDefaultOfAStructureIsJSON(t *testing.T) {
	for written, want := range map[string]string{`{"b": [1, 2], "a": 1.50}`: `{"b":[1,2],"a":1.50}`, `“x”`: `"x"`, `""`: `""`} {
		schema := []*ocov1.ArgumentSpec{setting("x", text, structured, unless(written))}
		if err := plugin.CheckSchema(schema); err != nil {
			t.Errorf("%s: %v", written, err)
		}
		if got, problems := plugin.CheckSettings(schema, nil); len(problems) > 0 || got[0].GetText() != want {
			t.Errorf("%s: %v, %v", written, got, problems)
		}
	}
	for _, s := range []*ocov1.ArgumentSpec{
		setting("x", text, structured, unless("")), setting("x", text, structured, unless("{a: 1}")),
		setting("x", integer, structured), setting("x", text, held(9)), setting("x", text, held(ocov1.ArgumentCheck_ARGUMENT_CHECK_URL), unless("web")),
	} {
		if err := plugin.CheckSchema([]*ocov1.ArgumentSpec{s}); reason(err) != chat.FieldInvalid {
			t.Errorf("%v: %v", s, err)
		}
	}
}

// What is wrong in a structure is named with its own place, and no value is shown
// (OCO-SET-3, OCO-SET-6).
func TestWhatIsWrongInAStructure(t *testing.T) {
	deep := any("x")
	for range 65 {
		deep = []any{deep}
	}
	schema := []*ocov1.ArgumentSpec{
		setting("bytes", text, structured), setting("deep", text, structured), setting("long", text, structured),
		setting("each", text, structured, list), setting("needed", text, structured),
		setting("site", text, held(ocov1.ArgumentCheck_ARGUMENT_CHECK_URL)), setting("like", text, held(ocov1.ArgumentCheck_ARGUMENT_CHECK_REGEX)),
	}
	got, problems := plugin.CheckSettings(schema, map[string]any{
		"bytes": map[string]any{"a": []any{"fine", map[string]any{"token": secret + "\xff"}}, "b\xff": secret},
		"deep":  deep, "long": []any{strings.Repeat("x", 64<<10)}, "each": map[string]any{}, "site": secret, "like": "(" + secret,
	})
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.Path+"|"+p.Text)
	}
	want := []string{
		"bytes.a[1].token|`bytes.a[1].token` wants a text of UTF-8, not this text",
		"bytes|a key in `bytes` is not UTF-8",
		"deep|`deep` has too many lists and mappings inside one another",
		"long|`long` is too long: a text has at most 64 KiB, all settings together 1024 KiB",
		"each|`each` wants a list, each item a mapping, a list or any other value, not a mapping",
		"|the setting `needed` is missing: it is a mapping, a list or any other value",
		"site|`site` wants an address such as https://example.org/page, not this text",
		"like|`like` wants a regular expression of OCO-RE, not this text",
	}
	if got != nil || !slices.Equal(lines, want) {
		t.Errorf("%v\n%s", got, strings.Join(lines, "\n"))
	}
	got, problems = plugin.CheckSettings(schema[5:], map[string]any{"site": "https://example.org", "like": "a+"})
	if len(problems) > 0 || got[0].GetText() != "https://example.org" || got[1].GetText() != "a+" {
		t.Errorf("%v, %v", got, problems)
	}
}

// All settings together count, structures among them.
func TestStructuresCountWithTheOthers(t *testing.T) {
	var schema []*ocov1.ArgumentSpec
	values := map[string]any{}
	for _, name := range strings.Split("abcdefghijklmnopq", "") {
		schema = append(schema, setting(name, text, structured))
		values[name] = strings.Repeat("x", 64<<10-2)
	}
	if _, problems := plugin.CheckSettings(schema, values); len(problems) != 1 || problems[0].Path != "q" {
		t.Errorf("%v", problems)
	}
}

// What the configuration took from a file or a variable is told nowhere, whatever the
// plugin declares, unless it is so short that it may be anything.
func TestNothingFromElsewhereIsTold(t *testing.T) {
	reg := loadRegistry(t, newRows(), plugin.Options{Settings: map[string]plugin.Settings{"web": {
		Values: map[string]any{"open": map[string]any{"token": secret, "n": "80"}}, Secrets: []string{secret, "80"},
	}}})
	m := manifest()
	m.Settings = []*ocov1.ArgumentSpec{setting("open", text, structured)}
	err := reg.Refuse(t.Context(), handler("web"), m, []plugin.SettingProblem{{Path: "open.token", Text: secret + " is none, nor is 80"}})
	if !strings.HasSuffix(err.Error(), "`open.token`: … is none, nor is 80") {
		t.Errorf("%v", err)
	}
}

// The texts and numbers in a sensitive structure are secrets, its keys are not
// (OCO-SET-5, OCO-SET-9).
func TestNothingInASecretStructureIsTold(t *testing.T) {
	reg := loadRegistry(t, newRows(), plugin.Options{Settings: map[string]plugin.Settings{"web": {Values: map[string]any{
		"servers": []any{map[string]any{"token": secret, "pin": int64(4711), "share": 1e21}},
		"each":    []any{map[string]any{"note": "two\nlines"}}, "open": map[string]any{"token": "known"},
	}}}})
	m := manifest()
	m.Settings = []*ocov1.ArgumentSpec{
		setting("servers", text, structured, sensitive), setting("each", text, structured, sensitive, list), setting("open", text, structured),
	}
	err := reg.Refuse(t.Context(), handler("web"), m, []plugin.SettingProblem{
		{Path: "servers[0].token", Text: "the token " + secret + ", 4711, 1e+21 and 1000000000000000000000 are unlike \"two\\nlines\" and known"},
		{Text: `of [{"pin":4711,"share":1e+21,"token":"` + secret + `"}] nothing is taken`},
	})
	const want = "`servers[0].token`: the token …, …, … and … are unlike \"…\" and known; the plugin does not take its settings: of … nothing is taken"
	if reason(err) != chat.SettingsInvalid || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v", err)
	}
}

// A secret is one however it is told: in the quotes of another language, in an address,
// in base64, and line by line (OCO-SET-5, OCO-LIF-59).
func TestASecretIsNotToldInOtherWords(t *testing.T) {
	const password, key = `pä<ss/"w&`, "-----BEGIN KEY-----\nMIIBhunter2\n-----END KEY-----\n"
	settings := plugin.Settings{Values: map[string]any{"password": password}, Secrets: []string{key}}
	schema := []*ocov1.ArgumentSpec{setting("password", text, sensitive), setting("key", text)}
	checked := []*ocov1.Argument{{Name: "password", Sensitive: true, Value: &ocov1.Argument_Text{Text: password}}}
	for said, want := range map[string]string{
		`json.dumps: "p\u00e4<ss/\"w&"`:                    `json.dumps: "…"`,
		`JSON.stringify: "pä<ss/\"w&"`:                     `JSON.stringify: "…"`,
		`json.Marshal: "pä\u003css/\"w\u0026"`:             `json.Marshal: "…"`,
		`https://bot:p%C3%A4%3Css%2F%22w&@example.org`:     `https://bot:…@example.org`,
		`?q=p%C3%A4%3Css%2F%22w%26`:                        `?q=…`,
		`the header is cMOkPHNzLyJ3Jg==`:                   `the header is …==`,
		"no key:\n" + key:                                  "no key:\n…",
		"no key: -----BEGIN KEY----- MIIBhunter2":          "no key: … …",
		`"-----BEGIN KEY-----\nMIIBhunter2\n-----END KEY-`: `"…\n…\n-----END KEY-`,
	} {
		if got := settings.Redact(said, schema, checked); got != want {
			t.Errorf("%s: %s", said, got)
		}
	}
}

// Who says what is wrong line by line says other things beside it (OCO-LIF-59).
func TestProblemsAreReadFromWhatAProgramSays(t *testing.T) {
	schema := []*ocov1.ArgumentSpec{setting("hosts", text, list), setting("words", text, structured)}
	many := strings.Repeat("hosts[0]: x\n", 1000)
	for _, c := range []struct {
		said, want, beside string
	}{
		{"", "|it does not say why", ""},
		{"\n \n{\"level\": \"INFO\"}\n", "|it does not say why", ""},
		{"  a: b\n c\nd\n", "|a: b c; d", ""},
		{"hosts: x\n", "hosts|x", ""},
		{"hosts[1]:  x\r\n\ty\nwords.a: z: 1", "hosts[1]|x y\nwords.a|z: 1", ""},
		{"warning: old\n  line 3\nhosts: x\nhost: y\nhostss: z\nhosts: \n", "hosts|x", "warning: old line 3; host: y; hostss: z; hosts:"},
		{many + "  more\n", strings.Repeat("hosts[0]|x\n", 255) + "hosts[0]|x", ""},
		{"hosts: \xff", "hosts|\uFFFD", ""},
	} {
		problems, beside := plugin.ReadProblems(schema, c.said)
		var lines []string
		for _, p := range problems {
			lines = append(lines, p.Path+"|"+p.Text)
		}
		if strings.Join(lines, "\n") != c.want || beside != c.beside {
			t.Errorf("%.80q: %q, %q", c.said, lines, beside)
		}
	}
	if got := plugin.Shorten(strings.Repeat("é", 1000)); len(got) != 1024+len("…") || plugin.Shorten("é") != "é" {
		t.Errorf("%d bytes", len(got))
	}
}
