package rpc_test

import (
	"fmt"
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/texts/textstest"
)

// Of a delivery that waits it is said why, and of nothing else (OCO-DLV-70).
func TestWhatADeliveryWaitsForIsSaid(t *testing.T) {
	replica := func(inFlight int) []delivery.ReplicaState {
		return []delivery.ReplicaState{{Name: "one", Connected: true, InFlight: inFlight, Credit: 2}}
	}
	for want, s := range map[string]delivery.Snapshot{
		"web is not running":             {},
		"web is paused":                  {Plugins: []delivery.PluginState{{Name: "web", Paused: true, Replicas: replica(0)}}},
		"web is busy, or not connected":  {Plugins: []delivery.PluginState{{Name: "web", Replicas: replica(2)}}},
		"it waits for its turn: another": {Plugins: []delivery.PluginState{{Name: "web", Replicas: replica(1)}}},
	} {
		w := newWorld(t)
		w.history()
		w.engine.do = func(in delivery.Input) (any, error, bool) {
			_, ok := in.(delivery.Inspect)
			return s, nil, ok
		}
		res, err := w.core.ShowRecord(w.as(chat.RoleOperator), &ocov1.ShowRecordRequest{Id: "e1"})
		if err != nil || !strings.HasPrefix(res.GetDeliveries()[0].GetDetail(), want) {
			t.Errorf("%v, %v, want %q", res.GetDeliveries()[0], err, want)
		}
		wrapped, err := w.core.ShowRecordIn(w.as(chat.RoleOperator), &ocov1.ShowRecordRequest{Id: "e1"}, textstest.Wrapped())
		if detail := wrapped.GetDeliveries()[0].GetDetail(); err != nil || textstest.Outside(detail) != "" || !strings.Contains(detail, want) {
			t.Errorf("%q is of no catalogue: %v", detail, err)
		}
		if d := res.GetDeliveries()[1]; d.GetDetail() != "ENOSPC" {
			t.Errorf("%v", d)
		}
	}
}

// A pause by chat is the same as one by the command line, and says who did it.
func TestAPauseByChatIsKept(t *testing.T) {
	w := newWorld(t)
	if _, err := w.core.Register(w.as(chat.RoleHandler), &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ reason, kept string }{{"disk full", "disk full (olga)"}, {"", "by olga"}} {
		if err := w.core.Pause(t.Context(), "handler", true, "olga", c.reason); err != nil {
			t.Fatal(err)
		}
		all := must(w.core.ListPlugins(w.as(chat.RoleOperator), &ocov1.ListPluginsRequest{}))(t).GetPlugins()
		if len(all) != 1 || !all[0].GetPaused() || all[0].GetPauseReason() != c.kept {
			t.Errorf("%v", all)
		}
	}
	pauses := asked[delivery.Pause](w.engine)
	if p := pauses[0]; p.By != "olga" || p.Reason != "disk full" || len(p.Writes) != 1 {
		t.Errorf("%+v", p)
	}
	wants(t, w.core.Pause(t.Context(), "nobody", true, "olga", ""), chat.PluginNotFound)
	wants(t, w.core.Pause(t.Context(), "handler", true, "olga", strings.Repeat("x", 5000)), chat.TooLarge)
}

// The open list gives the newest, and counts all.
func TestTheNewestOfTheOpenList(t *testing.T) {
	w := newWorld(t)
	for i := range 50 {
		id := fmt.Sprintf("d%03d", i)
		w.row(delivery.EndedKey(id), &record.Delivery{Event: "e", Outcome: uint32(chat.Failed)})
		w.rows.data[string(delivery.OpenListKey(id))] = nil
	}
	for most, want := range map[int]string{3: "d049 d048 d047", 1: "d049"} {
		newest, all, err := w.core.OpenList(t.Context(), most)
		var ids []string
		for _, d := range newest {
			ids = append(ids, d.GetDeliveryId())
		}
		if got := strings.Join(ids, " "); got != want || all != 50 || err != nil {
			t.Errorf("%s of %d, %v, want %s", got, all, err, want)
		}
	}
	if newest, all, _ := w.core.OpenList(t.Context(), 100); len(newest) != 50 || all != 50 {
		t.Errorf("%d of %d", len(newest), all)
	}
}
