package cli

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

var update = flag.Bool("update", false, "write the golden files")

// hostile is a text that would clear a screen, end a line and turn itself round.
const hostile = "x\x1b[2J\ny\u202e\u0085"

func command(pattern string, aliases ...string) *ocov1.Route_Command {
	return &ocov1.Route_Command{Command: &ocov1.CommandMatch{Pattern: pattern, Aliases: aliases}}
}

var (
	deploy = &ocov1.DeliveryRecord{
		DeliveryId: "d-1", EventId: "event:1:7", PluginId: "deploy", Route: "deploy",
		State: ocov1.DeliveryState_DELIVERY_STATE_ENDED, Outcome: ocov1.Outcome_OUTCOME_UNKNOWN,
		ResolvedOutcome: ocov1.Outcome_OUTCOME_DONE, Settled: true, UserId: "user:1:alice",
		Address:  &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "room:1:ops"}}, Place: &ocov1.Address_ThreadId{ThreadId: "thread:1:3"}},
		Decision: "allowed by ops", Detail: "the process ended: exit status 1", UserText: "It may have run.",
		AdmitTime: at(-90), EndTime: at(-29.25), RetriedAs: "d-2",
		Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		Attempts:    []*ocov1.Attempt{{Attempt: 1, Replica: "host-1", StartTime: at(-89.988), EndTime: at(-30), EndedBy: "lease lost"}},
		Sends:       []*ocov1.SentRecord{{MessageId: "d-1/0", State: ocov1.SendState_SEND_STATE_SENT, MakeTime: at(-80), EndTime: at(-79)}, {MessageId: "d-1/1", State: ocov1.SendState_SEND_STATE_FAILED, MakeTime: at(-80), EndTime: at(-78), Detail: "the room is archived"}},
	}
	waiting = &ocov1.DeliveryRecord{
		DeliveryId: "d-22", EventId: "event:1:8", PluginId: "deploy", Route: "status", State: ocov1.DeliveryState_DELIVERY_STATE_WAITING,
		UserId: "user:1:bob", AdmitTime: at(-3 * 86400), Address: &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "room:1:dm"}}}, Detail: hostile,
	}
	event = &ocov1.Event{
		EventId: "event:1:7", OccurTime: at(-91), AdmitTime: at(-90), RoomKind: ocov1.RoomKind_ROOM_KIND_DIRECT,
		Address: &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "room:1:ops"}}},
		Actor:   &ocov1.User{UserId: "user:1:alice", Name: "Alice" + hostile},
		Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{Change: ocov1.Change_CHANGE_CREATED,
			Message: &ocov1.Message{Content: &ocov1.Content{Text: "oco: deploy web\nto prod"}}}},
	}
	plugins = []*ocov1.Plugin{
		{PluginId: "deploy", Role: ocov1.Role_ROLE_HANDLER, Version: "1.2", State: "backoff", NextStart: durationpb.New(4 * time.Second), LastExit: "exit status 1", LastExitAgo: durationpb.New(3 * time.Second), Detail: "exit status 1: " + hostile, Restarts: 4, Waiting: 2, Paused: true, PauseReason: "the disk is full", Scopes: []string{"messages.write", "users.read"}},
		{PluginId: "far", Role: ocov1.Role_ROLE_HANDLER, Replicas: []*ocov1.Replica{{Connected: true, InFlight: 3}, {}}},
		{PluginId: "terminal", Role: ocov1.Role_ROLE_ADAPTER, State: "running", ProcessId: 41, Replicas: []*ocov1.Replica{{Connected: true}}},
	}
	state = &ocov1.GetStatusResponse{
		Bot: &ocov1.GetBotInfoResponse{Name: "oco", Version: "1.0"}, Ready: true, ProcessId: 40, Uptime: durationpb.New(49 * time.Hour),
		Accounts: []*ocov1.AccountStatus{{AccountId: "account:1", Service: "terminal", Connected: true}, {AccountId: "account:2", Service: "other", Detail: "no network"}},
		Counts:   map[string]uint64{"waiting": 2, "open_list": 1, "leased": 0}, Plugins: plugins,
	}
	described = []*ocov1.Command{
		{PluginId: "core", Route: "ping", Pattern: "ping" + hostile, Schema: `{"type":"object","description":"\u009b2J"}`, SlashCommand: &ocov1.SlashCommand{Name: "ping"}},
		{PluginId: "deploy", Route: "deploy", Pattern: "deploy {app} [--force]", Schema: `{"type":"object","properties":{"app":{"type":"string"}}}`, SlashCommand: &ocov1.SlashCommand{
			Name: "deploy", Options: []*ocov1.SlashOption{{Name: "app", Required: true}, {Name: "force"}}}},
		{PluginId: "far", Route: "many", Pattern: "many", Schema: "{}"},
	}
	routes = []*ocov1.RegisteredRoute{
		{PluginId: "deploy", DefinitionId: "abc", Route: &ocov1.Route{Name: "deploy", Help: "Deploy.", Allow: []string{"ops"}, Danger: true, RunPolicy: ocov1.RunPolicy_RUN_POLICY_ONCE, Match: command("deploy {app}", "ship {app}")}},
		{PluginId: "deploy", Orphaned: true, Route: &ocov1.Route{Name: "wipe", Danger: true, Match: command("wipe")}},
		{PluginId: "ears", Route: &ocov1.Route{Name: "h", RunPolicy: ocov1.RunPolicy_RUN_POLICY_REPEATABLE, Match: &ocov1.Route_Hear{Hear: &ocov1.HearMatch{Regex: `#(\d+)`}}}},
		{PluginId: "ears", Route: &ocov1.Route{Name: "e", Match: &ocov1.Route_Event{Event: &ocov1.EventMatch{Types: []string{"room.member_joined", "x.y"}}}}},
		{PluginId: "ears", Route: &ocov1.Route{Name: "new"}},
		{PluginId: "ops", Hidden: true, OperatorAliases: []string{"kick {who}", "k {who}"}, Route: &ocov1.Route{Name: "restart", Match: &ocov1.Route_Command{Command: &ocov1.CommandMatch{
			Pattern: "restart {who}", Aliases: []string{"again {who}"}, Deprecated: []string{"reboot {who}"}}}}},
		{PluginId: "ops", Disabled: true, Orphaned: true, Impaired: "taken", Route: &ocov1.Route{Name: "stop", Match: command("stop")}},
	}
	entries = []*ocov1.Entry{
		{Key: "apps/web", Value: []byte("{\"app\":\t\"web\",\n\"by\": \"\u202e\"}"), Revision: 3, ExpireTime: at(3600)},
		{Key: "text" + hostile, Value: []byte("no JSON" + hostile), Revision: 5},
		{Key: "raw", Value: []byte{0xff, 0}, Revision: 6},
	}
	keys = []*ocov1.KeyInfo{
		{KeyId: "k1", Name: "ci", Role: ocov1.Role_ROLE_CLIENT, Scopes: []string{"messages.write"}, CreateTime: at(-7200)},
		{KeyId: "k2", Name: "ci", Role: ocov1.Role_ROLE_CLIENT, Scopes: []string{"messages.write", "users.read"}, CreateTime: at(-60)},
	}
)

// TestOutput holds what every command prints to a file. The answers are hostile
// where a plugin or a person could be.
func TestOutput(t *testing.T) {
	notReady := &ocov1.GetStatusResponse{Bot: &ocov1.GetBotInfoResponse{Name: "oco", Version: "1.0"}, Warnings: []string{"deploy is down: " + hostile}}
	for name, c := range map[string]struct {
		answers map[string][]any
		command func(Target) runner
		stdin   string
	}{
		"status":             {map[string][]any{"GetStatus": {state}}, func(t Target) runner { return &Status{Target: t} }, ""},
		"status-not-ready":   {map[string][]any{"GetStatus": {notReady}}, func(t Target) runner { return &Status{Target: t} }, ""},
		"status-json":        {map[string][]any{"GetStatus": {notReady}}, func(t Target) runner { return &Status{Target: t, JSON: true} }, ""},
		"plugins":            {map[string][]any{"ListPlugins": {&ocov1.ListPluginsResponse{Plugins: plugins}}}, func(t Target) runner { return &PluginsList{Target: t} }, ""},
		"plugins-json":       {map[string][]any{"ListPlugins": {&ocov1.ListPluginsResponse{Plugins: plugins[:1]}}}, func(t Target) runner { return &PluginsList{Target: t, JSON: true} }, ""},
		"plugins-restart":    {map[string][]any{"RestartPlugin": {&ocov1.RestartPluginResponse{Plugins: []string{"core", "poll"}}}}, func(t Target) runner { return &PluginsRestart{Target: t, Name: "core"} }, ""},
		"plugins-remote":     {map[string][]any{"RestartPlugin": {refusal(codes.FailedPrecondition, "NOT_SUPERVISED", "far runs elsewhere")}}, func(t Target) runner { return &PluginsRestart{Target: t, Name: "far"} }, ""},
		"restart-json":       {map[string][]any{"RestartPlugin": {&ocov1.RestartPluginResponse{Plugins: []string{"core"}}}}, func(t Target) runner { return &PluginsRestart{Target: t, Name: "core", JSON: true} }, ""},
		"reload":             {map[string][]any{"Reload": {&ocov1.ReloadResponse{Changed: []string{"groups.ops", "handlers.deploy.env"}, Restarted: []string{"deploy"}, NeedsRestart: []string{"data"}}}}, func(t Target) runner { return &Reload{Target: t} }, ""},
		"reload-nothing":     {map[string][]any{"Reload": {&ocov1.ReloadResponse{}}}, func(t Target) runner { return &Reload{Target: t} }, ""},
		"reload-refused":     {map[string][]any{"Reload": {refusal(codes.FailedPrecondition, "CONFIG_INVALID", "oco.yaml:1:1: unknown key\noco.yaml:2:1: "+strings.ReplaceAll(hostile, "\n", ""))}}, func(t Target) runner { return &Reload{Target: t} }, ""},
		"reload-json":        {map[string][]any{"Reload": {&ocov1.ReloadResponse{Changed: []string{"name"}}}}, func(t Target) runner { return &Reload{Target: t, JSON: true} }, ""},
		"routes":             {map[string][]any{"ListRoutes": {&ocov1.ListRoutesResponse{Routes: routes[:1], NextPageToken: "more"}, &ocov1.ListRoutesResponse{Routes: routes[1:]}}}, func(t Target) runner { return &Routes{Target: t} }, ""},
		"routes-schema":      {map[string][]any{"ListCommands": {&ocov1.ListCommandsResponse{Commands: described[:1], NextPageToken: "more"}, &ocov1.ListCommandsResponse{Commands: described[1:]}}}, func(t Target) runner { return &Routes{Target: t, Schema: true} }, ""},
		"routes-schema-json": {map[string][]any{"ListCommands": {&ocov1.ListCommandsResponse{Commands: described}}}, func(t Target) runner { return &Routes{Target: t, Schema: true, JSON: true, Plugin: "deploy"} }, ""},
		"routes-schema-bad":  {map[string][]any{"ListCommands": {&ocov1.ListCommandsResponse{Commands: []*ocov1.Command{{Route: hostile}}}}}, func(t Target) runner { return &Routes{Target: t, Schema: true} }, ""},
		"routes-json":        {map[string][]any{"ListRoutes": {&ocov1.ListRoutesResponse{}}}, func(t Target) runner { return &Routes{Target: t, JSON: true} }, ""},
		"outcomes":           {map[string][]any{"ListDeliveries": {&ocov1.ListDeliveriesResponse{Deliveries: []*ocov1.DeliveryRecord{waiting, deploy}, NextPageToken: "more"}}}, func(t Target) runner { return &OutcomesList{Target: t, Limit: 2} }, ""},
		"outcomes-json":      {map[string][]any{"ListDeliveries": {&ocov1.ListDeliveriesResponse{Deliveries: []*ocov1.DeliveryRecord{waiting}}}}, func(t Target) runner { return &OutcomesList{Target: t, Limit: 9, JSON: true} }, ""},
		"outcomes-none":      {map[string][]any{"ListDeliveries": {&ocov1.ListDeliveriesResponse{}}}, func(t Target) runner { return &OutcomesList{Target: t, Limit: 9} }, ""},
		"outcomes-show":      {map[string][]any{"ShowRecord": {&ocov1.ShowRecordResponse{Event: event, Deliveries: []*ocov1.DeliveryRecord{waiting, deploy}}}}, func(t Target) runner { return &OutcomesShow{Target: t, ID: "d-1"} }, ""},
		"outcomes-retry": {map[string][]any{"RetryDelivery": {&ocov1.RetryDeliveryResponse{Delivery: &ocov1.DeliveryRecord{DeliveryId: "d-2"}}, refusal(codes.FailedPrecondition, "DELIVERY_STATE", "d-3 ended done"), &ocov1.RetryDeliveryResponse{Delivery: &ocov1.DeliveryRecord{DeliveryId: "d-5"}}}},
			func(t Target) runner { return &OutcomesRetry{Target: t, ID: []string{"d-1", "d-3", "d-4"}} }, ""},
		"outcomes-drop":   {map[string][]any{"DropDelivery": {&ocov1.DropDeliveryResponse{}}}, func(t Target) runner { return &OutcomesDrop{Target: t, ID: []string{"d-1", "d-3"}} }, ""},
		"outcomes-cancel": {map[string][]any{"CancelDelivery": {refusal(codes.NotFound, "DELIVERY_NOT_FOUND", "there is no such delivery")}}, func(t Target) runner { return &OutcomesCancel{Target: t, ID: []string{"d-1"}} }, ""},
		"show":            {map[string][]any{"ShowRecord": {&ocov1.ShowRecordResponse{Event: event, Deliveries: []*ocov1.DeliveryRecord{deploy, waiting}}}}, func(t Target) runner { return &Show{Target: t, ID: "event:1:7"} }, ""},
		"show-unmatched":  {map[string][]any{"ShowRecord": {&ocov1.ShowRecordResponse{Event: &ocov1.Event{EventId: "e", Kind: &ocov1.Event_Custom{Custom: &ocov1.CustomEvent{Type: "x.y"}}}}}}, func(t Target) runner { return &Show{Target: t, ID: "e"} }, ""},
		"show-reaction":   {map[string][]any{"ShowRecord": {&ocov1.ShowRecordResponse{Event: &ocov1.Event{EventId: "e", Actor: event.Actor, Address: event.Address, Kind: &ocov1.Event_Reaction{Reaction: &ocov1.ReactionEvent{MessageId: "d-1/0", Emoji: "👍", Removed: true}}}}}}, func(t Target) runner { return &Show{Target: t, ID: "e"} }, ""},
		"show-joined":     {map[string][]any{"ShowRecord": {&ocov1.ShowRecordResponse{Event: &ocov1.Event{EventId: "e", Actor: event.Actor, Address: event.Address, Kind: &ocov1.Event_Member{Member: &ocov1.MemberEvent{User: &ocov1.User{UserId: "user:1:bob", Name: "Bob" + hostile}}}}}}}, func(t Target) runner { return &Show{Target: t, ID: "e"} }, ""},
		"show-left":       {map[string][]any{"ShowRecord": {&ocov1.ShowRecordResponse{Event: &ocov1.Event{EventId: "e", Actor: event.Actor, Address: event.Address, Kind: &ocov1.Event_Member{Member: &ocov1.MemberEvent{User: &ocov1.User{UserId: "user:1:ci", Bot: true}, Left: true}}}}}}, func(t Target) runner { return &Show{Target: t, ID: "e"} }, ""},
		"show-topic":      {map[string][]any{"ShowRecord": {&ocov1.ShowRecordResponse{Event: &ocov1.Event{EventId: "e", Actor: event.Actor, Address: event.Address, Kind: &ocov1.Event_Room{Room: &ocov1.RoomEvent{Change: ocov1.Change_CHANGE_UPDATED, Room: &ocov1.Room{Name: "#ops", Topic: "calm" + hostile}}}}}}}, func(t Target) runner { return &Show{Target: t, ID: "e"} }, ""},
		"show-operation": {map[string][]any{"ShowRecord": {&ocov1.ShowRecordResponse{Deliveries: []*ocov1.DeliveryRecord{{
			Address: deploy.Address, AdmitTime: at(-90), EndTime: at(-80),
			Sends: []*ocov1.SentRecord{{MessageId: "o-1", State: ocov1.SendState_SEND_STATE_FAILED, Operation: "update of d-1/0", Detail: "it is too old"}},
		}}}}}, func(t Target) runner { return &Show{Target: t, ID: "o-1"} }, ""},
		"send":            {map[string][]any{"SendMessage": {&ocov1.SendMessageResponse{MessageId: "m-1", State: ocov1.SendState_SEND_STATE_QUEUED}}}, func(t Target) runner { return &Send{Target: t, Room: "ops", Text: []string{"hi", "all"}} }, ""},
		"send-json":       {map[string][]any{"SendMessage": {&ocov1.SendMessageResponse{MessageId: "m-1", State: ocov1.SendState_SEND_STATE_SENT}}}, func(t Target) runner { return &Send{Target: t, Room: "ops", Text: []string{"-"}, JSON: true} }, "from a pipe\n"},
		"key-new-http":    {map[string][]any{"CreateKey": {&ocov1.CreateKeyResponse{KeyId: "k9", Key: "oco_ci_k9_x_0", Endpoint: "http://127.0.0.1:8765"}}}, func(t Target) runner { return &KeyNew{Target: t, Name: "ci", Role: "handler"} }, ""},
		"key-new":         {map[string][]any{"CreateKey": {&ocov1.CreateKeyResponse{KeyId: "k9", Key: "oco_ci_k9_x_0", Endpoint: "oco+tls://h:1#sha256=ab"}}}, func(t Target) runner { return &KeyNew{Target: t, Name: "ci", Role: "client"} }, ""},
		"key-new-local":   {map[string][]any{"CreateKey": {&ocov1.CreateKeyResponse{KeyId: "k9", Key: "oco_ci_k9_x_0"}}}, func(t Target) runner { return &KeyNew{Target: t, Name: "ci", Role: "handler"} }, ""},
		"key-rotate":      {map[string][]any{"ListKeys": {&ocov1.ListKeysResponse{Keys: keys}}, "CreateKey": {&ocov1.CreateKeyResponse{KeyId: "k9", Key: "oco_ci_k9_x_0"}}}, func(t Target) runner { return &KeyRotate{Target: t, Name: "ci"} }, ""},
		"key-rotate-none": {map[string][]any{"ListKeys": {&ocov1.ListKeysResponse{}}}, func(t Target) runner { return &KeyRotate{Target: t, Name: "ci"} }, ""},
		"key-revoke":      {map[string][]any{"ListKeys": {&ocov1.ListKeysResponse{Keys: keys}}, "RevokeKey": {&ocov1.RevokeKeyResponse{}}}, func(t Target) runner { return &KeyRevoke{Target: t, Key: "ci"} }, ""},
		"key-revoke-none": {map[string][]any{"ListKeys": {&ocov1.ListKeysResponse{Keys: keys}}}, func(t Target) runner { return &KeyRevoke{Target: t, Key: "k3"} }, ""},
		"key-list":        {map[string][]any{"ListKeys": {&ocov1.ListKeysResponse{Keys: keys}}}, func(t Target) runner { return &KeyList{Target: t} }, ""},
		"key-list-none":   {map[string][]any{"ListKeys": {&ocov1.ListKeysResponse{}}}, func(t Target) runner { return &KeyList{Target: t} }, ""},
		"store-get":       {map[string][]any{"Get": {&ocov1.GetResponse{Entries: entries[:1]}}}, func(t Target) runner { return &StoreGet{Target: t, Namespace: "deploy", Key: "apps/web"} }, ""},
		"store-get-bytes": {map[string][]any{"Get": {&ocov1.GetResponse{Entries: entries[2:]}}}, func(t Target) runner { return &StoreGet{Target: t, Namespace: "deploy", Key: "raw"} }, ""},
		"store-get-text":  {map[string][]any{"Get": {&ocov1.GetResponse{Entries: entries[1:]}}}, func(t Target) runner { return &StoreGet{Target: t, Namespace: "deploy", Key: "text"} }, ""},
		"store-get-json":  {map[string][]any{"Get": {&ocov1.GetResponse{Entries: entries}}}, func(t Target) runner { return &StoreGet{Target: t, Namespace: "deploy", Key: "apps/web", JSON: true} }, ""},
		"store-get-none":  {map[string][]any{"Get": {&ocov1.GetResponse{}}}, func(t Target) runner { return &StoreGet{Target: t, Namespace: "deploy", Key: "x" + hostile} }, ""},
		"store-list":      {map[string][]any{"List": {&ocov1.ListResponse{Entries: entries[:2], NextPageToken: "more"}, &ocov1.ListResponse{Entries: entries[2:]}}}, func(t Target) runner { return &StoreList{Target: t, Namespace: "deploy"} }, ""},
		"store-list-json": {map[string][]any{"List": {&ocov1.ListResponse{Entries: entries}}}, func(t Target) runner { return &StoreList{Target: t, Namespace: "deploy", JSON: true} }, ""},
		"store-list-none": {map[string][]any{"List": {&ocov1.ListResponse{}}}, func(t Target) runner { return &StoreList{Target: t, Namespace: "deploy"} }, ""},
		"store-dump":      {map[string][]any{"List": {&ocov1.ListResponse{Entries: entries[:1], NextPageToken: "more"}, &ocov1.ListResponse{Entries: entries[1:]}}}, func(t Target) runner { return &StoreDump{Target: t, Namespace: "deploy"} }, ""},
		"store-put":       {map[string][]any{"Transact": {&ocov1.TransactResponse{Committed: true, Revision: 8}}}, func(t Target) runner { return &StorePut{Target: t, Namespace: "deploy", Key: "k", Value: "-"} }, `{"a": 1}`},
		"store-put-stale": {map[string][]any{"Transact": {&ocov1.TransactResponse{Revision: 8, Conflicts: []*ocov1.Entry{{Key: "k", Revision: 7}}}}}, func(t Target) runner {
			return &StorePut{Target: t, Namespace: "deploy", Key: "k", Value: "1", Revision: new(uint64)}
		}, ""},
		"store-put-text": {nil, func(t Target) runner { return &StorePut{Target: t, Namespace: "deploy", Key: "k", Value: "text"} }, ""},
		"claim":          {map[string][]any{"CreateClaim": {&ocov1.CreateClaimResponse{Code: "claim-abc", ValidFor: durationpb.New(10 * time.Minute)}}}, func(t Target) runner { return &Claim{Target: t} }, ""},
		"pause":          {map[string][]any{"SetPaused": {&ocov1.SetPausedResponse{}}}, func(t Target) runner { return &Pause{Target: t, Handler: "deploy"} }, ""},
		"resume":         {map[string][]any{"SetPaused": {&ocov1.SetPausedResponse{}}}, func(t Target) runner { return &Resume{Target: t} }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bot := startFake(t)
			bot.answers = c.answers
			r := run(t, c.command(Target{Data: bot.data}), c.stdin, nil)
			got := strings.ReplaceAll(r.transcript(), bot.data, "DATA")
			if strings.HasSuffix(name, "-json") && !json.Valid([]byte(r.out)) {
				t.Errorf("not one JSON document:\n%s", r.out)
			}
			if i := strings.IndexFunc(got, func(r rune) bool { return r != '\n' && Printable(string(r)) != string(r) }); i >= 0 {
				t.Errorf("the terminal would get %q", got[i:])
			}
			golden(t, name, got)
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		put(t, path, got)
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
