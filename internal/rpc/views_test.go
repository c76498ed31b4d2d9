package rpc_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/rpc"
)

// What programs and chat services make of a command is told who asks for it, and
// a command is called the same whoever asks (OCO-RTE-65, OCO-RTE-66, OCO-RTE-68).
func TestViewsOfCommands(t *testing.T) {
	w := newWorld(t)
	first, second := command("deploy {app} to {env:prod|staging} [--force]"), command("deploy everything {why...}")
	first.Help, first.Allow = "Deploy an app.", []string{"sre"}
	third := command("deploy {app}")
	third.Name = "deploy later"
	w.register(first, second, third)
	handler := w.as(chat.RoleHandler, plugin.CommandsRead)
	list := func(user string, views bool) []*ocov1.Command {
		return must(w.core.ListCommands(handler, &ocov1.ListCommandsRequest{UserId: user, WithSchema: views}))(t).Commands
	}
	if plain := list("user:1:alice", false); plain[0].Schema != "" || plain[0].SlashCommand != nil {
		t.Errorf("nobody asked, and got %v", plain[0])
	}
	all := list("user:1:alice", true)
	var schema struct {
		Title      string
		Required   []string
		Properties map[string]struct{ Type string }
	}
	if err := json.Unmarshal([]byte(all[0].Schema), &schema); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(schema); got != "{handler:deploy [app env] map[app:{string} env:{string} force:{boolean}]}" {
		t.Errorf("the schema says %s", got)
	}
	got := all[0].SlashCommand
	if got.Name != "deploy" || got.Description != "Deploy an app." || len(got.Options) != 3 ||
		fmt.Sprint(got.Options[1].Choices, got.Options[1].Required, got.Options[2].Type) != "[prod staging] true ARGUMENT_TYPE_FLAG" {
		t.Errorf("the slash command is %v", got)
	}
	bob := list("user:1:bob", true)
	if len(all) != 3 || len(bob) != 2 {
		t.Fatalf("alice is listed %d, bob %d", len(all), len(bob))
	}
	for i, c := range bob {
		if other := all[i+1]; c.SlashCommand.Name != other.SlashCommand.Name || c.SlashCommand.Name == "deploy" {
			t.Errorf("%s is called %s for bob and %s for alice", c.Route, c.SlashCommand.Name, other.SlashCommand.Name)
		}
	}
}

// A page holds fewer commands than were asked for if they are described at length,
// and then the next one goes on.
func TestAPageOfCommandsFitsIntoAMessage(t *testing.T) {
	w := newWorld(t)
	var routes []*ocov1.Route
	for i := range 200 {
		r := command(fmt.Sprintf("task-%03d {x...}", i))
		r.Help = strings.Repeat("h", 1000)
		for n := range 15 {
			r.Examples = append(r.Examples, fmt.Sprintf("task-%03d %d", i, n)+strings.Repeat("x", 450))
		}
		routes = append(routes, r)
	}
	if refused := w.register(routes...).Routes[0].GetError(); refused != nil {
		t.Fatal(refused)
	}
	listed, token := 0, ""
	for range 20 {
		page := must(w.core.ListCommands(w.as(chat.RoleOperator), &ocov1.ListCommandsRequest{PageSize: 1000, PageToken: token, WithSchema: true}))(t)
		fitsIntoAMessage(t, page, len(page.Commands))
		listed += len(page.Commands)
		if token = page.NextPageToken; token == "" {
			break
		}
	}
	if listed != len(routes) {
		t.Errorf("%d of %d commands were listed", listed, len(routes))
	}
	seen := map[string]bool{}
	for range 20 {
		page := must(w.core.ListRoutes(w.as(chat.RoleOperator), &ocov1.ListRoutesRequest{PageSize: 1000, PageToken: token}))(t)
		fitsIntoAMessage(t, page, len(page.Routes))
		for _, r := range page.Routes {
			seen[r.Route.Name] = true
		}
		if token = page.NextPageToken; token == "" {
			break
		}
	}
	if len(seen) != len(routes) {
		t.Errorf("%d of %d routes were listed", len(seen), len(routes))
	}
	_, err := w.core.ListRoutes(w.as(chat.RoleOperator), &ocov1.ListRoutesRequest{PageToken: "!"})
	wants(t, err, chat.PageTokenInvalid)
}

func fitsIntoAMessage(t *testing.T, page proto.Message, listed int) {
	t.Helper()
	if size := proto.Size(page); size > rpc.MaxBatch+1<<10 || listed == 0 {
		t.Fatalf("a page of %d has %d bytes", listed, size)
	}
}

// A manifest of which nothing is right does not make the status larger than a
// message may be.
func TestWarningsAreBounded(t *testing.T) {
	w := newWorld(t)
	routes := []*ocov1.Route{command("good")}
	for i := range 6000 {
		routes = append(routes, command(fmt.Sprintf("bad%d {", i)+strings.Repeat("x", 900)))
	}
	w.register(routes...)
	status := must(w.core.GetStatus(w.as(chat.RoleOperator), &ocov1.GetStatusRequest{}))(t)
	if last := status.Warnings[100]; proto.Size(status) > rpc.MaxBatch || !strings.HasPrefix(last, "5900 more") {
		t.Errorf("the status has %d bytes and %d warnings, the last %s", proto.Size(status), len(status.Warnings), last)
	}
}
