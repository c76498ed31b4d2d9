package rpc_test

import (
	"context"
	"strings"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/rpc"
)

// fakeControl restarts and reloads nothing.
type fakeControl struct{ refuse *chat.Error }

func (f fakeControl) Reload(context.Context) (rpc.Reloaded, error) {
	if f.refuse != nil {
		return rpc.Reloaded{}, f.refuse
	}
	return rpc.Reloaded{Changed: []string{"groups.ops"}, Restarted: []string{"one"}, NeedsRestart: []string{"data"}}, nil
}

func (f fakeControl) RestartPlugin(_ context.Context, name string) ([]string, error) {
	if f.refuse != nil {
		return nil, f.refuse
	}
	return []string{name, "neighbour"}, nil
}

func TestReloadAndRestart(t *testing.T) {
	w := newWorld(t, func(o *rpc.Options) { o.Control = fakeControl{} })
	ctx := w.ctx(chat.RoleOperator)
	done := must(w.admins().Reload(ctx, &ocov1.ReloadRequest{}))(t)
	if strings.Join(append(append(done.Changed, done.Restarted...), done.NeedsRestart...), " ") != "groups.ops one data" {
		t.Errorf("reloaded: %v", done)
	}
	if again := must(w.admins().RestartPlugin(ctx, &ocov1.RestartPluginRequest{PluginId: "one"}))(t); strings.Join(again.Plugins, " ") != "one neighbour" {
		t.Errorf("restarted: %v", again)
	}
	_, err := w.admins().RestartPlugin(ctx, &ocov1.RestartPluginRequest{})
	wants(t, err, chat.FieldInvalid)

	w = newWorld(t, func(o *rpc.Options) { o.Control = fakeControl{chat.Refuse(chat.ConfigInvalid, "oco.yaml:1:1: no")} })
	_, err = w.admins().Reload(w.ctx(chat.RoleOperator), &ocov1.ReloadRequest{})
	wants(t, err, chat.ConfigInvalid)

	w = newWorld(t)
	_, err = w.admins().Reload(w.ctx(chat.RoleOperator), &ocov1.ReloadRequest{})
	wants(t, err, chat.ConfigInvalid)
	_, err = w.admins().RestartPlugin(w.ctx(chat.RoleOperator), &ocov1.RestartPluginRequest{PluginId: "one"})
	wants(t, err, chat.NotSupervised)
}

// A plugin that the operator registered does not register itself (OCO-LIF-30).
func TestADeclaredPluginDoesNotRegister(t *testing.T) {
	w := newWorld(t)
	register := func() error {
		_, err := w.bots().Register(w.ctx(chat.RoleHandler), &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{}})
		return err
	}
	if err := register(); err != nil {
		t.Fatal(err)
	}
	name := must(w.bots().GetBotInfo(w.ctx(chat.RoleHandler), &ocov1.GetBotInfoRequest{}))(t).GetCaller().GetName()
	w.core.SetWords(rpc.Words{Name: "other", Declared: map[string]bool{name: true}})
	wants(t, register(), chat.PolicyForbidden)
	_, err := w.bots().Unregister(w.ctx(chat.RoleHandler), &ocov1.UnregisterRequest{})
	wants(t, err, chat.PolicyForbidden)
	if got := must(w.bots().GetBotInfo(w.ctx(chat.RoleHandler), &ocov1.GetBotInfoRequest{}))(t).GetName(); got != "other" {
		t.Errorf("the bot is called %q", got)
	}
}

// What is known of a process is told beside why its plugin is paused: how it ended and
// when, and when it is started again.
func TestListPluginsTellsOfProcesses(t *testing.T) {
	now := time.Now()
	w := newWorld(t, func(o *rpc.Options) {
		o.Processes = func() []rpc.Process {
			return []rpc.Process{
				{Plugins: []string{"handler"}, State: "broken", Detail: "exit status 1", LastExit: "exit status 1", LastExitAt: now.Add(-time.Minute), NextStart: now.Add(time.Minute)},
				{Plugins: []string{"far"}, Role: chat.RoleHandler, State: "remote"},
			}
		}
	})
	if _, err := w.bots().Register(w.ctx(chat.RoleHandler), &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.admins().SetPaused(w.ctx(chat.RoleOperator), &ocov1.SetPausedRequest{PluginId: "handler", Paused: true, Reason: "moving"}); err != nil {
		t.Fatal(err)
	}
	all := map[string]*ocov1.Plugin{}
	for _, p := range must(w.admins().ListPlugins(w.ctx(chat.RoleOperator), &ocov1.ListPluginsRequest{}))(t).GetPlugins() {
		all[p.GetPluginId()] = p
	}
	p := all["handler"]
	if p.GetDetail() != "exit status 1" || p.GetPauseReason() != "moving" || p.GetLastExit() != "exit status 1" || p.GetState() != "broken" {
		t.Errorf("%v", p)
	}
	if ago, next := p.GetLastExitAgo().AsDuration(), p.GetNextStart().AsDuration(); ago < time.Minute || next <= 0 || next > time.Minute {
		t.Errorf("it ended %v ago and starts in %v", ago, next)
	}
	if far := all["far"]; far.GetState() != "remote" || far.GetRole() != ocov1.Role_ROLE_HANDLER || far.LastExitAgo != nil || far.NextStart != nil {
		t.Errorf("%v", far)
	}
}
