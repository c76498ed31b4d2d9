package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/config"
)

// aReloader is a bot in memory whose file is what the test says.
type aReloader struct {
	*Bot
	file atomic.Pointer[string]
	told atomic.Int32 // how often Retune was called
}

const guestFile = "adapter: {name: chat, remote: true}\n"

func newReloader(t *testing.T, text string, change ...func(*Options)) *aReloader {
	t.Helper()
	r := &aReloader{}
	r.file.Store(&text)
	name := filepath.Join(t.TempDir(), "oco.yaml")
	load := func() (*config.Config, error) {
		return config.Parse(name, []byte(*r.file.Load()))
	}
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	options := Options{
		Config: c, Load: load, Guests: true, Log: slog.New(slog.DiscardHandler), Retune: func(*config.Config) { r.told.Add(1) },
	}
	for _, c := range change {
		c(&options)
	}
	r.Bot, err = Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Stop(context.Background()) })
	return r
}

// reload reads another text and gives what came of it, in one line.
func (r *aReloader) reload(ctx context.Context, text string) string {
	r.file.Store(&text)
	done, err := r.Reload(ctx)
	if err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprintf("%s | %s", strings.Join(done.Changed, " "), strings.Join(done.NeedsRestart, " "))
}

// What a reload changes holds when it returns, and what only a start can change is
// warned of until it is taken back (OCO-LIF-36).
func TestReload(t *testing.T) {
	r := newReloader(t, guestFile+"handlers: []\n")
	allowed := func(user string) bool {
		return r.people.Decide(user, authz.Rule{Allow: []string{"ops"}}).Allowed
	}
	if allowed("user:1:a") {
		t.Fatal("the group is there already")
	}
	text := guestFile + "handlers: [{name: far, remote: true, scopes: [users.read], paused: true}]\ngroups: {ops: [\"user:1:a\"]}\nname: other\nlimits: {queue_items: 5}\n"
	if got := r.reload(t.Context(), text+"data: ./elsewhere\n"); got != "groups.ops handlers.far limits.queue_items name | data" {
		t.Errorf("it says %s", got)
	}
	if !allowed("user:1:a") || r.config().Name != "other" || r.told.Load() != 1 {
		t.Error("what it says does not hold")
	}
	key, gone := r.Guest("far")
	defer gone()
	id, refused := r.keys.Authenticate(key)
	if refused != nil || !r.registry.Identify(id).May("users.read") {
		t.Errorf("the handler has not the scopes: %v", refused)
	}
	if w := strings.Join(r.warnings(), "\n"); !strings.Contains(w, "data") || !strings.Contains(w, "restart of the bot") {
		t.Errorf("the warnings are %q", w)
	}
	if got := r.reload(t.Context(), text); got != " | " {
		t.Errorf("taken back: %s", got)
	}
	if w := r.warnings(); len(w) != 0 {
		t.Errorf("the warnings are %q", w)
	}
	// A scope ends with the configuration, also for who is here.
	if got := r.reload(t.Context(), strings.Replace(text, "scopes: [users.read], ", "", 1)); got != "handlers.far.scopes | " {
		t.Errorf("it says %s", got)
	}
	if r.registry.Identify(id).May("users.read") {
		t.Error("the handler has a scope that was taken away")
	}
}

// A configuration that is wrong changes nothing, and every problem is told once, in one
// line each, without the line of the file (OCO-LIF-34).
func TestAReloadThatIsRefused(t *testing.T) {
	r := newReloader(t, guestFile)
	for text, want := range map[string]int{
		guestFile + "naem: secret-1\nlimits: {stop_grace: secret-2, queue_items: 0}\n":                       3,
		guestFile + "handlers: [{name: x, plugin: secret-1}, {name: y, remote: true, scopes: [secret-2]}]\n": 2,
		"adapter: {name: other, remote: true}\nhandlers: [{name: chat, remote: true}]\n":                     1,
	} {
		r.file.Store(&text)
		_, err := r.Reload(t.Context())
		var refused *chat.Error
		if !errors.As(err, &refused) || refused.Reason != chat.ConfigInvalid {
			t.Fatalf("%s: %v", text, err)
		}
		if n := strings.Count(refused.Text, "\n") + 1; n != want || strings.Count(refused.Text, "oco.yaml:") != want {
			t.Errorf("%d problems, want %d:\n%s", n, want, refused.Text)
		}
		if c := r.config(); c.Adapter.Name != "chat" || len(c.Handlers) != 1 || r.told.Load() != 0 {
			t.Errorf("something has changed: %+v", c)
		}
	}
	many := guestFile
	for i := range 300 {
		many += fmt.Sprintf("wrong%d: 1\n", i)
	}
	if got := r.reload(t.Context(), many); len(got) > maxProblems+100 || !strings.Contains(got, "`oco check` tells them") {
		t.Errorf("300 problems take %d bytes", len(got))
	}
}

// Reloads wait for each other; once the bot stops they are refused (OCO-LIF-37).
func TestReloadsTakeTurns(t *testing.T) {
	r := newReloader(t, guestFile)
	var all sync.WaitGroup
	for i := range 8 {
		text := guestFile + fmt.Sprintf("groups: {g%d: []}\n", i)
		all.Go(func() {
			if got := r.reload(t.Context(), text); strings.HasPrefix(got, "error") {
				t.Error(got)
			}
			for range 20 {
				_ = r.people.Groups("user:1:a")
				_ = r.warnings()
			}
		})
	}
	all.Wait()
	if groups := len(r.config().Groups); groups != 1 {
		t.Errorf("%d groups are left of 8 that followed each other", groups)
	}
	leave, err := r.takeTurn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := r.reload(ctx, guestFile); got != "error: context canceled" {
		t.Errorf("who does not wait any more: %s", got)
	}
	leave()
	r.Stop(t.Context())
	if got := r.reload(t.Context(), guestFile); !strings.HasPrefix(got, "error: DRAINING") {
		t.Errorf("of a bot that stopped: %s", got)
	}
	if _, err := r.RestartPlugin(t.Context(), "chat"); err == nil || !strings.HasPrefix(err.Error(), "DRAINING") {
		t.Errorf("a restart of a bot that stopped: %v", err)
	}
}

// What has no process and no file is refused.
func TestWhatCannotBeReloaded(t *testing.T) {
	r := newReloader(t, guestFile+"handlers: [{name: far, remote: true}]\n")
	for name, want := range map[string]chat.Reason{"far": chat.NotSupervised, "chat": chat.NotSupervised, "nobody": chat.PluginNotFound} {
		_, err := r.RestartPlugin(t.Context(), name)
		var refused *chat.Error
		if !errors.As(err, &refused) || refused.Reason != want {
			t.Errorf("a restart of %s: %v", name, err)
		}
	}
	r.o.Load = nil
	if got := r.reload(t.Context(), guestFile); !strings.HasPrefix(got, "error: CONFIG_INVALID") {
		t.Errorf("without a file: %s", got)
	}
}

// A handler that leaves is unregistered if it was the bot's own, and by the file alone.
func TestLeaving(t *testing.T) {
	setupOf := func(handlers ...config.Plugin) *setup { return &setup{config: &config.Config{Handlers: handlers}} }
	old := setupOf(config.Plugin{Name: "core"}, config.Plugin{Name: "own"}, config.Plugin{Name: "far", Remote: true}, config.Plugin{Name: "pulls", Remote: true, Manifest: "x"})
	if got := leaving(old, setupOf(config.Plugin{Name: "core"})); !slices.Equal(got, []string{"own", "pulls"}) {
		t.Errorf("%q leave", got)
	}
}
