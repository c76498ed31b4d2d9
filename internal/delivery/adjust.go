package delivery

import (
	"maps"
	"slices"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/texts"
)

// Quiet stops or resumes offering to a plugin whose process is about to be ended,
// so that what it holds can finish and nothing new begins in it. Unlike Pause it
// is nobody's wish and is not kept. The answer is an int: how many deliveries and
// operations the bot's own processes of the plugin hold.
type Quiet struct {
	Plugin string
	On     bool
}

// Tune replaces those of the Options that may change while the bot runs. The
// answer is nil.
type Tune struct {
	QueueItems   int
	QueueBytes   int64
	Operators    chat.Place
	BotName      string
	Texts        *texts.Catalogue
	ChildPlugins map[string]bool
	StoreBytes   int64
	StoreKeys    int64
	Quotas       map[string]Quota
	SendAge      time.Duration
}

// Reopen ends the streams of a plugin behind their last frame: its replicas open
// others, which are held to the limits of that time. The answer is nil.
type Reopen struct{ Plugin string }

// Declare says which definitions the operator registered for a plugin that does
// not register by itself: its replicas are known from their first Connect or
// Heartbeat on. Nil definitions end that: replicas must register. The answer is
// nil.
type Declare struct {
	Plugin      string
	Definitions map[string]struct{}
	Writes      []Write
}

func (Quiet) input()   {}
func (Tune) input()    {}
func (Reopen) input()  {}
func (Declare) input() {}

func (m *Machine) quiet(s *step, in Quiet) {
	p := m.pluginOf(in.Plugin)
	p.quiet = in.On
	m.touch(p)
	held := 0
	for _, r := range p.replicas {
		if r.child {
			held += len(r.leases)
		}
	}
	s.reply(held, nil)
}

func (m *Machine) tune(s *step, in Tune) {
	m.opt.QueueItems, m.opt.QueueBytes = in.QueueItems, in.QueueBytes
	if in.Operators != m.opt.Operators {
		m.unposted = Unposted{}
	}
	m.opt.Operators, m.opt.BotName, m.opt.ChildPlugins = in.Operators, in.BotName, in.ChildPlugins
	m.opt.Texts = in.Texts
	m.opt.StoreBytes, m.opt.StoreKeys, m.opt.Quotas = in.StoreBytes, in.StoreKeys, in.Quotas
	m.opt.SendAge = in.SendAge
	m.opt = m.opt.withDefaults()
	for _, key := range slices.Sorted(maps.Keys(m.outlets)) { // what waits is held to the new time
		t := m.outlets[key]
		if t.over = never; len(t.sends)+len(t.notices) > 0 {
			t.over = s.at
			m.set(t, s.at)
		}
	}
	for _, p := range m.plugins {
		if len(p.replicas) == 0 {
			p.child = in.ChildPlugins[p.name]
		}
	}
	s.reply(nil, nil)
}

func (m *Machine) reopen(s *step, in Reopen) {
	if p := m.plugins[in.Plugin]; p != nil {
		for _, r := range p.sorted() {
			if r.sink != 0 && r.pull < 0 {
				s.frame(CloseSink{Sink: r.sink})
				r.sink = 0
				m.heardReplica(s, r)
			}
		}
	}
	s.reply(nil, nil)
}

func (m *Machine) declare(s *step, in Declare) {
	s.write(in.Writes)
	p := m.pluginOf(in.Plugin)
	for _, r := range p.sorted() {
		if r.declared && in.Definitions == nil {
			r.declared, r.known, r.definitions = false, false, nil
			if r.sink != 0 {
				s.frame(CloseSink{Sink: r.sink, Err: unknownReplica(Replica{p.name, r.name})})
				r.sink = 0
			}
		} else if r.declared || in.Definitions != nil {
			r.declared, r.definitions = true, in.Definitions
		}
	}
	p.declared = in.Definitions
	if in.Definitions != nil {
		p.role, p.dropped = chat.RoleHandler, false
	}
	m.liveness(s, p)
	s.reply(nil, nil)
}

// introduce makes a replica known whose plugin the operator declared.
func (m *Machine) introduce(s *step, id Replica) *chat.Error {
	p := m.plugins[id.Plugin]
	if p == nil || p.declared == nil {
		return nil
	}
	r := p.replicas[id.Name]
	if r != nil && r.known {
		return nil
	}
	if r == nil {
		if len(p.replicas) >= MaxReplicas {
			return tooManyReplicas(p, m.opt.LeaseTerm)
		}
		r = m.addReplica(p, id.Name)
		r.child = p.child
	}
	r.known, r.declared, r.definitions = true, true, p.declared
	m.heardReplica(s, r)
	m.liveness(s, p)
	s.report(Report{Kind: "registered", Plugin: p.name, Detail: r.name})
	return nil
}

func tooManyReplicas(p *plugin, forgotten time.Duration) *chat.Error {
	return chat.Refuse(chat.QuotaExceeded, "%s has %d replicas, and at most %d may live at once: end some, or wait %s until those that are gone are forgotten",
		p.name, len(p.replicas), MaxReplicas, forgotten)
}
