package settings_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/settings"
)

type (
	selfish     struct{ Inner []selfish }
	selfishList []selfishList
	selfishMap  map[string]selfishMap
)

type step struct {
	Run     []string
	Timeout time.Duration     `default:"1m"`
	Output  string            `choices:"text,block" default:"text"`
	Danger  bool              `oco:",optional"`
	Exit    map[int]string    `json:"exit_codes,omitempty"`
	Labels  map[string]string `oco:",optional"`
	Limit   *struct{}         `json:"-"`
	Inner   struct {
		Ratio float64
		N     int `json:"count"`
	} `oco:",optional"`
	Groups [][]int `oco:",optional"`
}

type deep struct {
	Steps  []step
	One    struct{ A string }
	Ports  map[string]int `oco:",optional"`
	Simple string         `oco:",optional"`
}

func jsonSetting(name, text string) *ocov1.Argument {
	return &ocov1.Argument{Name: name, Value: &ocov1.Argument_Text{Text: text}}
}

func fill(t *testing.T, given ...*ocov1.Argument) (deep, string) {
	t.Helper()
	fields, err := settings.Of(reflect.TypeFor[deep]())
	if err != nil {
		t.Fatal(err)
	}
	var got deep
	var lines []string
	for _, p := range fields.Fill(reflect.ValueOf(&got).Elem(), given) {
		lines = append(lines, p.Path+"|"+p.Text)
	}
	return got, strings.Join(lines, "\n")
}

func steps(items ...string) *ocov1.Argument {
	list := &ocov1.ArgumentList{}
	for _, text := range items {
		list.Items = append(list.Items, jsonSetting("", text))
	}
	return &ocov1.Argument{Name: "steps", Value: &ocov1.Argument_List{List: list}}
}

// What holds more than one value is a text that is JSON, and a list of them a list of
// such texts (OCO-SET-9).
func TestAFieldWithStructureIsJSON(t *testing.T) {
	fields, err := settings.Of(reflect.TypeFor[deep]())
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, s := range fields.Specs() {
		lines = append(lines, fmt.Sprint(s.Name, " ", s.Type, " ", s.Check, " list ", s.List))
	}
	want := `steps ARGUMENT_TYPE_TEXT ARGUMENT_CHECK_JSON list true
one ARGUMENT_TYPE_TEXT ARGUMENT_CHECK_JSON list false
ports ARGUMENT_TYPE_TEXT ARGUMENT_CHECK_JSON list false
simple ARGUMENT_TYPE_TEXT ARGUMENT_CHECK_UNSPECIFIED list false`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAFieldWithStructureIsFilled(t *testing.T) {
	got, wrong := fill(t,
		steps(`{"run": ["a", "b c"], "exit_codes": {"3": "nothing"}, "labels": {"x": "y"}, "inner": {"ratio": 2, "count": 7}, "groups": [[1, 2], []]}`,
			`{"run": [], "timeout": "1h30m", "output": "BLOCK", "danger": true}`),
		jsonSetting("one", `{"a": "x"}`), jsonSetting("ports", `{"http": 80, "https": "443"}`))
	if wrong != "" {
		t.Fatal(wrong)
	}
	first := step{Run: []string{"a", "b c"}, Timeout: time.Minute, Output: "text", Exit: map[int]string{3: "nothing"}, Labels: map[string]string{"x": "y"}, Groups: [][]int{{1, 2}, {}}}
	first.Inner.Ratio, first.Inner.N = 2, 7
	want := deep{
		Steps: []step{first, {Run: []string{}, Timeout: 90 * time.Minute, Output: "block", Danger: true}},
		One:   struct{ A string }{"x"}, Ports: map[string]int{"http": 80, "https": 443},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

// Every mistake is found, named by its path and told without its value (OCO-SET-6).
func TestEveryMistakeHasItsPath(t *testing.T) {
	_, wrong := fill(t,
		steps(`{"run": ["a", 5], "timeout": 30, "output": "hunter2", "danger": "hunter2", "tiemout": "hunter2"}`,
			`{"exit_codes": {"hunter": "x", "4": 1}, "inner": {"ratio": "hunter2", "count": 1.5}, "groups": [[true], 1]}`,
			`[1]`, `"hunter2"`, `null`, `{"run": null, "zzzzzzzz": 1}`, `{"run": [], "exit_codes": {"3": "x", "03": "y"}}`),
		jsonSetting("one", `{"a": "x"} {}`), jsonSetting("ports", `{`))
	want := `steps[0].run[1]|` + "it must be a text, not a number (quotes make it a text)" + `
steps[0].timeout|` + "it must be a duration such as 30s, 1h30m or 2d, not a number (quotes make it a text)" + `
steps[0].output|` + "it must be one of text, block, not this text" + `
steps[0].danger|` + "it must be true or false, yes or no, on or off, not this text" + `
steps[0].tiemout|` + "there is no such key; did you mean `timeout`?" + `
steps[1]|` + "`run` is missing: it is a list, each item a text" + `
steps[1].exit_codes.4|` + "it must be a text, not a number (quotes make it a text)" + `
steps[1].exit_codes.hunter|` + "this key must be a whole number" + `
steps[1].inner.ratio|` + "it must be a number such as 3 or 0.5, not this text" + `
steps[1].inner.count|` + "it must be a whole number such as 3 or -20, not a number (quotes make it a text)" + `
steps[1].groups[0][0]|` + "it must be a whole number such as 3 or -20, not true or false (quotes make it a text)" + `
steps[1].groups[1]|` + "it must be a list, each item a whole number such as 3 or -20, not a number (quotes make it a text)" + `
steps[2]|` + "it must be a mapping, not a list" + `
steps[3]|` + "it must be a mapping, not this text" + `
steps[4]|` + "it must be a mapping, not nothing (leave the key out)" + `
steps[5].run|` + "it must be a list, each item a text, not nothing (leave the key out)" + `
steps[5].zzzzzzzz|` + "there is no such key; known: run, timeout, output, danger, exit_codes, labels, inner, groups" + `
steps[6].exit_codes.3|` + "this key is there already, as `03`" + `
one|` + "it is more than one value of JSON" + `
ports|` + "it is no JSON"
	if wrong != want {
		t.Errorf("got\n%s\nwant\n%s", wrong, want)
	}
}
