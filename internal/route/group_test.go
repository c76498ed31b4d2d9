package route_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
)

func typed(name, regex string, arguments ...pattern.Spec) route.Definition {
	return with(hear(name, regex), func(d *route.Definition) { d.Arguments = arguments })
}

// Named groups come in the types that the route says, and only those that took part
// (OCO-RTE-43).
func TestTheGroupsOfAHearRouteAreTyped(t *testing.T) {
	table := newTable(t, compiled(t, "p", typed("h", `#(?P<id>[-−]?\d+)(?: in (?P<wait>\w+))?(?: at (?P<share>[.\d]+))?(?: on (?P<env>\w+))? (?P<rest>.*)`,
		pattern.Spec{Name: "id", Type: pattern.TypeInteger}, pattern.Spec{Name: "wait", Type: pattern.TypeDuration, Help: "How long."},
		pattern.Spec{Name: "share", Type: pattern.TypeNumber, Optional: true}, pattern.Spec{Name: "env", Type: pattern.TypeChoice, Choices: []string{"Prod", "dev"}},
		pattern.Spec{Name: "rest", Sensitive: true},
	)))
	for text, want := range map[string]string{
		"see #−7 in 2h at .5 on PROD now": "id=-7 wait=2h0m0s share=0.5 env=Prod rest=now",
		"see #7  now":                     "id=7 rest= now",
		"see #7 ":                         "id=7 rest=",
	} {
		got := table.Match(route.Message{Text: text}, everybody)
		if len(got.Hears) != 1 {
			t.Errorf("%s: %+v", text, got)
			continue
		}
		var values []string
		for _, v := range got.Hears[0].Args {
			value := v.Text
			switch v.Type {
			case pattern.TypeInteger:
				value = fmt.Sprint(v.Integer)
			case pattern.TypeNumber:
				value = fmt.Sprint(v.Number)
			case pattern.TypeDuration:
				value = v.Duration.Round(time.Second).String()
			}
			if v.Sensitive != (v.Name == "rest") || text[v.Start:v.End] != v.Raw {
				t.Errorf("%s: %+v", text, v)
			}
			values = append(values, v.Name+"="+value)
		}
		if said := strings.Join(values, " "); said != want {
			t.Errorf("%s: %s", text, said)
		}
	}
	for _, text := range []string{"#99999999999999999999 x", "#7 in time x", "#7 on mars x", "#7 at . x"} {
		if got := table.Match(route.Message{Text: text}, everybody); len(got.Hears) > 0 {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// A route with a group that is none of its type neither fires nor stops others, and
// counts as none that answers; no other place of the text is looked for.
func TestARouteDoesNotHearWhatIsOfAnotherType(t *testing.T) {
	first := typed("first", `#(?P<id>\w+)`, pattern.Spec{Name: "id", Type: pattern.TypeInteger})
	first.Priority, first.Exclusive, first.AddressedOnly = 1, true, true
	same := hear("same", first.Regex)
	table := newTable(t, compiled(t, "p", first), compiled(t, "p", same), compiled(t, "p", hear("any", "#")))
	for text, want := range map[string]string{"#7 #x": "p:first", "#x #7": "p:any p:same"} {
		got := table.Match(route.Message{Text: text, Addressed: true}, everybody)
		if keys := strings.Join(hitKeys(got.Hears), " "); keys != want {
			t.Errorf("%s is heard by %s", text, keys)
		}
	}
	got := table.Explain(route.Message{Text: "#x", Addressed: true}, everybody)
	if len(got.Near) != 1 || got.Near[0].Route.Name != "first" || got.Near[0].Why != route.WhyProblem || got.Near[0].Problem.String() != "“x” does not fit id: it must be a whole number such as 3 or -20" {
		t.Errorf("%+v", got.Near)
	}
	secret := typed("secret", `#(?P<id>\w+)(?P<key>!)?`, pattern.Spec{Name: "id", Type: pattern.TypeInteger}, pattern.Spec{Name: "key", Sensitive: true})
	got = newTable(t, compiled(t, "p", secret)).Explain(route.Message{Text: "#x"}, everybody)
	if len(got.Near) != 1 || got.Near[0].Problem.Value != "" {
		t.Errorf("a value is shown: %+v", got.Near)
	}
}

// OCO-RTE-43
func TestGroupsThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		spec pattern.Spec
		says string
	}{
		"no group":       {pattern.Spec{Name: "idd", Type: pattern.TypeInteger}, `the argument "idd": it is no named group`},
		"no name":        {pattern.Spec{Type: pattern.TypeInteger}, "it is no named group"},
		"twice":          {pattern.Spec{Name: "first", Type: pattern.TypeInteger}, "it is described twice"},
		"a flag":         {pattern.Spec{Name: "id", Type: pattern.TypeFlag}, "; flag is none of these"},
		"a user":         {pattern.Spec{Name: "id", Type: pattern.TypeUser}, "; user is none of these"},
		"a type of time": {pattern.Spec{Name: "id", Type: pattern.TypeTime}, "; time is none of these"},
		"a later type":   {pattern.Spec{Name: "id", Type: 99}, "; invalid is none of these"},
		"a check":        {pattern.Spec{Name: "id", Check: pattern.CheckURL}, "a group has no check"},
		"a list":         {pattern.Spec{Name: "id", List: true}, "a group is one value"},
		"a default":      {pattern.Spec{Name: "id", HasDefault: true}, "a group has no default"},
		"no choices":     {pattern.Spec{Name: "id", Type: pattern.TypeChoice}, "two or more values"},
		"choices":        {pattern.Spec{Name: "id", Choices: []string{"a", "b"}}, "a text has no choices"},
	} {
		_, err := route.Compile("p", typed("h", `(?P<first>a)(?P<id>b)(c)`, pattern.Spec{Name: "first"}, c.spec))
		if err == nil || err.Reason != chat.FieldInvalid || err.Details["field"] != "hear.arguments" || !strings.Contains(err.Text, c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
