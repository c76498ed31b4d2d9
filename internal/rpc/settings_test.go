package rpc_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/rpc"
)

// told is a bot whose operator wrote these settings for the plugins of a test.
func told(t testing.TB, values map[string]any) *world {
	t.Helper()
	settings := map[string]plugin.Settings{}
	for _, name := range []string{"handler", "adapter"} {
		settings[name] = plugin.Settings{Values: values, Place: func(string) string { return "oco.yaml:3:5" }}
	}
	return newWorld(t, func(o *rpc.Options) {
		o.Registry = must(plugin.LoadRegistry(o.Store.(*rows), plugin.Options{Settings: settings}))(t)
	})
}

func declared() []*ocov1.ArgumentSpec {
	return []*ocov1.ArgumentSpec{
		{Name: "retries", Type: ocov1.ArgumentType_ARGUMENT_TYPE_INTEGER, DefaultText: proto.String("3")},
		{Name: "token", Type: ocov1.ArgumentType_ARGUMENT_TYPE_TEXT, Sensitive: true, Optional: true},
	}
}

func settingsRequest() *ocov1.RegisterRequest {
	return &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{Routes: []*ocov1.Route{ping()}, Settings: declared()}}
}

// OCO-SET-2
func TestRegisterAnswersTheSettings(t *testing.T) {
	w := told(t, map[string]any{"token": "hunter2"})
	res := must(w.core.Register(w.as(chat.RoleHandler), settingsRequest()))(t)
	if len(res.Settings) != 2 || res.Settings[0].GetInteger() != 3 || res.Settings[1].GetText() != "hunter2" || !res.Settings[1].Sensitive {
		t.Errorf("%v", res.Settings)
	}
}

// A bad schema is the author's mistake, bad settings are the operator's; both leave
// everything as it was (OCO-SET-1, OCO-SET-3, OCO-SET-5, OCO-SET-6).
func TestRegisterRefusesSettings(t *testing.T) {
	w := told(t, map[string]any{"retries": "hunter2", "tokn": "hunter2"})
	bad := settingsRequest()
	bad.Manifest.Settings[0].DefaultText = proto.String("three")
	_, err := w.core.Register(w.as(chat.RoleHandler), bad)
	wants(t, err, chat.FieldInvalid)
	_, err = w.core.Register(w.as(chat.RoleHandler), settingsRequest())
	wants(t, err, chat.SettingsInvalid)
	const why = "oco.yaml:3:5: `retries` wants a whole number such as 3 or -20, not this text; oco.yaml:3:5: unknown setting `tokn`; known: retries, token"
	if !strings.HasSuffix(err.Error(), why) {
		t.Errorf("%v", err)
	}
	if len(asked[delivery.Hello](w.engine)) > 0 {
		t.Error("the replica is known in spite of it")
	}
	status := must(w.core.GetStatus(w.as(chat.RoleOperator), &ocov1.GetStatusRequest{}))(t)
	if p := status.Plugins; len(p) != 1 || p[0].PluginId != "handler" || p[0].Detail != why || p[0].Role != ocov1.Role_ROLE_HANDLER {
		t.Errorf("%v", p)
	}
	if !slices.Contains(status.Warnings, "handler is refused for its settings: "+why) {
		t.Errorf("%v", status.Warnings)
	}
	if log := w.log.String(); !strings.Contains(log, "refused for its settings") || strings.Contains(log, "hunter2") {
		t.Errorf("the log says %s", log)
	}

	w = told(t, map[string]any{"token": "hunter2"})
	req := settingsRequest()
	req.SettingsProblems = []*ocov1.SettingsProblem{{Text: "hunter2 is no token"}, {Path: "token", Text: "it is too short"}}
	_, err = w.core.Register(w.as(chat.RoleHandler), req)
	wants(t, err, chat.SettingsInvalid)
	if !strings.HasSuffix(err.Error(), "the plugin does not take its settings: … is no token; oco.yaml:3:5: `token`: it is too short") || strings.Contains(w.log.String(), "hunter2") {
		t.Errorf("%v\n%s", err, w.log)
	}
	for _, c := range []struct {
		said *ocov1.SettingsProblem
		want chat.Reason
	}{
		{&ocov1.SettingsProblem{Text: strings.Repeat("x", 2<<10+1)}, chat.TooLarge},
		{&ocov1.SettingsProblem{Path: strings.Repeat("x", 1<<10+1), Text: "x"}, chat.TooLarge},
		{&ocov1.SettingsProblem{Path: "token"}, chat.FieldInvalid},
	} {
		req.SettingsProblems = []*ocov1.SettingsProblem{c.said}
		_, err = w.core.Register(w.as(chat.RoleHandler), req)
		wants(t, err, c.want)
	}
	if len(asked[delivery.Hello](w.engine)) > 0 {
		t.Error("the replica is known in spite of it")
	}
}

// The reason comes before all that came of it, such as how the process ended.
func TestTheReasonComesBeforeTheEnd(t *testing.T) {
	w := newWorld(t, func(o *rpc.Options) {
		o.Registry = must(plugin.LoadRegistry(o.Store.(*rows), plugin.Options{Settings: map[string]plugin.Settings{"handler": {Values: map[string]any{"x": 1}}}}))(t)
		o.Processes = func() []rpc.Process {
			return []rpc.Process{{Plugins: []string{"handler"}, State: "backoff", Detail: "exit status 1"}}
		}
	})
	_, err := w.core.Register(w.as(chat.RoleHandler), settingsRequest())
	wants(t, err, chat.SettingsInvalid)
	status := must(w.core.GetStatus(w.as(chat.RoleOperator), &ocov1.GetStatusRequest{}))(t)
	if p := status.Plugins[0]; p.State != "backoff" || !strings.Contains(p.Detail, "unknown setting") {
		t.Errorf("%v", p)
	}
}

// A plugin may ask first, and nothing is registered then (OCO-SET-4).
func TestAPluginMayAskForItsSettingsFirst(t *testing.T) {
	for _, role := range []chat.Role{chat.RoleAdapter, chat.RoleHandler} {
		w := told(t, map[string]any{"retries": int64(5)})
		ask := &ocov1.RegisterRequest{Replica: "one", SettingsOnly: true, Manifest: &ocov1.Manifest{Settings: declared()}}
		res := must(w.core.Register(w.as(role), ask))(t)
		if len(res.Settings) != 1 || res.Settings[0].GetInteger() != 5 || (res.AccountId != "") != (role == chat.RoleAdapter) || res.Bot == nil || len(res.Routes) > 0 {
			t.Errorf("%v", res)
		}
		if len(asked[delivery.Hello](w.engine)) > 0 {
			t.Error("who asks is registered")
		}
		// Without the word it is a whole registration, and that of an adapter says what it is.
		ask.SettingsOnly = false
		if _, err := w.core.Register(w.as(role), ask); role == chat.RoleAdapter {
			wants(t, err, chat.FieldInvalid)
		} else if err != nil || len(asked[delivery.Hello](w.engine)) != 1 {
			t.Error(err)
		}

		w = told(t, map[string]any{"retries": "x"})
		_, err := w.core.Register(w.as(role), &ocov1.RegisterRequest{Replica: "one", SettingsOnly: true, Manifest: &ocov1.Manifest{Settings: declared()}})
		wants(t, err, chat.SettingsInvalid)
	}
}

// OCO-SET-7
func TestReplicasAreToldOfChangedSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, r := told(t, map[string]any{"retries": int64(1)}), &reader{t: t}
		handler := w.as(chat.RoleHandler)
		w.engine.do = func(in delivery.Input) (any, error, bool) {
			if _, ok := in.(delivery.Inspect); !ok {
				return nil, nil, false
			}
			return delivery.Snapshot{Plugins: []delivery.PluginState{{Name: "handler", Replicas: []delivery.ReplicaState{{Name: "one"}, {Name: "two"}}}}}, nil, true
		}
		register := func() int64 {
			return must(w.core.Register(handler, settingsRequest()))(t).Settings[0].GetInteger()
		}
		set := func(retries int64, want bool) {
			t.Helper()
			if changed, err := w.core.SetSettings(t.Context(), "handler", plugin.Settings{Values: map[string]any{"retries": retries}}); err != nil || changed != want {
				t.Errorf("changed %v, %v", changed, err)
			}
			synctest.Wait()
		}
		changes := func(frames []*ocov1.Frame) int {
			return len(slices.DeleteFunc(slices.Clone(frames), func(f *ocov1.Frame) bool { return f.GetSettingsChanged() == nil }))
		}
		if register() != 1 {
			t.Error("not the settings of before")
		}
		stop := w.subscribe(handler, r)
		set(1, false)
		set(2, true)
		if n := changes(r.soFar()); n != 1 {
			t.Errorf("told %d times", n)
		}
		_ = stop()
		// It has not registered since.
		r.frames = nil
		stop = w.subscribe(handler, r)
		if f := r.soFar(); changes(f) != 1 || f[0].GetReady() == nil {
			t.Errorf("%v", f)
		}
		_ = stop()
		if register() != 2 {
			t.Error("not the new settings")
		}
		r.frames = nil
		stop = w.subscribe(handler, r)
		if n := changes(r.soFar()); n != 0 {
			t.Errorf("told %d times though it knows", n)
		}
		_ = stop()

		// A Pull gets it once.
		set(3, true)
		pull := func(replica string) int {
			res := must(w.core.Pull(handler, &ocov1.PullRequest{Replica: replica, Wait: durationpb.New(0)}))(t)
			return changes(res.Frames)
		}
		for replica, want := range map[string]int{"one": 1, "two": 1, "three": 0} {
			if got := pull(replica); got != want {
				t.Errorf("%s is told %d times, want %d", replica, got, want)
			}
			if got := pull(replica); got != 0 {
				t.Errorf("%s is told again", replica)
			}
		}
	})
}
