package delivery

import (
	"reflect"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// What status shows is how the machine stands, also after a restart: what is open,
// what is on the open list, who is connected. A replica that has not come back is
// none of the plugin's.
func TestSnapshot(t *testing.T) {
	r := newRig(t, func(o *Options) { o.DedupLeast, o.DedupMost, o.DedupKeep = 2, 9, time.Hour })
	first := Replica{"far", "f0"}
	r.come(irc, 1)
	r.come(first, 2)
	failed := r.ask(route("far", unordered), unaddressed)
	r.verdict(Committed, first, Completion{Lease: r.first(failed), Kind: Fail})
	r.ask(route("far", unordered), unaddressed) // runs
	if s := r.do(Inspect{}).(Snapshot); s.Open != 1 || s.Leased != 1 || s.Waiting != 0 || s.OpenList != 1 || s.Dedup != 2 {
		t.Fatalf("%+v", s)
	}
	r.pass(time.Second)
	r.restart(time.Second)
	r.now = r.now.Add(time.Hour) // a new generation of hashes
	sink := r.come(far, 3)
	r.do(Hello{Replica: far2, Role: chat.RoleHandler, Definitions: map[string]struct{}{"other": {}}})
	waits := r.ask(route("far", unordered, func(r *Route) { r.Definition = "none" }), unaddressed)
	s := r.do(Inspect{}).(Snapshot)
	if s.Open != len(r.m.open) || s.Waiting != 1 || s.OpenList != 2 || s.Dedup != 3 || s.Outbox != 0 {
		t.Errorf("%+v", s)
	}
	r.open(waits)
	definitions := map[string]struct{}{"def": {}}
	want := []ReplicaState{
		{Name: "f1", Connected: true, Seen: r.now, Credit: 3, Definitions: definitions},
		{Name: "f2", Seen: r.now, Definitions: map[string]struct{}{"other": {}}},
	}
	for _, p := range s.Plugins {
		if p.Name != "far" {
			continue
		}
		for i := range p.Replicas {
			p.Replicas[i].Seen = p.Replicas[i].Seen.Round(0)
		}
		if !reflect.DeepEqual(p.Replicas, want) || p.Waiting != 1 || p.Role != chat.RoleHandler {
			t.Errorf("%+v, want %+v", p.Replicas, want)
		}
	}
	if len(s.Accounts) != 1 || s.Accounts[0].ID != "account:1" || s.Accounts[0].Epoch != 1 || s.Accounts[0].Active != "" || !s.Accounts[0].MissedTo.IsZero() {
		t.Errorf("%+v", s.Accounts)
	}
	r.do(Disconnect{Replica: far, Sink: sink})
	for _, p := range r.do(Inspect{}).(Snapshot).Plugins {
		for _, replica := range p.Replicas {
			if replica.Connected {
				t.Errorf("%s has left", replica.Name)
			}
		}
	}
}

// A handler may put a delivery off for as long as a year.
func TestTheLongestPause(t *testing.T) {
	const day = 24 * time.Hour
	for asked, want := range map[time.Duration]time.Duration{300 * day: 300 * day, 365 * day: 365 * day, 500 * day: 365 * day} {
		r := newRig(t)
		r.come(far, 1)
		id := r.ask(route("far"))
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Retried, Delay: asked})
		if got := time.Duration(r.m.open[id].hold) - r.now.Sub(r.m.base); got != want {
			t.Errorf("put off by %s, it waits %s", asked, got)
		}
	}
}
