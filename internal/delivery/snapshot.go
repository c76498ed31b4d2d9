package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// A Snapshot is what Inspect answers: how the machine stands.
type Snapshot struct {
	Open, Waiting, Leased, OpenList, Outbox, Dedup int
	DedupEarly                                     uint64 // how often the dedup had to forget before its time
	Draining, PausedAll                            bool
	Unheard                                        int // what operators were not told for want of their room
	Unposted                                       Unposted
	Plugins                                        []PluginState
	Accounts                                       []AccountState
}

// Unposted is what operators were not told because the chat service did not take it
// in their room, since the bot was started or got another room for them.
type Unposted struct {
	Notices int
	Why     string // of the last one
}

// PluginState is how a plugin stands.
type PluginState struct {
	Name     string
	Role     chat.Role
	Paused   bool
	Waiting  int
	Replicas []ReplicaState
}

// ReplicaState is how a replica stands.
type ReplicaState struct {
	Name        string
	Connected   bool
	Seen        time.Time
	InFlight    int
	Credit      int
	Definitions map[string]struct{} // not to be changed
}

// AccountState is how an account stands.
type AccountState struct {
	ID, Name, Service, Plugin string
	Active                    string // the replica that serves it
	Epoch                     uint64
	MissedFrom, MissedTo      time.Time // when messages were last missed; zero: never
}

func (m *Machine) snapshot() Snapshot {
	n := Snapshot{
		Open: len(m.open), Waiting: m.waiting, Leased: len(m.open) - m.waiting, OpenList: m.onList, Outbox: len(m.outbox),
		Dedup: len(m.dedup.younger) + len(m.dedup.elder), DedupEarly: m.dedup.early, Draining: m.draining, PausedAll: m.pauseAll, Unheard: m.unheard, Unposted: m.unposted,
	}
	for _, p := range m.pluginsSorted() {
		state := PluginState{Name: p.name, Role: p.role, Paused: p.paused, Waiting: p.waiting}
		for _, r := range p.sorted() {
			if !r.known {
				continue
			}
			state.Replicas = append(state.Replicas, ReplicaState{
				Name: r.name, Connected: r.sink != 0, Seen: m.base.Add(time.Duration(r.seen)),
				InFlight: len(r.leases), Credit: r.credit, Definitions: r.definitions,
			})
		}
		n.Plugins = append(n.Plugins, state)
	}
	for _, a := range m.accounts {
		state := AccountState{ID: a.id, Name: a.name, Service: a.service, Plugin: a.plugin, Epoch: a.epoch}
		if a.missedTo != 0 {
			state.MissedFrom, state.MissedTo = time.UnixMilli(a.missedFrom), time.UnixMilli(a.missedTo)
		}
		if a.active != nil {
			state.Active = a.active.name
		}
		n.Accounts = append(n.Accounts, state)
	}
	return n
}
