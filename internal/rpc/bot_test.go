package rpc_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/rpc"
)

func marshal(m proto.Message) ([]byte, error) { return proto.Marshal(m) }

func command(pattern string) *ocov1.Route {
	return &ocov1.Route{Match: &ocov1.Route_Command{Command: &ocov1.CommandMatch{Pattern: pattern}}}
}

func ping() *ocov1.Route { return command("ping") }

// register registers routes as the handler.
func (w *world) register(routes ...*ocov1.Route) *ocov1.RegisterResponse {
	w.t.Helper()
	return must(w.core.Register(w.as(chat.RoleHandler), &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{Routes: routes}}))(w.t)
}

// Register answers route by route and grants what was asked for and is granted;
// Unregister may come twice (OCO-LIF-3, OCO-RPC-4, OCO-RPC-5).
func TestRegisterAnswersRouteByRoute(t *testing.T) {
	w := newWorld(t)
	bad := command("deploy {")
	res := must(w.core.Register(w.as(chat.RoleHandler, plugin.UsersRead, plugin.RoomsRead), &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{
		Routes: []*ocov1.Route{ping(), bad}, Scopes: []string{plugin.UsersRead, plugin.MessagesWrite}, RequiredFeatures: []string{"oco.pull"},
	}}))(t)
	if res.PluginId != "handler" || strings.Join(res.GrantedScopes, " ") != plugin.UsersRead || res.AccountId != "" || res.Bot.GetCaller().GetName() != "handler" {
		t.Errorf("%v", res)
	}
	if res.Routes[0].Error != nil || res.Routes[0].Route != "ping" || res.Routes[0].DefinitionId == "" {
		t.Errorf("%v", res.Routes[0])
	}
	if got := reason(status.FromProto(res.Routes[1].Error).Err()); got != chat.BadPattern {
		t.Errorf("%v", res.Routes[1])
	}
	hello := asked[delivery.Hello](w.engine)
	if len(hello) != 1 || hello[0].Role != chat.RoleHandler || hello[0].Child || len(hello[0].Definitions) != 1 || len(hello[0].Writes) != 1 {
		t.Fatalf("%+v", hello)
	}
	if _, ok := hello[0].Definitions[res.Routes[0].DefinitionId]; !ok {
		t.Fatal("the replica did not register what the answer says")
	}
	if _, err := w.core.Unregister(w.as(chat.RoleHandler), &ocov1.UnregisterRequest{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.core.Unregister(w.as(chat.RoleHandler), &ocov1.UnregisterRequest{}); err != nil {
		t.Fatalf("a second time: %v", err)
	}
	if f := asked[delivery.Forget](w.engine); len(f) == 0 || f[0].Plugin != "handler" || len(f[0].Writes) != 1 {
		t.Fatalf("%+v", f)
	}
}

// A manifest that is not of its role, or needs what the bot lacks, is refused
// (OCO-LIF-6, OCO-RPC-3).
func TestManifestsThatCannotBeServed(t *testing.T) {
	w := newWorld(t, func(o *rpc.Options) { o.Adapter = "adapter" })
	service := &ocov1.AdapterInfo{Service: "test"}
	second, revoke := w.keys.Launch("second", chat.RoleAdapter, nil)
	defer revoke()
	other, refused := w.core.Authorize(t.Context(), rpc.Door{}, "/openchatops.v1.BotService/Register", []string{"bearer " + second})
	if refused != nil {
		t.Fatal(refused)
	}
	for name, c := range map[string]struct {
		ctx      context.Context
		manifest *ocov1.Manifest
		want     chat.Reason
	}{
		"none":                 {w.as(chat.RoleHandler), nil, chat.FieldInvalid},
		"feature":              {w.as(chat.RoleHandler), &ocov1.Manifest{RequiredFeatures: []string{"oco.telepathy"}}, chat.FeatureMissing},
		"handler as adapter":   {w.as(chat.RoleHandler), &ocov1.Manifest{Adapter: service}, chat.FieldInvalid},
		"adapter says nothing": {w.as(chat.RoleAdapter), &ocov1.Manifest{}, chat.FieldInvalid},
		"adapter with routes":  {w.as(chat.RoleAdapter), &ocov1.Manifest{Adapter: service, Routes: []*ocov1.Route{ping()}}, chat.FieldInvalid},
		"second adapter":       {other, &ocov1.Manifest{Adapter: service}, chat.PolicyForbidden},
		"adapter":              {w.as(chat.RoleAdapter), &ocov1.Manifest{Adapter: service}, ""},
	} {
		res, err := w.core.Register(c.ctx, &ocov1.RegisterRequest{Replica: "one", Manifest: c.manifest})
		if reason(err) != c.want || c.want == "" && (err != nil || res.AccountId != "account:1") {
			t.Errorf("%s: %v, %v, want %q", name, res, err, c.want)
		}
	}
}

func (w *world) commands(ctx context.Context, req *ocov1.ListCommandsRequest) string {
	w.t.Helper()
	var names []string
	for range 10 {
		res, err := w.core.ListCommands(ctx, req)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, c := range res.Commands {
			names = append(names, c.Route)
		}
		if req.PageToken = res.NextPageToken; req.PageToken == "" {
			return strings.Join(names, " ")
		}
	}
	w.t.Fatal("the pages do not end")
	return ""
}

// ListCommands lists what the asker may run (OCO-SEC-7).
func TestOnlyWhatTheAskerMayRunIsListed(t *testing.T) {
	w := newWorld(t)
	deploy, wipe := command("deploy {app}"), command("wipe disk")
	deploy.Allow, wipe.Danger = []string{"sre"}, true
	deploy.Match.(*ocov1.Route_Command).Command.Aliases = []string{"ship {app}"}
	hear := &ocov1.Route{Name: "listen", Match: &ocov1.Route_Hear{Hear: &ocov1.HearMatch{Regex: "x"}}}
	w.register(ping(), deploy, wipe, hear)
	handler, operator, adapter := w.as(chat.RoleHandler, plugin.CommandsRead), w.as(chat.RoleOperator), w.as(chat.RoleAdapter)
	for name, c := range map[string]struct {
		ctx  context.Context
		req  *ocov1.ListCommandsRequest
		want string
	}{
		"somebody":            {handler, &ocov1.ListCommandsRequest{UserId: "user:1:bob"}, "ping"},
		"a member":            {handler, &ocov1.ListCommandsRequest{UserId: "user:1:alice"}, "deploy ping"},
		"nobody":              {handler, &ocov1.ListCommandsRequest{}, "ping"},
		"an operator":         {operator, &ocov1.ListCommandsRequest{PageSize: 1}, "deploy ping wipe disk"},
		"operator for a user": {operator, &ocov1.ListCommandsRequest{UserId: "user:1:bob"}, "ping"},
		"the adapter's id":    {adapter, &ocov1.ListCommandsRequest{UserId: "alice"}, "deploy ping"},
		"prefix":              {operator, &ocov1.ListCommandsRequest{Prefix: "WIPE d"}, "wipe disk"},
		"prefix of an alias":  {operator, &ocov1.ListCommandsRequest{Prefix: "sh"}, "deploy"},
		"prefix of none":      {operator, &ocov1.ListCommandsRequest{Prefix: "wipe disk now"}, ""},
	} {
		if got := w.commands(c.ctx, c.req); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for _, req := range []*ocov1.ListCommandsRequest{{UserId: "a b"}, {PageSize: -1}} {
		_, err := w.core.ListCommands(handler, req)
		wants(t, err, chat.FieldInvalid)
	}
	_, err := w.core.ListCommands(handler, &ocov1.ListCommandsRequest{PageToken: "%"})
	wants(t, err, chat.PageTokenInvalid)
}

// What the operator says of commands shows where they are listed, and one that he
// hides is listed to operators alone (OCO-RTE-37). Examples are such that who says one
// gets this command.
func TestTheOperatorsWordIsListed(t *testing.T) {
	ops := []string{"ops"}
	w := newWorld(t, func(o *rpc.Options) {
		o.Registry.SetOptions(plugin.Options{Overrides: map[string]route.Override{
			"handler:deploy": {Aliases: []string{"d {app}"}, Allow: &[]string{}}, "handler:wipe": {Hidden: true, Aliases: []string{"rm"}},
			"handler:off": {Disabled: true}, "handler:ping": {Allow: &ops},
			"first:there": {Aliases: []string{"taken"}},
		}})
	})
	deploy, wipe, off, taken := command("deploy {app}"), command("wipe"), command("off"), command("taken")
	deploy.Allow, deploy.Examples = []string{"nobody"}, []string{"deploy web"}
	deploy.GetCommand().Deprecated = []string{"rollout {app}"}
	taken.GetCommand().Aliases, taken.Examples = []string{"taken too"}, []string{"taken", "taken too"}
	must(w.core.Register(w.as(chat.RoleHandler), &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{Routes: []*ocov1.Route{ping(), deploy, wipe, off, taken}}}))(t)
	key, _, err := w.keys.Mint(t.Context(), "first", chat.RoleHandler, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	first, refused := w.core.Authorize(t.Context(), rpc.Door{}, "/openchatops.v1.DeliveryService/Pull", []string{"Bearer " + key})
	if refused != nil {
		t.Fatal(refused)
	}
	must(w.core.Register(first, &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{Routes: []*ocov1.Route{command("there")}}}))(t)
	show := func(ctx context.Context, req *ocov1.ListCommandsRequest) string {
		var all []string
		for _, c := range must(w.core.ListCommands(ctx, req))(t).Commands {
			line := strings.Join(append([]string{c.Pattern}, c.Aliases...), "|") + ": " + strings.Join(c.Examples, "|")
			if c.Hidden {
				line += " hidden"
			}
			all = append(all, line)
		}
		return strings.Join(all, ", ")
	}
	const seen = "deploy {app}|d {app}: deploy web, handler:taken|handler:taken too: handler:taken|handler:taken too"
	handler, operator := w.as(chat.RoleHandler, plugin.CommandsRead), w.as(chat.RoleOperator)
	if got, want := show(handler, &ocov1.ListCommandsRequest{}), "there|taken: , "+seen; got != want {
		t.Errorf("a handler sees %s, want %s", got, want)
	}
	if got, want := show(operator, &ocov1.ListCommandsRequest{}), "there|taken: , deploy {app}|d {app}: deploy web, ping: , "+strings.TrimPrefix(seen, "deploy {app}|d {app}: deploy web, ")+", wipe|rm:  hidden"; got != want {
		t.Errorf("an operator sees %s, want %s", got, want)
	}
	if got := show(handler, &ocov1.ListCommandsRequest{Prefix: "d w"}); got != "" {
		t.Errorf("a prefix gives %s", got)
	}
	if got := show(handler, &ocov1.ListCommandsRequest{Prefix: "d"}); got != "deploy {app}|d {app}: deploy web" {
		t.Errorf("the prefix of an alias gives %s", got)
	}
	if got := show(handler, &ocov1.ListCommandsRequest{Prefix: "roll"}); got != "" {
		t.Errorf("the prefix of a deprecated pattern gives %s, OCO-RTE-41", got)
	}
	var routes []string
	for _, r := range must(w.core.ListRoutes(operator, &ocov1.ListRoutesRequest{PluginId: "handler"}))(t).Routes {
		routes = append(routes, fmt.Sprintf("%s %v %v %v %q %v", r.Route.Name, r.Route.Allow, r.Hidden, r.Disabled, r.OperatorAliases, r.Impaired != ""))
	}
	want := []string{`deploy [] false false ["d {app}"] false`, `off [] false true [] false`, `ping [ops] false false [] false`, `taken [] false false [] true`, `wipe [] true false ["rm"] false`}
	if !slices.Equal(routes, want) {
		t.Errorf("the routes are %q, want %q", routes, want)
	}
}

func TestACommandWithoutAReplicaIsOffline(t *testing.T) {
	w := newWorld(t)
	id := w.register(ping()).Routes[0].DefinitionId
	for _, living := range []bool{false, true} {
		w.engine.do = func(in delivery.Input) (any, error, bool) {
			_, ok := in.(delivery.Inspect)
			s := delivery.Snapshot{}
			if living {
				s.Plugins = []delivery.PluginState{{Replicas: []delivery.ReplicaState{{Definitions: map[string]struct{}{id: {}}}}}}
			}
			return s, nil, ok
		}
		list := must(w.core.ListCommands(w.as(chat.RoleOperator), &ocov1.ListCommandsRequest{}))(t)
		routes := must(w.core.ListRoutes(w.as(chat.RoleOperator), &ocov1.ListRoutesRequest{PluginId: "handler"}))(t)
		if list.Commands[0].Offline == living || routes.Routes[0].Orphaned == living || routes.Routes[0].Route.Name != "ping" {
			t.Errorf("living %t: %v, %v", living, list, routes)
		}
	}
	_, err := w.core.ListRoutes(w.as(chat.RoleOperator), &ocov1.ListRoutesRequest{PluginId: "none"})
	wants(t, err, chat.PluginNotFound)
}

// A second publish of an account is refused while one is in flight, and a bad event
// stands in the answer by its index (OCO-LIF-24, OCO-ERR-5).
func TestOnePublishAtATime(t *testing.T) {
	w := newWorld(t)
	inside, goOn := make(chan struct{}), make(chan struct{})
	w.intake.publish = func(*ocov1.PublishEventsRequest) error { close(inside); <-goOn; return nil }
	ctx, req := w.as(chat.RoleAdapter), &ocov1.PublishEventsRequest{AccountId: "account:1", Replica: "one"}
	first := make(chan error, 1)
	go func() { _, err := w.core.PublishEvents(ctx, req); first <- err }()
	<-inside
	_, err := w.core.PublishEvents(ctx, req)
	wants(t, err, chat.PublishInFlight)
	close(goOn)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	w.intake.publish, w.intake.bad = nil, []intake.EventError{{Index: 3, Err: chat.Refuse(chat.TooLarge, "large")}}
	res, err := w.core.PublishEvents(ctx, &ocov1.PublishEventsRequest{AccountId: "account:1", Replica: "one", Completions: []*ocov1.Completion{{DeliveryId: "m"}, operationDone()}})
	if err != nil || res.Errors[0].Index != 3 || reason(status.FromProto(res.Errors[0].Error).Err()) != chat.TooLarge {
		t.Fatal(res, err)
	}
	if res.Results[0].Verdict != ocov1.Verdict_VERDICT_REFUSED || res.Results[1].Verdict != ocov1.Verdict_VERDICT_COMMITTED {
		t.Fatal(res.Results)
	}
	for _, account := range []string{"", "account:2"} {
		_, err := w.core.PublishEvents(ctx, &ocov1.PublishEventsRequest{AccountId: account, Replica: "one"})
		wants(t, err, chat.FieldInvalid)
		_, err = w.core.ReportStatus(ctx, &ocov1.ReportStatusRequest{AccountId: account, Replica: "one"})
		wants(t, err, chat.FieldInvalid)
	}
}

func operationDone() *ocov1.Completion {
	return &ocov1.Completion{DeliveryId: "m2", Kind: &ocov1.Completion_Done{Done: &ocov1.Done{Result: &ocov1.Done_Operation{Operation: &ocov1.OperationResult{State: ocov1.SendState_SEND_STATE_SENT, MessageId: "s"}}}}}
}

func TestOnlyAnAdapterEndsOperations(t *testing.T) {
	w := newWorld(t)
	res := must(w.core.Complete(w.as(chat.RoleHandler), &ocov1.CompleteRequest{Replica: "one", Completions: []*ocov1.Completion{operationDone()}}))(t)
	if got := reason(status.FromProto(res.Results[0].Error).Err()); got != chat.FieldInvalid {
		t.Fatal(res)
	}
	queued := operationDone()
	queued.GetDone().GetOperation().State = ocov1.SendState_SEND_STATE_QUEUED
	res = must(w.core.Complete(w.as(chat.RoleAdapter), &ocov1.CompleteRequest{Replica: "one", Completions: []*ocov1.Completion{operationDone(), queued}}))(t)
	if res.Results[0].Error != nil || res.Results[1].Error == nil {
		t.Fatal(res)
	}
	if o := asked[delivery.Complete](w.engine)[1].Completions[0].Operation; o.State != chat.Sent || o.ServiceID != "s" {
		t.Fatal(o)
	}
}

// A replica that registered is activated and gets the epoch and the checkpoint
// (OCO-LIF-23).
func TestReportStatusActivatesOnlyWhoRegistered(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(chat.RoleAdapter)
	report := &ocov1.ReportStatusRequest{AccountId: "account:1", Replica: "one", Connected: true}
	_, err := w.core.ReportStatus(ctx, report)
	wants(t, err, chat.ReplicaNotFound)
	must(w.core.Register(ctx, &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{Adapter: &ocov1.AdapterInfo{
		Service: "irc", Account: "oco", WantsSettled: true, Capabilities: &ocov1.Capabilities{IdempotentSend: true},
	}}}))(t)
	res := must(w.core.ReportStatus(ctx, report))(t)
	if res.Epoch != 7 || res.ResumeCheckpoint != "here" || !res.Active {
		t.Fatal(res)
	}
	if a := asked[delivery.Activate](w.engine)[0]; a.Service != "irc" || a.Name != "oco" || !a.Idempotent || !a.WantsSettled {
		t.Fatalf("%+v", a)
	}
}
