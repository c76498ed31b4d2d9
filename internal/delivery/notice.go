package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/texts"
)

// tell says how a delivery ended to whom its route names: the person who
// addressed the bot, the operators, or nobody. A command that is done and said
// nothing to them is acknowledged (OCO-DLV-13); spoke says that it did. Who did
// not address the bot never sees a notice (OCO-DLV-14).
func (m *Machine) tell(s *step, d *delivery, o chat.Outcome, why cause, spoke bool) {
	if o == chat.Done {
		if d.address && !spoke {
			m.acknowledge(s, d)
		}
		return
	}
	if o == chat.Expired && why.text == "" && !m.alive(d) {
		why = m.because(texts.WhyNotRunning, "plugin", d.route.Plugin)
		if d.route.owner.down {
			why = m.because(texts.WhyDown, "plugin", d.route.Plugin)
		}
	}
	here := d.from.place
	if d.address {
		m.notice(s, d, m.words().ended(d.title(), d.id, o, why, int(d.attempt)))
	}
	if d.route.Notice == chat.NoticeOperators && !(d.address && here.Key() == m.opt.Operators.Key()) {
		name := m.words().Say(texts.RouteOf, "route", d.title(), "plugin", d.route.Plugin)
		m.tellOperators(s, d.event, d.id, m.words().ended(name, d.id, o, why, int(d.attempt)))
	}
}

// notice tells something to who addressed the bot, in the thread in which they
// did (OCO-DLV-64).
func (m *Machine) notice(s *step, d *delivery, text string) {
	m.enqueue(s, d.event, d.id, NewSend{Place: d.from.place, Text: text, Reason: chat.ForNotice})
}

// meanwhile tells who addressed the bot how their delivery stands. When that has
// ended before they could read it, they never do (OCO-DLV-62).
func (m *Machine) meanwhile(s *step, d *delivery, text string) {
	m.enqueue(s, d.event, d.id, NewSend{Place: d.from.place, Text: text, Reason: chat.ForNotice, Passing: true})
}

// tellOperators tells something in the operators' room. Without one it is
// counted, so that status can say what is missed (OCO-DLV-68).
func (m *Machine) tellOperators(s *step, ev *event, delivery, text string) {
	if m.opt.Operators.IsZero() {
		m.unheard++
		return
	}
	m.enqueue(s, ev, delivery, NewSend{Place: m.opt.Operators, Text: text, Reason: chat.ForNotice})
}

func (m *Machine) words() words { return words{m.opt.Texts, m.opt.BotName} }

func (d *delivery) title() string { return d.route.Name }

// tellWaiting tells a person why nothing happens yet.
func (m *Machine) tellWaiting(s *step, d *delivery) {
	var why texts.Text
	p := d.route.owner
	switch {
	case d.hold > s.at && d.admitted < 0 && s.at < int64(m.opt.RestartHold) && !p.paused && !m.pauseAll:
		why = texts.Of(texts.WaitsRestart) // its handlers are on their way back
	case !m.alive(d) && p.down:
		why = texts.Of(texts.WaitsDown, "plugin", p.name, "time", d.route.StaleAfter)
	case !m.alive(d):
		why = texts.Of(texts.WaitsHandler, "plugin", p.name, "time", d.route.StaleAfter)
	case p.paused:
		why = m.words().isPaused(p.name, p.reason)
	case m.pauseAll && p.role == chat.RoleHandler:
		why = m.words().isPaused(p.name, m.reason)
	case d.hold > s.at:
		return // it knows: trying again
	case !d.next():
		why = behind(d.lane.first.id, d.route.Order)
	default:
		why = texts.Of(texts.WaitsBusy, "plugin", p.name)
	}
	m.meanwhile(s, d, m.words().waits(d.title(), d.id, why))
}

// tellAgain tells a person, once, that a first attempt went wrong.
func (m *Machine) tellAgain(s *step, d *delivery, why string, pause time.Duration) {
	if d.address && d.attempt == 1 {
		m.meanwhile(s, d, m.words().again(d.title(), d.id, why, pause))
	}
}
