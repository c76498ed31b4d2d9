package rpc_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/rpc"
)

// history fills the store with one event, its deliveries, and more.
func (w *world) history() {
	place := &record.Place{Room: "room:1:ops", Thread: "thread:1:7"}
	w.row(delivery.EventKey("e1"), &record.Event{Payload: must(marshal(&ocov1.Event{EventId: "e1"}))(w.t), Deliveries: []string{"d1", "d2", "gone"}})
	w.row(delivery.DeliveryKey("d1"), &record.Delivery{Event: "e1", Plugin: "web", Route: "deploy", Place: place, User: "user:1:alice", AdmitMs: 1000, Decision: "allowed: everyone"})
	w.row(delivery.EndedKey("d2"), &record.Delivery{
		Event: "e1", Plugin: "db", Route: "backup", Outcome: uint32(chat.Failed), UserText: "no space", Detail: "ENOSPC", AdmitMs: 1000, EndMs: 2000,
		Attempts: []*record.Attempt{{Attempt: 1, Replica: "one", StartMs: 1100, EndMs: 1900, EndedBy: "fail"}},
	})
	w.rows.data[string(delivery.OpenListKey("d2"))] = nil
	w.row(delivery.EndedKey("d3"), &record.Delivery{Event: "e0", Plugin: "web", Outcome: uint32(chat.Done)})
	w.sent("d2/k", "s1")
	w.row(delivery.OutboxKey(5), &record.Send{Id: "d1/later", Delivery: "d1"})
	w.row(delivery.OutboxKey(6), &record.Send{Id: "m-alone", Place: place, MadeMs: 3000})
}

func (w *world) list(req *ocov1.ListDeliveriesRequest) string {
	w.t.Helper()
	var ids []string
	for range 10 {
		res, err := w.core.ListDeliveries(w.as(chat.RoleOperator), req)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, d := range res.Deliveries {
			ids = append(ids, d.DeliveryId)
		}
		if req.PageToken = res.NextPageToken; req.PageToken == "" {
			return strings.Join(ids, " ")
		}
	}
	w.t.Fatal("the pages do not end")
	return ""
}

func TestDeliveriesAreListedByStateAndOutcome(t *testing.T) {
	w := newWorld(t)
	w.history()
	for want, req := range map[string]*ocov1.ListDeliveriesRequest{
		"d1 d2 d3": {}, "d1 d2  d3": {PageSize: 1},
		"d1":     {States: []ocov1.DeliveryState{ocov1.DeliveryState_DELIVERY_STATE_WAITING}},
		"":       {States: []ocov1.DeliveryState{ocov1.DeliveryState_DELIVERY_STATE_LEASED}},
		"d2 d3":  {States: []ocov1.DeliveryState{ocov1.DeliveryState_DELIVERY_STATE_ENDED}},
		"d2":     {OpenList: true},
		"d2 ":    {Outcomes: []ocov1.Outcome{ocov1.Outcome_OUTCOME_FAILED}},
		" d2":    {PluginId: "db"},
		" d3":    {Outcomes: []ocov1.Outcome{ocov1.Outcome_OUTCOME_DONE}, PluginId: "web"},
		"d1  d3": {PluginId: "web", PageSize: 1},
	} {
		if got := w.list(req); got != strings.Join(strings.Fields(want), " ") {
			t.Errorf("%v: %q, want %q", req, got, want)
		}
	}
	for _, token := range []string{"!", "bm9uc2Vuc2U"} {
		_, err := w.core.ListDeliveries(w.as(chat.RoleOperator), &ocov1.ListDeliveriesRequest{PageToken: token})
		wants(t, err, chat.PageTokenInvalid)
	}
	_, err := w.core.ListDeliveries(w.as(chat.RoleOperator), &ocov1.ListDeliveriesRequest{PageSize: -1})
	wants(t, err, chat.FieldInvalid)
}

func TestALeaseShowsInTheState(t *testing.T) {
	w := newWorld(t)
	w.history()
	w.row(delivery.TurnKey("d1"), &record.Delivery{Attempt: 1, Lease: "l", Replica: "one"})
	if got := w.list(&ocov1.ListDeliveriesRequest{States: []ocov1.DeliveryState{ocov1.DeliveryState_DELIVERY_STATE_LEASED}}); got != "d1" {
		t.Fatal(got)
	}
}

// Every id leads to the whole record, whose rooms carry their ids (OCO-IDS-7).
func TestEveryIDLeadsToTheWholeLife(t *testing.T) {
	w := newWorld(t)
	w.history()
	for _, id := range []string{"e1", "d1", "d2", "d2/k", "d1/later"} {
		res, err := w.core.ShowRecord(w.as(chat.RoleOperator), &ocov1.ShowRecordRequest{Id: id})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if res.Event.GetEventId() != "e1" || len(res.Deliveries) != 2 {
			t.Fatalf("%s: %v", id, res)
		}
		d1, d2 := res.Deliveries[0], res.Deliveries[1]
		if d1.State != ocov1.DeliveryState_DELIVERY_STATE_WAITING || d1.Address.GetRoom().GetRoomId() != "room:1:ops" || d1.Address.GetThreadId() != "thread:1:7" ||
			d1.Sends[0].MessageId != "d1/later" || d1.Sends[0].State != ocov1.SendState_SEND_STATE_QUEUED || d1.EndTime != nil {
			t.Errorf("%s: %v", id, d1)
		}
		if d2.State != ocov1.DeliveryState_DELIVERY_STATE_ENDED || d2.Outcome != ocov1.Outcome_OUTCOME_FAILED || d2.UserText != "no space" ||
			d2.Attempts[0].StartTime.AsTime() != time.UnixMilli(1100).UTC() || d2.Sends[0].State != ocov1.SendState_SEND_STATE_SENT {
			t.Errorf("%s: %v", id, d2)
		}
	}
	res, err := w.core.ShowRecord(w.as(chat.RoleOperator), &ocov1.ShowRecordRequest{Id: "m-alone"})
	if err != nil || res.Deliveries[0].Sends[0].MessageId != "m-alone" {
		t.Fatal(res, err)
	}
	res, err = w.core.ShowRecord(w.as(chat.RoleOperator), &ocov1.ShowRecordRequest{Id: "d3"})
	if err != nil || len(res.Deliveries) != 1 || res.Event != nil {
		t.Fatal(res, err)
	}
	for id, want := range map[string]chat.Reason{"none": chat.DeliveryNotFound, "none/k": chat.DeliveryNotFound, "": chat.FieldInvalid, "a b": chat.FieldInvalid} {
		_, err := w.core.ShowRecord(w.as(chat.RoleOperator), &ocov1.ShowRecordRequest{Id: id})
		wants(t, err, want)
	}
}

func TestADamagedRowIsAnError(t *testing.T) {
	w := newWorld(t)
	w.rows.data[string(delivery.EndedKey("d"))] = []byte{0xff}
	if _, err := w.core.ListDeliveries(w.as(chat.RoleOperator), &ocov1.ListDeliveriesRequest{}); err == nil {
		t.Fatal("a damaged row was passed over")
	}
	if _, err := w.core.ShowRecord(w.as(chat.RoleOperator), &ocov1.ShowRecordRequest{Id: "d"}); err == nil {
		t.Fatal("a damaged row was shown")
	}
}

func TestDeedsNameWhoDidThem(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(chat.RoleOperator)
	if _, err := w.core.DropDelivery(ctx, &ocov1.DropDeliveryRequest{DeliveryId: "d", Reason: "seen"}); err != nil {
		t.Fatal(err)
	}
	if got := asked[delivery.Drop](w.engine)[0]; got != (delivery.Drop{Delivery: "d", By: "operator operator", Reason: "seen"}) {
		t.Errorf("%+v", got)
	}
	if _, err := w.core.CancelDelivery(ctx, &ocov1.CancelDeliveryRequest{DeliveryId: "d"}); err != nil {
		t.Fatal(err)
	}
	if got := asked[delivery.CancelOf](w.engine)[0]; got.By != "operator operator" {
		t.Errorf("%+v", got)
	}
	if res, err := w.core.RetryDelivery(ctx, &ocov1.RetryDeliveryRequest{DeliveryId: "d"}); err != nil || res.Delivery.DeliveryId != "new" {
		t.Errorf("%v, %v", res, err)
	}
	_, err := w.core.DropDelivery(ctx, &ocov1.DropDeliveryRequest{DeliveryId: "d", Reason: strings.Repeat("x", 5000)})
	wants(t, err, chat.TooLarge)
	_, err = w.core.CancelDelivery(ctx, &ocov1.CancelDeliveryRequest{})
	wants(t, err, chat.FieldInvalid)
	_, err = w.core.RetryDelivery(ctx, &ocov1.RetryDeliveryRequest{DeliveryId: " "})
	wants(t, err, chat.FieldInvalid)
}

// A key is seen when it is made and never again; a third one of a name needs a word
// (OCO-RPC-14, OCO-RPC-15).
func TestKeysAreMadeListedAndRevoked(t *testing.T) {
	w := newWorld(t, func(o *rpc.Options) { o.Endpoint = func(r chat.Role) string { return "oco://" + r.String() } })
	ctx := w.as(chat.RoleOperator)
	made, err := w.core.CreateKey(ctx, &ocov1.CreateKeyRequest{Name: "ci", Role: ocov1.Role_ROLE_CLIENT})
	if err != nil || made.Endpoint != "oco://client" {
		t.Fatal(made, err)
	}
	_, err = w.core.CreateKey(ctx, &ocov1.CreateKeyRequest{Name: "x", Role: 260})
	wants(t, err, chat.FieldInvalid)
	secret := made.Key[len(made.Key)-52 : len(made.Key)-9] // before its sum
	list, err := w.core.ListKeys(ctx, &ocov1.ListKeysRequest{})
	if err != nil || len(list.Keys) != 2 || list.Keys[0].Name != "ci" || strings.Contains(fmt.Sprint(list), secret) || strings.Contains(w.log.String(), made.Key) {
		t.Fatal(list, err)
	}
	if _, err := w.core.RevokeKey(ctx, &ocov1.RevokeKeyRequest{KeyId: made.KeyId}); err != nil {
		t.Fatal(err)
	}
	_, err = w.core.RevokeKey(ctx, &ocov1.RevokeKeyRequest{KeyId: made.KeyId})
	wants(t, err, chat.KeyNotFound)
	for i, want := range []chat.Reason{"", "", chat.QuotaExceeded, ""} {
		_, err := w.core.CreateKey(ctx, &ocov1.CreateKeyRequest{Name: "cd", Role: ocov1.Role_ROLE_CLIENT, ReplaceOldest: i == 3})
		wants(t, err, want)
	}
	if res, err := w.core.CreateClaim(ctx, &ocov1.CreateClaimRequest{}); err != nil || res.Code == "" || res.ValidFor.AsDuration() <= 0 {
		t.Fatal(res, err)
	}
}

func TestStatusPutsTogetherWhatIsKnown(t *testing.T) {
	w := newWorld(t, func(o *rpc.Options) {
		o.State = func() (bool, []string) { return true, []string{"from the bot"} }
		o.Processes = func() []rpc.Process {
			return []rpc.Process{{Plugins: []string{"handler", "silent"}, State: "backoff", Detail: "exit 1", Restarts: 3, PID: 42}}
		}
	})
	unknown := ping()
	unknown.Allow = []string{"nobody"}
	w.register(unknown)
	w.engine.do = func(in delivery.Input) (any, error, bool) {
		_, ok := in.(delivery.Inspect)
		return delivery.Snapshot{
			Open: 5, Waiting: 3, Leased: 2, OpenList: 1, Outbox: 4,
			Accounts: []delivery.AccountState{{ID: "account:1", Service: "irc", Active: "one"}},
			Plugins: []delivery.PluginState{{Name: "handler", Role: chat.RoleHandler, Waiting: 3, Replicas: []delivery.ReplicaState{
				{Name: "one", Connected: true, Seen: time.Now(), InFlight: 2, Credit: 16},
			}}, {Name: "stranger"}},
		}, nil, ok
	}
	res, err := w.core.GetStatus(w.as(chat.RoleOperator), &ocov1.GetStatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if res.Ready || res.Counts["open"] != 5 || res.Counts["outbox"] != 4 || res.ProcessId == 0 || len(res.Warnings) != 2 || !strings.Contains(res.Warnings[1], "nobody") {
		t.Errorf("%v", res)
	}
	if a := res.Accounts[0]; a.Connected || a.Detail == "" {
		t.Errorf("an adapter that is away shows as connected: %v", a)
	}
	if len(res.Plugins) != 2 || res.Plugins[1].PluginId != "silent" {
		t.Fatalf("%v", res.Plugins)
	}
	if p := res.Plugins[0]; p.Waiting != 3 || p.State != "backoff" || p.Restarts != 3 || p.ProcessId != 42 || p.Replicas[0].InFlight != 2 || !p.Replicas[0].Connected {
		t.Errorf("%v", p)
	}
	if list, err := w.core.ListPlugins(w.as(chat.RoleOperator), &ocov1.ListPluginsRequest{}); err != nil || len(list.Plugins) != 2 {
		t.Error(list, err)
	}
}

func TestPausingIsOneCommit(t *testing.T) {
	w := newWorld(t)
	w.register(ping())
	ctx := w.as(chat.RoleOperator)
	if _, err := w.core.SetPaused(ctx, &ocov1.SetPausedRequest{PluginId: "handler", Paused: true, Reason: "release"}); err != nil {
		t.Fatal(err)
	}
	if p := asked[delivery.Pause](w.engine); len(p) != 1 || !p[0].Paused || p[0].Plugin != "handler" || len(p[0].Writes) != 1 {
		t.Fatalf("%+v", p)
	}
	_, err := w.core.SetPaused(ctx, &ocov1.SetPausedRequest{PluginId: "none", Paused: true})
	wants(t, err, chat.PluginNotFound)
}
