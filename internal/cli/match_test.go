package cli

import (
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

func argumentOf(name string, value any) *ocov1.Argument {
	a := &ocov1.Argument{Name: name, Raw: "raw"}
	switch v := value.(type) {
	case string:
		a.Value = &ocov1.Argument_Text{Text: v}
	case int:
		a.Value = &ocov1.Argument_Integer{Integer: int64(v)}
	case float64:
		a.Value = &ocov1.Argument_Number{Number: v}
	case bool:
		a.Value = &ocov1.Argument_Flag{Flag: v}
	case time.Duration:
		a.Value = &ocov1.Argument_Duration{Duration: durationpb.New(v)}
	case *ocov1.User:
		a.Value = &ocov1.Argument_User{User: v}
	case *ocov1.Room:
		a.Value = &ocov1.Argument_Room{Room: v}
	case *ocov1.Attachment:
		a.Value = &ocov1.Argument_File{File: v}
	case []*ocov1.Argument:
		a.Value = &ocov1.Argument_List{List: &ocov1.ArgumentList{Items: v}}
	case nil:
		a.Value = &ocov1.Argument_Time{Time: at(3600)}
	}
	return a
}

// TestMatchOutput holds what people read of a match to a file.
func TestMatchOutput(t *testing.T) {
	taken := &ocov1.RouteMatch{
		PluginId: "deployer", Route: "deploy", Pattern: "deploy {app} to {env:prod|staging} {note...}", Allowed: true, Decision: "allowed: group ops",
		Arguments: []*ocov1.Argument{
			argumentOf("app", "web"), argumentOf("env", "prod"), argumentOf("note", hostile), argumentOf("empty", ""), argumentOf("n", 3), argumentOf("share", 0.5),
			argumentOf("force", true), argumentOf("after", 90*time.Minute), argumentOf("at", nil), argumentOf("who", &ocov1.User{UserId: "user:1:bob", Name: "Bob"}),
			argumentOf("where", &ocov1.Room{RoomId: "room:1:ops", Name: "#ops"}), argumentOf("file", &ocov1.Attachment{FileId: "file:1:3", Name: "a.csv"}),
			argumentOf("hosts", []*ocov1.Argument{argumentOf("hosts", "a"), argumentOf("hosts", "b c")}),
		},
	}
	secret := argumentOf("token", "hunter2")
	secret.Sensitive = true
	lost := &ocov1.Argument{Name: "people", Raw: "bob"}
	taken.Arguments = append(taken.Arguments, secret, lost, argumentOf("lists", []*ocov1.Argument{lost, lost}))
	refused := &ocov1.RouteMatch{PluginId: "deployer", Route: "wipe", Pattern: "wype {disk}", Deprecated: true, Arguments: []*ocov1.Argument{argumentOf("disk", "sda")}, Decision: "refused: not in ops", Offline: true}
	heard := &ocov1.RouteMatch{PluginId: "ears", Route: "issues", Pattern: `#(?P<id>\d+)`, Allowed: true, Decision: "allowed: everyone", Arguments: []*ocov1.Argument{argumentOf("id", "7")}, Waits: "ears is paused"}
	near := []*ocov1.NearMatch{
		{PluginId: "deployer", Route: "deploy", Usage: "deploy {app} to {env:prod|staging}", Problem: "“mars” does not fit env: it must be one of prod, staging", Allowed: true},
		{PluginId: "other", Route: "deploy", Usage: "deploy {x} [{y}]" + hostile, Problem: "it fits, but the operator disabled it: see `routes` in the configuration"},
	}
	for name, c := range map[string]*ocov1.MatchMessageResponse{
		"match":             {Addressed: true, Command: taken, Hears: []*ocov1.RouteMatch{heard}, Ambiguities: []*ocov1.Ambiguity{{First: &ocov1.RouteKey{PluginId: "deployer", Route: "deploy"}, Second: &ocov1.RouteKey{PluginId: "deployer", Route: "any", Pattern: "deploy {what...}"}}}},
		"match-refused":     {Addressed: true, Command: refused, Answer: "wipe was refused: you may not run it."},
		"match-nothing":     {Addressed: true, Near: near, Answer: "deploy: “mars” does not fit.\nUsage: deploy {app}"},
		"match-unaddressed": {Near: near[:1]},
		"match-heard":       {Hears: []*ocov1.RouteMatch{heard}},
		"match-own":         {Addressed: true, OwnWord: "retry"},
		"match-ignored":     {Addressed: true, Ignored: true},
		"match-json":        {Addressed: true, Command: taken},
	} {
		t.Run(name, func(t *testing.T) {
			bot := startFake(t)
			bot.answers["MatchMessage"] = []any{c}
			r := run(t, &Match{Data: bot.data, JSON: strings.HasSuffix(name, "-json"), Text: []string{"x"}}, "", nil)
			got := r.transcript()
			if i := strings.IndexFunc(got, func(r rune) bool { return r != '\n' && Printable(string(r)) != string(r) }); i >= 0 {
				t.Errorf("the terminal would get %q", got[i:])
			}
			golden(t, name, got)
		})
	}
}

// What is asked is what the flags say.
func TestMatchAsks(t *testing.T) {
	for name, c := range map[string]struct {
		match Match
		want  *ocov1.MatchMessageRequest
	}{
		"words":  {Match{Text: []string{"deploy", "web"}}, &ocov1.MatchMessageRequest{Text: "deploy web"}},
		"handle": {Match{Text: []string{"x"}, As: "@alice", Edited: true}, &ocov1.MatchMessageRequest{Text: "x", Edited: true, User: &ocov1.MatchMessageRequest_MentionName{MentionName: "alice"}}},
		"ids": {Match{Text: []string{"x"}, As: "user:1:alice", Room: "room:1:ops"}, &ocov1.MatchMessageRequest{Text: "x",
			User: &ocov1.MatchMessageRequest_UserId{UserId: "user:1:alice"}, Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "room:1:ops"}}}},
		"room": {Match{Text: []string{"x"}, Room: "#ops"}, &ocov1.MatchMessageRequest{Text: "x", Room: &ocov1.RoomRef{By: &ocov1.RoomRef_Name{Name: "#ops"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.match.Request(); !proto.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// Where no bot runs the error says so, for who asks the manifests instead.
func TestMatchWithoutABot(t *testing.T) {
	r := run(t, &Match{Data: t.TempDir(), Text: []string{"x"}}, "", nil)
	if !errors.Is(r.failed, ErrNotRunning) {
		t.Errorf("got %v", r.failed)
	}
	bot := startFake(t)
	bot.answers["MatchMessage"] = []any{refusal(codes.NotFound, "USER_NOT_FOUND", "the chat service has no such user")}
	r = run(t, &Match{Data: bot.data, As: "nobody", Text: []string{"x"}}, "", nil)
	if r.failed == nil || errors.Is(r.failed, ErrNotRunning) || !strings.Contains(r.failed.Error(), "no such user") {
		t.Errorf("got %v", r.failed)
	}
}
