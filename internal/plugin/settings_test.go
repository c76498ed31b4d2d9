package plugin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
)

const (
	text     = ocov1.ArgumentType_ARGUMENT_TYPE_TEXT
	integer  = ocov1.ArgumentType_ARGUMENT_TYPE_INTEGER
	number   = ocov1.ArgumentType_ARGUMENT_TYPE_NUMBER
	flag     = ocov1.ArgumentType_ARGUMENT_TYPE_FLAG
	duration = ocov1.ArgumentType_ARGUMENT_TYPE_DURATION
	choice   = ocov1.ArgumentType_ARGUMENT_TYPE_CHOICE
)

func setting(name string, of ocov1.ArgumentType, change ...func(*ocov1.ArgumentSpec)) *ocov1.ArgumentSpec {
	s := &ocov1.ArgumentSpec{Name: name, Type: of}
	for _, c := range change {
		c(s)
	}
	return s
}

func optional(s *ocov1.ArgumentSpec)  { s.Optional = true }
func sensitive(s *ocov1.ArgumentSpec) { s.Sensitive = true }
func list(s *ocov1.ArgumentSpec)      { s.List = true }

func unless(text string) func(*ocov1.ArgumentSpec) {
	return func(s *ocov1.ArgumentSpec) { s.DefaultText = &text }
}

func among(choices ...string) func(*ocov1.ArgumentSpec) {
	return func(s *ocov1.ArgumentSpec) { s.Choices = choices }
}

// OCO-SET-1
func TestASchemaThatNoOperatorCouldFollowIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spec *ocov1.ArgumentSpec
		want string
	}{
		"no name":          {setting("", text), "a name has"},
		"a capital":        {setting("Token", text), "a name has"},
		"a dash":           {setting("api-token", text), "a name has"},
		"too long":         {setting(strings.Repeat("a", 65), text), "a name has"},
		"twice":            {setting("first", text), "the same name"},
		"no type":          {setting("x", 0), "not unspecified"},
		"a user":           {setting("x", ocov1.ArgumentType_ARGUMENT_TYPE_USER), "not user"},
		"a type of later":  {setting("x", 99), "not invalid"},
		"no choice":        {setting("x", choice, among("one")), "two or more"},
		"choices of text":  {setting("x", text, among("one", "two")), "has no choices"},
		"an odd default":   {setting("x", integer, unless("three")), "does not fit"},
		"no such choice":   {setting("x", choice, among("a", "b"), unless("c")), "does not fit"},
		"a list's default": {setting("x", text, list, unless("a")), "a list has no default"},
		"a secret default": {setting("x", text, sensitive, unless("hunter2")), "sensitive"},
		"not UTF-8":        {&ocov1.ArgumentSpec{Name: "x", Type: text, Help: "\xff"}, "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			err := plugin.CheckSchema([]*ocov1.ArgumentSpec{setting("first", text), c.spec})
			if reason(err) != chat.FieldInvalid || !strings.Contains(err.Text, c.want) || err.Details["field"] != "manifest.settings[1]" || strings.Contains(err.Text, "hunter2") {
				t.Errorf("%+v", err)
			}
		})
	}
	many := make([]*ocov1.ArgumentSpec, plugin.MaxSettings+1)
	for i := range many {
		many[i] = setting(fmt.Sprintf("s%d", i), text)
	}
	if err := plugin.CheckSchema(many); reason(err) != chat.QuotaExceeded {
		t.Errorf("%+v", err)
	}
	if err := plugin.CheckSchema(many[1:]); err != nil {
		t.Errorf("%+v", err)
	}
}

// OCO-SET-2
func TestSettingsComeTypedWithTheirDefaults(t *testing.T) {
	schema := []*ocov1.ArgumentSpec{
		setting("token", text, sensitive), setting("retries", integer, unless("3")), setting("ratio", number), setting("share", number),
		setting("on", flag), setting("wait", duration, unless("1m30s")), setting("env", choice, among("Prod", "staging")),
		setting("hosts", text, list), setting("ports", integer, list), setting("left", text, optional), setting("none", text, list, optional),
		setting("empty", text),
	}
	if err := plugin.CheckSchema(schema); err != nil {
		t.Fatal(err)
	}
	got, problems := plugin.CheckSettings(schema, map[string]any{
		"token": "hunter2", "ratio": int64(2), "share": 0.5, "on": true, "env": "prod",
		"hosts": []any{"a", "b"}, "ports": []any{int64(1), "2"}, "empty": "",
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var names []string
	by := map[string]*ocov1.Argument{}
	for _, a := range got {
		names = append(names, a.Name)
		by[a.Name] = a
		if a.Sensitive != (a.Name == "token") || a.Raw != "" {
			t.Errorf("%v", a)
		}
	}
	if strings.Join(names, " ") != "token retries ratio share on wait env hosts ports empty" {
		t.Errorf("%v", names)
	}
	if by["token"].GetText() != "hunter2" || by["retries"].GetInteger() != 3 || by["ratio"].GetNumber() != 2 || by["share"].GetNumber() != 0.5 ||
		!by["on"].GetFlag() || by["wait"].GetDuration().AsDuration() != 90*time.Second || by["env"].GetText() != "Prod" ||
		len(by["hosts"].GetList().GetItems()) != 2 || by["ports"].GetList().GetItems()[1].GetInteger() != 2 {
		t.Errorf("%v", got)
	}
	// What comes out of a variable is a text.
	got, problems = plugin.CheckSettings([]*ocov1.ArgumentSpec{setting("on", flag), setting("n", integer), setting("x", number)},
		map[string]any{"on": "yes", "n": "-7", "x": "1e3"})
	if len(problems) > 0 || !got[0].GetFlag() || got[1].GetInteger() != -7 || got[2].GetNumber() != 1000 {
		t.Errorf("%v, %v", got, problems)
	}
}

// OCO-SET-3, OCO-SET-6
func TestEverythingWrongIsNamedAtOnce(t *testing.T) {
	schema := []*ocov1.ArgumentSpec{
		setting("token", text, sensitive), setting("retries", integer), setting("wait", duration), setting("env", choice, among("prod", "staging")),
		setting("hosts", text, list), setting("ports", integer, list), setting("needed", flag), setting("many", number, list), setting("long", text, optional),
	}
	got, problems := plugin.CheckSettings(schema, map[string]any{
		"token": int64(12345), "retries": "hunter2", "wait": int64(10), "env": "hunter2", "hosts": "hunter2",
		"ports": []any{int64(1), nil, map[string]any{"a": "hunter2"}, []any{}}, "toke": "hunter2", "Env": nil, "long": strings.Repeat("x", 64<<10+1),
	})
	if got != nil {
		t.Errorf("settings in spite of problems: %v", got)
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.Path+"|"+p.Text)
		if strings.Contains(p.Text, "hunter2") || strings.Contains(p.Text, "12345") {
			t.Errorf("a value is shown: %s", p.Text)
		}
	}
	want := []string{
		"token|`token` wants a text, not a number (quotes make it a text)",
		"retries|`retries` wants a whole number such as 3 or -20, not this text",
		"wait|`wait` wants a duration such as 30s, 1h30m or 2d, not a number (quotes make it a text)",
		"env|`env` wants one of prod, staging, not this text",
		"hosts|`hosts` wants a list, each item a text, not this text",
		"ports[1]|`ports[1]` wants a whole number such as 3 or -20, not nothing (leave the key out for the default)",
		"ports[2]|`ports[2]` wants a whole number such as 3 or -20, not a mapping",
		"ports[3]|`ports[3]` wants a whole number such as 3 or -20, not a list",
		"|the setting `needed` is missing: it is true or false, yes or no, on or off",
		"|the setting `many` is missing: it is a list, each item a number such as 3 or 0.5",
		"long|`long` is too long: a text has at most 64 KiB, all settings together 1024 KiB",
		"Env|unknown setting `Env`; known: token, retries, wait, env, hosts, ports, needed, many, long",
		"toke|unknown setting `toke`; known: token, retries, wait, env, hosts, ports, needed, many, long",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

// Whatever is declared and whatever is written: what fits comes whole and typed,
// what does not is named, and no value is ever shown.
func TestSettingsOfAnyShape(t *testing.T) {
	fitted, refused := 0, 0
	for seed := range uint64(5000) {
		random := rand.New(rand.NewPCG(seed, 0))
		schema := randomSchema(random)
		if plugin.CheckSchema(schema) != nil {
			continue
		}
		values := randomValues(random, schema)
		got, problems := plugin.CheckSettings(schema, values)
		if (len(problems) > 0) && got != nil {
			t.Fatalf("seed %d: %v beside %v", seed, got, problems)
		}
		for _, p := range problems {
			if strings.Contains(p.Text, secret) {
				t.Fatalf("seed %d: a value is shown: %s", seed, p.Text)
			}
		}
		if len(problems) > 0 {
			refused++
			continue
		}
		fitted++
		for _, s := range schema {
			i := slices.IndexFunc(got, func(a *ocov1.Argument) bool { return a.Name == s.Name })
			_, given := values[s.Name]
			if (i >= 0) != (given || s.DefaultText != nil) {
				t.Fatalf("seed %d: %v of %v given %v", seed, got, s, values)
			}
			if i < 0 && !s.Optional {
				t.Fatalf("seed %d: %s is missing and nothing is said", seed, s.Name)
			}
			if i >= 0 && !isOf(got[i], s) {
				t.Fatalf("seed %d: %v is no %v", seed, got[i], s)
			}
		}
	}
	if fitted < 100 || refused < 100 {
		t.Errorf("only %d fitted and %d were refused", fitted, refused)
	}
}

const secret = "hunter2"

func randomSchema(random *rand.Rand) []*ocov1.ArgumentSpec {
	var schema []*ocov1.ArgumentSpec
	for i := range random.IntN(4) {
		s := setting(fmt.Sprintf("s%d", i), ocov1.ArgumentType(1+random.IntN(10)))
		if s.Type == choice {
			s.Choices = []string{"true", "3", "1m"}
		}
		if s.Type == text && random.IntN(2) == 0 {
			s.Check = ocov1.ArgumentCheck_ARGUMENT_CHECK_JSON
		}
		s.Optional, s.Sensitive, s.List = random.IntN(2) == 0, random.IntN(4) == 0, random.IntN(3) == 0
		if random.IntN(3) == 0 {
			s.DefaultText = &[]string{"3", "true", "1m", "x"}[random.IntN(4)]
		}
		schema = append(schema, s)
	}
	return schema
}

func randomValues(random *rand.Rand, schema []*ocov1.ArgumentSpec) map[string]any {
	one := func() any {
		return []any{"3", "true", "1m", secret, int64(3), 0.5, true, nil, []any{}, map[string]any{}, []any{map[string]any{"a": secret}}, map[string]any{"a": secret + "\xff"}}[random.IntN(12)]
	}
	values := map[string]any{}
	for _, s := range schema {
		switch {
		case random.IntN(4) == 0:
		case s.List && random.IntN(4) > 0:
			items := []any{}
			for range random.IntN(3) {
				items = append(items, one())
			}
			values[s.Name] = items
		default:
			values[s.Name] = one()
		}
	}
	if random.IntN(10) == 0 {
		values["other"] = secret
	}
	return values
}

func isOf(a *ocov1.Argument, s *ocov1.ArgumentSpec) bool {
	if a.Sensitive != s.Sensitive {
		return false
	}
	items := []*ocov1.Argument{a}
	if s.List {
		if _, ok := a.Value.(*ocov1.Argument_List); !ok {
			return false
		}
		items = a.GetList().GetItems()
	}
	for _, item := range items {
		ok := false
		switch item.Value.(type) {
		case *ocov1.Argument_Text:
			ok = s.Type == text && (s.Check == 0 || json.Valid([]byte(item.GetText()))) || s.Type == choice && slices.Contains(s.Choices, item.GetText())
		case *ocov1.Argument_Integer:
			ok = s.Type == integer
		case *ocov1.Argument_Number:
			ok = s.Type == number
		case *ocov1.Argument_Flag:
			ok = s.Type == flag
		case *ocov1.Argument_Duration:
			ok = s.Type == duration
		}
		if !ok {
			return false
		}
	}
	return true
}

// A registration that is refused for its settings changes nothing, and is told of
// until it is not any more (OCO-SET-3, OCO-SET-5).
func TestTheReasonStaysUntilItIsMended(t *testing.T) {
	r := newRows()
	settings := plugin.Settings{Values: map[string]any{"retries": "x"}, Place: func(path string) string { return "oco.yaml:7:" + fmt.Sprint(len(path)) }}
	reg := loadRegistry(t, r, plugin.Options{Settings: map[string]plugin.Settings{"web": settings}})
	m := manifest(command("ping"))
	m.Settings = []*ocov1.ArgumentSpec{
		setting("retries", integer), setting("token", text, sensitive, optional),
		setting("pins", integer, sensitive, list, optional),
	}
	before := len(r.data)
	_, err := reg.Register(t.Context(), handler("web"), m, r.hello)
	const why = "oco.yaml:7:7: `retries` wants a whole number such as 3 or -20, not this text"
	if reason(err) != chat.SettingsInvalid || !strings.HasSuffix(err.Error(), why) || len(r.data) != before {
		t.Fatalf("%v", err)
	}
	told := func() string {
		for _, p := range reg.Plugins() {
			return p.Name + "|" + p.Role.String() + "|" + p.Refused + "|" + strings.Join(reg.Warnings(), "")
		}
		return ""
	}
	if want := "web|handler|" + why + "|web is refused for its settings: " + why; told() != want {
		t.Errorf("%q", told())
	}
	refused := told()
	if err := reg.Withdraw(t.Context(), "web", r.put); err != nil || told() != refused {
		t.Errorf("%q, %v", told(), err)
	}
	settings.Values = map[string]any{"retries": int64(3), "token": secret, "pins": []any{int64(4711), int64(42)}}
	for _, want := range []bool{true, false} {
		settings.Values = maps.Clone(settings.Values)
		if changed, err := reg.SetSettings(t.Context(), "web", settings); err != nil || changed != want {
			t.Errorf("changed %v, %v", changed, err)
		}
	}
	if told() != "" {
		t.Errorf("the old reason is still told: %s", told())
	}
	made, err := reg.Register(t.Context(), handler("web"), m, r.hello)
	if err != nil || len(made.Settings) != 3 || told() != "web|handler||" {
		t.Errorf("%v, %v, %s", made, err, told())
	}
	err = reg.Refuse(t.Context(), handler("web"), m, []plugin.SettingProblem{{Text: "the server does not know " + secret + ", 4711 and 42"}})
	if reason(err) != chat.SettingsInvalid || !strings.HasSuffix(err.Error(), "oco.yaml:7:0: the plugin does not take its settings: the server does not know …, … and …") {
		t.Errorf("%v", err)
	}
	if !strings.Contains(told(), "the server does not know …") {
		t.Errorf("%s", told())
	}
	if _, err := reg.Inquire(t.Context(), handler("web"), m); err != nil || told() != "web|handler||" {
		t.Errorf("it takes them now, and %s is told: %v", told(), err)
	}
	if err := reg.CheckSettings("web", plugin.Settings{Values: map[string]any{"retrys": 1}}); reason(err) != chat.SettingsInvalid {
		t.Errorf("%v", err)
	}
	if err := reg.CheckSettings("stranger", settings); err != nil {
		t.Errorf("%v", err)
	}
	if err := reg.Unregister(t.Context(), "web", r.put); err != nil || told() != "" {
		t.Errorf("%v, %s", err, told())
	}
}

// Whole secrets are taken out, also one that begins like another, a number, and one
// that is told between quotes (OCO-SET-5, OCO-SET-6).
func TestNoPartOfASecretIsTold(t *testing.T) {
	const long = secret + "-and-more"
	const lines = "-----BEGIN KEY-----\nc2VjcmV0\"\n-----END KEY-----"
	reg := loadRegistry(t, newRows(), plugin.Options{Settings: map[string]plugin.Settings{"web": {Values: map[string]any{
		"token": secret, "other": long, "key": lines, "share": 12.5,
	}}}})
	m := manifest()
	m.Settings = []*ocov1.ArgumentSpec{
		setting("token", text, sensitive, optional), setting("other", text, sensitive, optional), setting("key", text, sensitive, optional), setting("share", number, sensitive, optional),
	}
	err := reg.Refuse(t.Context(), handler("web"), m, []plugin.SettingProblem{{Text: fmt.Sprintf("neither %s nor %s nor %v: %q is no key", long, secret, 12.5, lines)}})
	if want := "the plugin does not take its settings: neither … nor … nor …: \"…\" is no key"; reason(err) != chat.SettingsInvalid || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v", err)
	}
}

// Each problem that a plugin finds has its place, and a path that is none of the
// operator's holds no secret (OCO-SET-5).
func TestAPluginSaysWhereItsSettingsAreWrong(t *testing.T) {
	reg := loadRegistry(t, newRows(), plugin.Options{Settings: map[string]plugin.Settings{"web": {
		Values: map[string]any{"hosts": []any{"a", secret}, "pin": int64(1)},
		Place:  func(path string) string { return "oco.yaml:" + path },
	}}})
	m := manifest()
	m.Settings = []*ocov1.ArgumentSpec{setting("hosts", text, list, sensitive), setting("pin", integer, sensitive)}
	err := reg.Refuse(t.Context(), handler("web"), m, []plugin.SettingProblem{
		{Path: "hosts[1]", Text: secret + " does not answer"}, {Path: "pin", Text: "is too short"},
		{Path: "hosts[1].port", Text: "is missing"}, {Path: "hosts[9]", Text: "is odd"}, {Path: secret, Text: "is unknown"}, {Text: "nothing answers"},
	})
	const want = "oco.yaml:hosts[1]: `hosts[1]`: … does not …nswer; oco.yaml:pin: `pin`: is too short; " +
		"oco.yaml:hosts[1].port: `hosts[…].port`: is missing; oco.yaml:hosts[9]: `hosts[9]`: is odd; " +
		"oco.yaml:hunter2: `…`: is unknown; oco.yaml:: the plugin does not take its settings: nothing …nswers"
	if reason(err) != chat.SettingsInvalid || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v", err)
	}
	many := make([]plugin.SettingProblem, 10000)
	for i := range many {
		many[i] = plugin.SettingProblem{Path: "pin", Text: strings.Repeat("x", 500)}
	}
	if err := reg.Refuse(t.Context(), handler("web"), m, many); len(err.Error()) > 5<<10 || !strings.HasSuffix(err.Error(), "; and 9993 more") {
		t.Errorf("%v", err)
	}
}

func TestAVeryLongReasonIsCut(t *testing.T) {
	r := newRows()
	values := map[string]any{}
	for i := range 200 {
		values[fmt.Sprintf("unknown%d", i)] = 1
	}
	reg := loadRegistry(t, r, plugin.Options{Settings: map[string]plugin.Settings{"web": {Values: values}}})
	_, err := reg.Register(t.Context(), handler("web"), manifest(), r.hello)
	if text := err.Error(); len(text) > 5<<10 || !strings.Contains(text, "more") || !strings.Contains(text, "unknown0") {
		t.Errorf("%d bytes: %v", len(text), err)
	}
}
