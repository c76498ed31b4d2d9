package delivery

import (
	"cmp"
	"sort"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/texts"
)

// MaxReplicas bounds the replicas of one plugin (OCO-SIZ-22).
const MaxReplicas = 100

// hello makes a replica known, or known anew with other routes.
func (m *Machine) hello(s *step, in Hello) {
	p := m.pluginOf(in.Plugin)
	r := p.replicas[in.Name]
	if r == nil && len(p.replicas) >= MaxReplicas {
		s.reply(nil, tooManyReplicas(p, m.opt.LeaseTerm))
		return
	}
	if r == nil {
		r = m.addReplica(p, in.Name)
	}
	p.role, p.child, p.dropped, p.down = in.Role, in.Child, false, false
	r.child, r.definitions = in.Child, in.Definitions
	r.known, r.declared = true, false
	m.heardReplica(s, r)
	s.write(in.Writes)
	m.liveness(s, p)
	s.report(Report{Kind: "registered", Plugin: p.name, Detail: r.name})
	s.reply(nil, nil)
}

func (m *Machine) addReplica(p *plugin, name string) *replica {
	r := &replica{plugin: p, name: name, leases: map[string]*lease{}, pull: -1, asked: -1}
	p.replicas[name] = r
	return r
}

// heard notes that a replica lives.
func (m *Machine) heard(s *step, id Replica) {
	if p := m.plugins[id.Plugin]; p != nil {
		if r := p.replicas[id.Name]; r != nil {
			m.heardReplica(s, r)
		}
	}
}

func (m *Machine) heardReplica(s *step, r *replica) {
	r.seen = s.at
	if r.slot == 0 {
		m.set(r, s.at+int64(m.opt.LeaseTerm))
	}
}

// fire looks whether a replica is gone: it said nothing, and has no stream or had
// promised to say something. A stream alone proves little: a proxy may hold it.
func (r *replica) fire(m *Machine, s *step) {
	due := r.seen + int64(m.opt.LeaseTerm)
	if r.sink != 0 && !r.beats {
		due = max(due, s.at+int64(m.opt.LeaseTerm))
	}
	if due > s.at {
		m.set(r, due)
		return
	}
	m.remove(s, r, "it was not heard of any more")
}

// find is the replica of a call, which must have registered with this bot.
func (m *Machine) find(id Replica) (*replica, *chat.Error) {
	if p := m.plugins[id.Plugin]; p != nil {
		if r := p.replicas[id.Name]; r != nil && r.known {
			return r, nil
		}
	}
	return nil, unknownReplica(id)
}

func unknownReplica(id Replica) *chat.Error {
	return chat.Refuse(chat.ReplicaNotFound, "replica %q of %s is not known: Register, then go on with the same leases", id.Name, id.Plugin)
}

// connect opens a sink. The newer of two of one replica wins.
func (m *Machine) connect(s *step, in Connect) {
	err := m.introduce(s, in.Replica)
	var r *replica
	if err == nil {
		r, err = m.find(in.Replica)
	}
	if err == nil && m.draining && r.plugin.role != chat.RoleAdapter {
		err = chat.Refuse(chat.Draining, "the bot stops")
	}
	if err != nil {
		s.reply(nil, err)
		return
	}
	if r.sink != 0 && r.sink != in.Sink {
		s.frame(CloseSink{Sink: r.sink, Err: chat.Refuse(chat.EpochFenced, "another Subscribe, Attach or Pull came for the replica %q: give each process a name of its own", r.name)})
	}
	m.heardReplica(s, r)
	r.sink, r.credit, r.pull, r.asked = in.Sink, in.Credit, -1, -1
	if in.Pull > 0 {
		r.pull, r.asked = in.Pull, in.Pull
	}
	r.catchUp(s)
	m.touch(r.plugin)
	s.report(Report{Kind: "connected", Plugin: r.plugin.name, Detail: r.name})
	s.reply(nil, nil)
}

// depart offers a replica nothing more until it asks again. One that is not known has
// left already.
func (m *Machine) depart(s *step, in Leave) {
	if r, err := m.find(in.Replica); err == nil {
		m.heardReplica(s, r)
		if r.sink != 0 {
			s.frame(CloseSink{Sink: r.sink})
			r.sink = 0
		}
	}
	s.reply(nil, nil)
}

// disconnect closes a sink. What surely never left the bot was not started.
func (m *Machine) disconnect(s *step, in Disconnect) {
	r, err := m.find(in.Replica)
	own := err == nil && r.sink == in.Sink
	if own {
		r.sink = 0
		m.heardReplica(s, r)
	}
	for _, u := range in.Unsent {
		l := m.leases[u.ID]
		if l == nil || l.replica.plugin.name != in.Plugin {
			continue
		}
		m.free(l)
		if o := l.send; o != nil {
			l.send, o.lease = nil, nil
			o.attempt--
			m.sendAgain(s, o, 0)
		} else if d := l.delivery; d != nil {
			l.delivery, d.lease = nil, nil
			d.attempt--
			m.again(s, d, 0)
		}
	}
	if own && in.Cut {
		m.remove(s, r, "its key was revoked")
	}
	s.reply(nil, nil)
}

// heartbeat renews what the replica holds and names what it has lost.
func (m *Machine) heartbeat(s *step, in Heartbeat) {
	err := m.introduce(s, in.Replica)
	var r *replica
	if err == nil {
		r, err = m.find(in.Replica)
	}
	if err != nil {
		s.reply(nil, err)
		return
	}
	m.heardReplica(s, r)
	r.beats = r.beats || len(in.Held) == 0
	var lost []string
	for _, h := range in.Held {
		l := m.leases[h.ID]
		if l == nil || l.replica.plugin != r.plugin {
			lost = append(lost, h.ID)
			continue
		}
		m.renew(s, l) // of one that is over: its slot is still taken
		if l.over() {
			lost = append(lost, h.ID)
		}
	}
	s.reply(lost, nil)
}

// gone takes the end of a process.
func (m *Machine) gone(s *step, in Gone) {
	if p := m.plugins[in.Plugin]; p != nil {
		for _, r := range p.sorted() {
			if r.name == in.Name || in.Name == "" && r.child {
				m.remove(s, r, "its process ended")
			}
		}
	}
	s.reply(nil, nil)
}

// remove forgets a replica: all its leases are lost.
func (m *Machine) remove(s *step, r *replica, why string) {
	p := r.plugin
	m.stop(r)
	delete(p.replicas, r.name)
	if r.sink != 0 {
		s.frame(CloseSink{Sink: r.sink, Err: chat.Refuse(chat.ReplicaNotFound, "%s", why)})
		r.sink = 0
	}
	for _, a := range m.accounts {
		if a.active == r {
			a.active, a.last = nil, r.name
			m.left(s, a, m.silentSince(s, r))
		}
	}
	m.loseAll(s, r, r.name+": "+why)
	m.liveness(s, p)
}

func (m *Machine) loseAll(s *step, r *replica, why string) {
	all := make([]*lease, 0, len(r.leases))
	for _, l := range r.leases {
		all = append(all, l)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].id < all[j].id })
	for _, l := range all {
		m.lose(s, l, why)
	}
}

// forget drops a registration. What runs may end; what would run again does not.
func (m *Machine) forget(s *step, in Forget) {
	s.write(in.Writes)
	if p := m.plugins[in.Plugin]; p != nil {
		p.dropped, p.why = true, cmp.Or(in.Why, m.words().Say(texts.WhyRemoved))
		for _, r := range p.replicas {
			r.definitions = nil
		}
		for _, d := range m.waitingFor(p) {
			m.endAs(s, d, chat.Expired, said(p.why), "the registration was dropped")
		}
	}
	s.reply(nil, nil)
}

func (m *Machine) pluginsSorted() []*plugin {
	all := make([]*plugin, 0, len(m.plugins))
	for _, p := range m.plugins {
		all = append(all, p)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all
}

// drain stops offering to handlers. The adapter goes on: replies leave.
func (m *Machine) drain(s *step, in Drain) {
	m.draining = true
	for _, p := range m.pluginsSorted() {
		if p.role == chat.RoleAdapter {
			continue
		}
		for _, r := range p.sorted() {
			if r.sink != 0 {
				s.frame(DrainFrame{Sink: r.sink, Grace: in.Grace})
			}
		}
	}
	s.reply(nil, nil)
}
