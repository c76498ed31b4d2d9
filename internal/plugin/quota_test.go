package plugin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/route"
)

func hearing(name, regex string) *ocov1.Route {
	return &ocov1.Route{Name: name, Match: &ocov1.Route_Hear{Hear: &ocov1.HearMatch{Regex: regex}}}
}

// refusedFor gives the places of the verdicts that refuse for too much.
func refusedFor(t *testing.T, verdicts []plugin.Verdict) (at []int) {
	t.Helper()
	for i, v := range verdicts {
		switch {
		case v.Err == nil && v.Definition != "":
		case v.Err != nil && v.Err.Reason == chat.QuotaExceeded && v.Definition == "":
			at = append(at, i)
		default:
			t.Errorf("%d: %+v", i, v)
		}
	}
	return at
}

// What the expressions of a plugin cost together is bounded, equal ones counted once,
// and those that fit live (OCO-SIZ-31).
func TestExpressionsThatCostTooMuch(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	var routes []*ocov1.Route
	for i := range plugin.MaxExpressions/996 + 3 {
		routes = append(routes, hearing(fmt.Sprint("h", i), fmt.Sprintf("word%05d.{986}", i)))
	}
	routes = append(routes, hearing("same", "word00000.{986}"), hearing("short", "tiny"))
	got := refusedFor(t, register(t, reg, r, "web", manifest(routes...)))
	if n := plugin.MaxExpressions / 996; len(got) == 0 || got[0] < n-8 || slices.Contains(got, len(routes)-2) || len(got) > 10 {
		t.Errorf("of %d refused are %v", len(routes), got)
	}
	if warned := strings.Join(reg.Warnings(), "\n"); !strings.Contains(warned, "would cost more than 1000000 together") {
		t.Errorf("the operator is told %q", warned)
	}
}

// What groups are costs as well, of equal expressions each time (OCO-SIZ-31).
func TestGroupsThatCostTooMuch(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	spec := &ocov1.ArgumentSpec{Name: "x", Type: choice}
	for i := range 249 {
		spec.Choices = append(spec.Choices, fmt.Sprint("c", i))
	}
	var routes []*ocov1.Route
	for i := range 205 {
		h := hearing(fmt.Sprint("h", i), "(?P<x>.)")
		h.GetHear().Arguments = []*ocov1.ArgumentSpec{spec}
		routes = append(routes, h)
	}
	routes = append(routes, hearing("none", "(?P<x>.)"))
	if got := refusedFor(t, register(t, reg, r, "web", manifest(routes...))); len(got) != 6 || got[0] != 199 || got[5] != 204 {
		t.Errorf("refused are %v", got)
	}
}

// What a group is, is part of the definition (OCO-RTE-43, OCO-LIF-5).
func TestGroupsAreOfTheDefinition(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	plain, typed, odd := hearing("h", "(?P<x>.)"), hearing("h", "(?P<x>.)"), hearing("h", "(?P<x>.)")
	typed.GetHear().Arguments = []*ocov1.ArgumentSpec{{Name: "x", Type: integer}}
	odd.GetHear().Arguments = []*ocov1.ArgumentSpec{{Name: "y", Type: integer}}
	a, b := register(t, reg, r, "web", manifest(plain))[0], register(t, reg, r, "web", manifest(typed))[0]
	if a.Definition == "" || b.Definition == "" || a.Definition == b.Definition {
		t.Errorf("%+v, %+v", a, b)
	}
	if got := reg.Table().Match(route.Message{Text: "7"}, func(*route.Route) bool { return true }); len(got.Hears) != 1 || got.Hears[0].Args[0].Integer != 7 {
		t.Errorf("%+v", got)
	}
	if c := register(t, reg, r, "web", manifest(odd, hearing("other", "x"))); c[0].Err == nil || c[0].Err.Reason != chat.FieldInvalid || c[1].Err != nil {
		t.Errorf("%+v", c)
	}
}

// Those that every message has to be tried with are bounded more tightly (OCO-SIZ-32).
func TestLooseExpressionsThatCostTooMuch(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	var routes []*ocov1.Route
	for i := range 60 {
		routes = append(routes, hearing(fmt.Sprint("h", i), fmt.Sprintf("[a-%c]{%d}", 'b'+i%20, 990-i)))
	}
	routes = append(routes, hearing("word", "word.{900}"), hearing("small", "a?"))
	got := refusedFor(t, register(t, reg, r, "web", manifest(routes...)))
	if len(got) < 5 || len(got) > 12 || got[0] < 48 || slices.Contains(got, 60) {
		t.Errorf("refused are %v", got)
	}
}

// So are the commands that one message may mean; others do not count, however many
// (OCO-SIZ-33).
func TestCommandsThatOneMessageMayMean(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	var routes []*ocov1.Route
	add := func(pattern string) {
		c := command(pattern)
		c.Name = fmt.Sprint("c", len(routes))
		routes = append(routes, c)
	}
	for i := range 2000 {
		add(fmt.Sprintf("do%d {x}", i))
	}
	if got := refusedFor(t, register(t, reg, r, "web", manifest(routes...))); got != nil {
		t.Errorf("refused are %v", got)
	}
	add("do1 it {y} and {z}")
	for i := range 2000 {
		add(fmt.Sprintf("do {x} it%d {y}", i))
	}
	add("{x*} does")
	got := refusedFor(t, register(t, reg, r, "web", manifest(routes...)))
	if len(got) < 500 || got[0] < 2001+200 || got[len(got)-1] != len(routes)-2 {
		t.Errorf("%d are refused, from %d to %d of %d", len(got), got[0], got[len(got)-1], len(routes))
	}
}

// 100,000 routes of one plugin are refused whole (OCO-SIZ-30).
func TestAHundredThousandRoutes(t *testing.T) {
	reg := loadRegistry(t, newRows(), plugin.Options{})
	routes := make([]*ocov1.Route, 100_000)
	for i := range routes {
		routes[i] = command("ping")
	}
	_, err := reg.Register(t.Context(), handler("web"), manifest(routes...), newRows().hello)
	if reason(err) != chat.QuotaExceeded || len(reg.Table().Routes()) != 0 {
		t.Error(err)
	}
}

// Classes with hundreds of ranges weigh what they take, and a manifest that goes far
// beyond the quota is not compiled to its end (OCO-SIZ-31).
func TestClassesThatWeighTooMuch(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	var routes []*ocov1.Route
	for i := range 60 {
		routes = append(routes, hearing(fmt.Sprint("h", i), fmt.Sprintf("word%d", i)+strings.Repeat(`\p{L}`, 150)))
	}
	routes = append(routes, command("ping"))
	verdicts := register(t, reg, r, "web", manifest(routes...))
	got := refusedFor(t, verdicts)
	if len(got) < 45 || got[0] < 5 || slices.Contains(got, len(routes)-1) || got[len(got)-1] != len(routes)-2 {
		t.Errorf("refused are %v", got)
	}
	if last := verdicts[len(routes)-2].Err; !strings.Contains(last.Text, "more than twice") {
		t.Errorf("the last is refused since %v", last)
	}
}
