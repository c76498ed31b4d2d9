package plugin_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/route"
)

func command(pattern string) *ocov1.Route {
	return &ocov1.Route{Match: &ocov1.Route_Command{Command: &ocov1.CommandMatch{Pattern: pattern}}}
}

func manifest(routes ...*ocov1.Route) *ocov1.Manifest { return &ocov1.Manifest{Routes: routes} }

func handler(name string) plugin.Identity {
	return plugin.Identity{Name: name, Role: chat.RoleHandler}
}

func loadRegistry(t *testing.T, r *rows, o plugin.Options) *plugin.Registry {
	t.Helper()
	return must[*plugin.Registry](t)(plugin.LoadRegistry(r, o))
}

func (r *rows) hello(ctx context.Context, _ map[string]struct{}, writes []delivery.Write) error {
	return r.put(ctx, writes)
}

func register(t *testing.T, reg *plugin.Registry, r *rows, name string, m *ocov1.Manifest) []plugin.Verdict {
	t.Helper()
	return must[plugin.Registration](t)(reg.Register(t.Context(), handler(name), m, r.hello)).Verdicts
}

// Each route of a manifest is taken or rejected for itself, with its reason
// (OCO-RTE-7, OCO-DLV-12).
func TestABadRouteHidesNoGoodOne(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	silent := command("quiet")
	silent.Notice = ocov1.Notice_NOTICE_NONE
	endless := command("endless")
	endless.MaxRun = durationpb.New(-time.Second)
	broken := command("broken")
	broken.MaxRun = &durationpb.Duration{Seconds: 1, Nanos: -5}
	many := command("many")
	many.MaxAttempts = 1 << 31
	odd := command("odd")
	odd.RunPolicy = 257 // not known, so as if not set; not 1
	got := register(t, reg, r, "web", manifest(
		command("ping"), command("deploy {"), &ocov1.Route{Name: "nothing"}, silent, endless, broken, many,
		command("ping"), odd, &ocov1.Route{Name: "hear", Match: &ocov1.Route_Hear{Hear: &ocov1.HearMatch{Regex: "(a"}}}))
	want := []chat.Reason{"", chat.BadPattern, chat.FieldInvalid, chat.PolicyForbidden, chat.FieldInvalid, chat.FieldInvalid,
		chat.FieldInvalid, chat.FieldInvalid, "", chat.BadPattern}
	for i, v := range got {
		if reason(v.Err) != want[i] || (v.Err == nil) != (v.Definition != "") {
			t.Errorf("route %d: %+v, want %q", i, v, want[i])
		}
	}
	if reg.Table().Find("web", "ping") == nil || len(reg.Table().Routes()) != 2 {
		t.Fatal("the good routes do not live")
	}
}

// A registration stands until it is dropped (OCO-LIF-4).
func TestRegistrationsOutliveTheBot(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	first := register(t, reg, r, "web", manifest(command("ping")))
	again := loadRegistry(t, r, plugin.Options{})
	found := again.Table().Find("web", "ping")
	if found == nil || found.ID != first[0].Definition {
		t.Fatalf("after a restart: %+v", found)
	}
	if err := again.Unregister(t.Context(), "web", r.put); err != nil {
		t.Fatal(err)
	}
	if len(again.Table().Routes()) != 0 || len(loadRegistry(t, r, plugin.Options{}).Table().Routes()) != 0 {
		t.Fatal("routes of an unregistered plugin live")
	}
}

// The same manifest again changes nothing, on disk or in memory (OCO-LIF-2).
func TestTheSameManifestIsNotWrittenAgain(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	m := manifest(command("ping"))
	register(t, reg, r, "web", m)
	table, writes := reg.Table(), 0
	_, err := reg.Register(t.Context(), handler("web"), m, func(_ context.Context, definitions map[string]struct{}, w []delivery.Write) error {
		writes = len(w)
		if len(definitions) != 1 {
			t.Errorf("definitions: %v", definitions)
		}
		return nil
	})
	if err != nil || writes != 0 || reg.Table() != table {
		t.Fatalf("%v, %d writes", err, writes)
	}
	m.Routes[0].Help = "changed by the caller later"
	if reg.Routes("")[0].Declared.GetHelp() != "" {
		t.Fatal("the registry shares memory with its caller")
	}
}

// Replicas that register the same share what is kept of it.
func TestTheSameManifestIsNotCompiledAgain(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	m := manifest()
	for i := range 500 {
		m.Routes = append(m.Routes, command(fmt.Sprintf("c%d {x}", i)))
	}
	m.Routes = append(m.Routes, command("a ["))
	var all []map[string]struct{}
	once := func() {
		made, err := reg.Register(t.Context(), handler("web"), m, func(_ context.Context, definitions map[string]struct{}, w []delivery.Write) error {
			all = append(all, definitions)
			return r.put(t.Context(), w)
		})
		verdicts := made.Verdicts
		if err != nil || len(verdicts) != 501 || verdicts[0].Err != nil || verdicts[500].Err == nil {
			t.Fatal(verdicts, err)
		}
		verdicts[0].Err = chat.Refuse(chat.FieldInvalid, "the caller's own copy")
	}
	shared := func() {
		all = nil
		once()
		once()
		if fmt.Sprintf("%p", all[0]) != fmt.Sprintf("%p", all[1]) {
			t.Fatal("each replica has definitions of its own")
		}
	}
	shared()
	reg = loadRegistry(t, r, plugin.Options{})
	shared()
}

func TestAWhollyBadManifestReplacesNothing(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	register(t, reg, r, "web", manifest(command("ping")))
	got := register(t, reg, r, "web", manifest(command("pong {")))
	if got[0].Err == nil || reg.Table().Find("web", "ping") == nil {
		t.Fatal(got)
	}
	if loadRegistry(t, r, plugin.Options{}).Table().Find("web", "ping") == nil {
		t.Fatal("lost by a restart")
	}
}

func TestTakenCommandsGoToWhoStandsFirst(t *testing.T) {
	for name, c := range map[string]struct {
		order []string
		taken string
	}{"first come": {nil, "beta"}, "the operator's order": {[]string{"beta", "alpha"}, "alpha"}} {
		t.Run(name, func(t *testing.T) {
			r := newRows()
			reg := loadRegistry(t, r, plugin.Options{Order: c.order})
			register(t, reg, r, "alpha", manifest(command("deploy {app}")))
			got := register(t, reg, r, "beta", manifest(command("deploy {what}"), command("other")))
			if wantErr := c.taken == "beta"; (reason(got[0].Err) == chat.CommandTaken) != wantErr || got[1].Err != nil {
				t.Fatalf("verdicts: %+v", got)
			}
			warned := strings.Join(reg.Warnings(), "\n")
			if !strings.Contains(warned, c.taken) || strings.Count(warned, "\n") != 0 {
				t.Fatalf("warnings: %q", warned)
			}
			if err := reg.Unregister(t.Context(), "alpha", r.put); err != nil {
				t.Fatal(err)
			}
			if w := reg.Warnings(); len(w) != 0 {
				t.Fatalf("still warned: %q", w)
			}
		})
	}
}

// A route that does not live is told to operators, not to its plugin alone.
func TestRefusedRoutesAreWarnedOf(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	register(t, reg, r, "web", manifest(command("deploy"), command("a [")))
	if w := reg.Warnings(); len(w) != 1 || !strings.Contains(w[0], `route 2 of web ("a [") does not live`) {
		t.Fatalf("%q", w)
	}
	if w := loadRegistry(t, r, plugin.Options{}).Warnings(); len(w) != 1 {
		t.Fatalf("after a restart: %q", w)
	}
}

func TestGroupsThatDoNotExistAreWarnedOf(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{Groups: []string{"operators", "sre"}})
	known, unknown := command("a"), command("b")
	known.Allow, unknown.Allow = []string{"sre"}, []string{"nobody"}
	for _, v := range register(t, reg, r, "web", manifest(known, unknown)) {
		if v.Err != nil {
			t.Fatal(v.Err)
		}
	}
	if w := reg.Warnings(); len(w) != 1 || !strings.Contains(w[0], `"nobody"`) {
		t.Fatal(w)
	}
}

// A rule of the operator's for a route that is not there does nothing, so it
// is not passed over in silence: the route may have got another name.
func TestRulesThatGuardNothingAreWarnedOf(t *testing.T) {
	r := newRows()
	none := []string{}
	reg := loadRegistry(t, r, plugin.Options{Order: []string{"web", "late"}, Overrides: map[string]route.Override{
		"web:deploy": {Allow: &none}, "web:deplyo": {Allow: &none}, "late:x": {Disabled: true}, "nobody:x": {},
	}})
	register(t, reg, r, "web", manifest(command("deploy")))
	w := reg.Warnings()
	if len(w) != 2 || !strings.Contains(w[0], `"nobody:x"`) || !strings.Contains(w[1], `"web:deplyo"`) {
		t.Fatalf("%q", w)
	}
	register(t, reg, r, "late", manifest(command("y")))
	if w := reg.Warnings(); len(w) != 3 || !strings.Contains(w[0], `"late:x"`) {
		t.Fatalf("%q", w)
	}
}

// The operator may change the word on plugins while they are registered.
func TestSetOptions(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{Order: []string{"web", "api"}})
	register(t, reg, r, "web", manifest(command("deploy {x}")))
	register(t, reg, r, "api", manifest(command("deploy {x}")))
	who := func() string {
		found := reg.Table().Match(route.Message{Text: "deploy x", Addressed: true}, func(*route.Route) bool { return true })
		if found.Command == nil {
			return ""
		}
		return found.Command.Route.Plugin
	}
	if who() != "web" {
		t.Fatalf("it is taken by %q", who())
	}
	reg.SetOptions(plugin.Options{Order: []string{"api", "web"}, Grants: map[string][]string{"web": {plugin.UsersRead}}})
	if who() != "api" || !reg.Identify(handler("web")).May(plugin.UsersRead) {
		t.Errorf("the new order and scopes do not hold: %q", who())
	}
	reg.SetOptions(plugin.Options{Overrides: map[string]route.Override{"web:deploy": {Disabled: true}, "api:deploy": {Disabled: true}}})
	if who() != "" || reg.Identify(handler("web")).May(plugin.UsersRead) {
		t.Errorf("the last word does not hold: %q", who())
	}
	reg.SetOptions(plugin.Options{Order: []string{"web"}, Leaving: []string{"web"}})
	if _, err := reg.Register(t.Context(), handler("web"), manifest(command("ping")), r.hello); reason(err) != chat.PolicyForbidden {
		t.Errorf("a plugin that leaves registered, OCO-LIF-35: %v", err)
	}
	if who() != "api" {
		t.Errorf("a plugin that leaves keeps its words: %q", who())
	}
}

func TestTooManyRoutesAreRefusedWhole(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	routes := make([]*ocov1.Route, plugin.MaxRoutes+1)
	for i := range routes {
		routes[i] = command(fmt.Sprintf("c%d", i))
	}
	if _, err := reg.Register(t.Context(), handler("web"), manifest(routes...), r.hello); reason(err) != chat.QuotaExceeded {
		t.Fatal(err)
	}
	got := register(t, reg, r, "web", manifest(routes[1:]...))
	if i := slices.IndexFunc(got, func(v plugin.Verdict) bool { return v.Err != nil }); i >= 0 {
		t.Fatal(got[i].Err)
	}
}

func TestNothingIsRegisteredIfTheCommitFails(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	r.fail = errors.New("disk full")
	if _, err := reg.Register(t.Context(), handler("web"), manifest(command("ping")), r.hello); !errors.Is(err, r.fail) {
		t.Fatal(err)
	}
	if len(reg.Table().Routes()) != 0 || reg.Known("web") {
		t.Fatal("memory is ahead of the disk")
	}
}

func TestPausesAreDurable(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{Order: []string{"db"}})
	register(t, reg, r, "web", manifest(command("ping")))
	if err := reg.SetPaused(t.Context(), "nosuch", true, "", r.put); reason(err) != chat.PluginNotFound {
		t.Fatal(err)
	}
	for _, name := range []string{"web", "db", ""} {
		if err := reg.SetPaused(t.Context(), name, true, "release", r.put); err != nil {
			t.Fatal(err)
		}
	}
	if err := reg.Unregister(t.Context(), "web", r.put); err != nil {
		t.Fatal(err)
	}
	again := loadRegistry(t, r, plugin.Options{})
	paused := []string{}
	for _, p := range again.Pauses() {
		paused = append(paused, p.Plugin)
	}
	slices.Sort(paused)
	if !slices.Equal(paused, []string{"", "db", "web"}) {
		t.Fatalf("paused after a restart: %q", paused)
	}
	register(t, again, r, "cat", manifest(command("meow")))
	if p := again.Plugins(); len(p) != 1 || !p[0].Paused || p[0].PauseReason != "release" {
		t.Fatalf("every handler is paused, but %+v", p)
	}
	if err := again.SetPaused(t.Context(), "", false, "ignored", r.put); err != nil {
		t.Fatal(err)
	}
	if p := again.Plugins(); p[0].Paused {
		t.Fatalf("%+v", p)
	}
}

// A plugin gets what it asks for of what the operator granted (OCO-SEC-12,
// OCO-RPC-4).
func TestScopesAreGrantedByTheOperatorAlone(t *testing.T) {
	reg := loadRegistry(t, newRows(), plugin.Options{Grants: map[string][]string{"web": {plugin.UsersRead}}})
	id := reg.Identify(plugin.Identity{Name: "web", Role: chat.RoleHandler, Scopes: []string{plugin.RoomsRead}})
	granted := reg.Granted(id, []string{plugin.UsersRead, plugin.MessagesWrite, plugin.UsersRead, plugin.RoomsRead})
	if !slices.Equal(granted, []string{plugin.UsersRead, plugin.RoomsRead}) || id.May(plugin.MessagesWrite) {
		t.Fatal(granted, id)
	}
	if id := reg.Identify(plugin.Identity{Name: "web", Role: chat.RoleClient}); id.May(plugin.UsersRead) {
		t.Fatal("a client took the grants of the handler of its name")
	}
}

func TestManyPluginsRegisterAtOnce(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			name := fmt.Sprintf("p%d", i)
			if _, err := reg.Register(t.Context(), handler(name), manifest(command(name)), r.hello); err != nil {
				t.Error(err)
			}
			if reg.Table().Find(name, name) == nil {
				t.Errorf("%s: not in the table that stood when Register returned", name)
			}
		})
	}
	all.Wait()
	if n := len(reg.Table().Routes()); n != 50 {
		t.Fatalf("%d routes", n)
	}
}
