package bot

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/route"
)

// lines are what is logged.
type lines struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *lines) holds(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.String(), text)
}

// said explains what would become of a message of alice's in a room.
func (r *aReloader) said(t *testing.T, room, text string) *ocov1.MatchMessageResponse {
	t.Helper()
	out, err := r.in.Explain(t.Context(), accountNumber, &ocov1.Event{
		EventId: "event:1:e", Actor: &ocov1.User{UserId: "user:1:alice"}, RoomKind: ocov1.RoomKind_ROOM_KIND_CHANNEL,
		Address: &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: room}}},
		Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{
			Change: ocov1.Change_CHANGE_CREATED, Message: &ocov1.Message{Content: &ocov1.Content{Text: text}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The operator calls a command otherwise, hides and disables it, and has the bot
// listen in rooms, while the bot runs (OCO-RTE-36 to OCO-RTE-38, OCO-LIF-36).
func TestReloadedRulesForRoutes(t *testing.T) {
	const head = guestFile + "handlers: [{name: ci, remote: true}]\nrooms: {ops: \"room:1:ops\"}\n"
	logged := &lines{}
	r := newReloader(t, head, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(logged, nil)) })
	pattern := func(p string) *ocov1.Route {
		return &ocov1.Route{Match: &ocov1.Route_Command{Command: &ocov1.CommandMatch{Pattern: p}}}
	}
	if err := r.declare(t.Context(), "ci", &ocov1.Manifest{Routes: []*ocov1.Route{pattern("deploy {app}"), pattern("status")}}); err != nil {
		t.Fatal(err)
	}
	took := func(room, text string) string { return r.said(t, room, text).GetCommand().GetRoute() }
	if got := took("room:1:ops", "oco d web") + took("room:1:ops", "deploy web"); got != "" {
		t.Fatalf("%s takes it already", got)
	}
	for _, c := range []struct{ file, changed string }{
		{"listening: [ops]\nroutes: {\"ci:deploy\": {aliases: [\"d {app}\", \"bad\"], hidden: true}, \"ci:status\": {disabled: true}}\n", "listening routes.ci:deploy routes.ci:status | "},
		{"listening: [\"room:1:ops\"]\nroutes: {\"ci:deploy\": {aliases: [\"d {app}\", \"bad\"], hidden: true}, \"ci:status\": {disabled: true}}\n", "listening | "},
	} {
		if got := r.reload(t.Context(), head+c.file); got != c.changed {
			t.Errorf("it says %s, want %s", got, c.changed)
		}
		if got := took("room:1:ops", "oco d web") + " " + took("room:1:ops", "d web") + " " + took("room:1:ops", "deploy web"); got != "deploy deploy deploy" {
			t.Errorf("taken by %s", got)
		}
		if got := took("room:1:dev", "d web") + took("room:1:ops", "oco status"); got != "" {
			t.Errorf("%s takes what it must not", got)
		}
		if live := r.registry.Table().Find("ci", "deploy"); !live.Hidden {
			t.Error("it is not hidden")
		}
	}
	if n := logged.holds("an alias of the configuration takes nothing"); n != 1 || logged.holds("alias=bad") != 1 {
		t.Errorf("it is logged %d times", n)
	}
	if w := strings.Join(r.warnings(), "\n"); w != "" {
		t.Errorf("the bot's own warnings are %q", w)
	}
	if w := r.registry.Warnings(); len(w) != 1 || !strings.Contains(w[0], `the alias "bad"`) {
		t.Errorf("warnings %q", w)
	}
	if got := r.reload(t.Context(), head); got != "listening routes.ci:deploy routes.ci:status | " {
		t.Errorf("taken back: %s", got)
	}
	if got := took("room:1:ops", "oco d web") + took("room:1:ops", "deploy web"); got != "" || len(r.registry.Warnings()) != 0 {
		t.Errorf("%s takes it still", got)
	}
	if out := r.registry.Table().Match(route.Message{Text: "status", Addressed: true}, func(*route.Route) bool { return true }); out.Command == nil {
		t.Error("the command is disabled still")
	}
}
