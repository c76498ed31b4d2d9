package delivery

import (
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// activate makes a replica of the adapter the one that serves an account. The
// newer wins: the one before is fenced by its epoch and never comes back.
func (m *Machine) activate(s *step, in Activate) {
	r, err := m.find(in.From)
	if err != nil {
		s.reply(nil, err)
		return
	}
	a := m.accounts[in.Account]
	if a == nil {
		a = &account{id: in.Account, presence: presence{awaySince: noAge}}
		m.accounts[in.Account] = a
	}
	if a.fenced[in.From.Name] && a.active != nil {
		s.reply(Activated{Epoch: a.epoch, Checkpoint: a.checkpoint}, nil)
		return
	}
	m.heardReplica(s, r)
	delete(a.fenced, in.From.Name)
	a.reacts, a.reactsIn = in.Reacts, in.ReactsIn
	moved := m.stands(s, a, r, in)
	changed := moved || a.plugin != in.From.Plugin || a.name != in.Name || a.service != in.Service || a.idempotent != in.Idempotent
	a.plugin, a.name, a.service = in.From.Plugin, in.Name, in.Service
	a.idempotent, a.settles = in.Idempotent, in.WantsSettled
	switch {
	case a.active == r:
		if changed {
			m.writeAccount(s, a)
		}
	default:
		a.epoch++
		m.writeAccount(s, a)
		old := a.active
		a.active = r
		if old != nil {
			a.fence(old.name)
			m.fenceOut(s, old)
		} else if a.last != "" && a.last != r.name {
			a.fence(a.last) // it was out of reach, and may not know that it was replaced
		}
	}
	s.reply(Activated{Epoch: a.epoch, Checkpoint: a.checkpoint, Active: true}, nil)
}

// fence remembers a replica that lost its account, of the last few.
func (a *account) fence(name string) {
	if len(a.fenced) >= 64 || a.fenced == nil {
		a.fenced = map[string]bool{}
	}
	a.fenced[name] = true
}

func (m *Machine) fenceOut(s *step, old *replica) {
	if old.sink != 0 {
		s.frame(CloseSink{Sink: old.sink, Err: chat.Refuse(chat.EpochFenced, "another replica serves the account now")})
		old.sink = 0
	}
	m.loseAll(s, old, old.name+" was replaced by another replica")
}

func (m *Machine) writeAccount(s *step, a *account) {
	row := &record.Account{Name: a.name, Service: a.service, Epoch: a.epoch, Checkpoint: a.checkpoint, Plugin: a.plugin, Idempotent: a.idempotent}
	m.presenceInto(a, row)
	s.put(AccountKey(a.id), row)
}
