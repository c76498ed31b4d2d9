package delivery

import (
	"fmt"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// tell says how a delivery ended to whom its route names: the person who
// addressed the bot, the operators, or nobody. A command that is done and said
// nothing to them is acknowledged (OCO-DLV-13); spoke says that it did. Who did not address the bot
// never sees a notice (OCO-DLV-14).
func (m *Machine) tell(s *step, d *delivery, o chat.Outcome, userText string, spoke bool) {
	here := d.from.place
	if o == chat.Done {
		if d.address && !spoke {
			m.notice(s, d, here, d.title()+": done.", chat.ForBot)
		}
		return
	}
	text := m.outcomeText(d, o, userText)
	if d.address {
		m.notice(s, d, here, text, chat.ForNotice)
	}
	if d.route.Notice == chat.NoticeOperators && !m.opt.Operators.IsZero() && !(d.address && here == m.opt.Operators) {
		m.notice(s, d, m.opt.Operators, text, chat.ForNotice)
	}
}

func (m *Machine) notice(s *step, d *delivery, to chat.Place, text string, reason chat.SendReason) {
	m.enqueue(s, d.event, d.id, NewSend{Place: to, Text: text, Reason: reason})
}

func (d *delivery) title() string { return d.route.Name }

// outcomeText is what a person reads about an outcome that is not done. It
// prints the id that show, retry and cancel take.
func (m *Machine) outcomeText(d *delivery, o chat.Outcome, userText string) string {
	retry := fmt.Sprintf(" To run it again: %s retry %s", m.opt.BotName, d.id)
	userText = clip(userText)
	switch o {
	case chat.Failed:
		if userText == "" {
			userText = "the handler reported an error"
		}
		return fmt.Sprintf("%s failed: %s", d.title(), sentence(userText)) + retry
	case chat.Unknown:
		if userText == "" {
			userText = "the handler was lost while it ran"
		}
		return fmt.Sprintf("%s: outcome unknown, %s It may have run or not: look first.", d.title(), sentence(userText)) + retry
	case chat.Expired:
		why := fmt.Sprintf("%s is not running", d.route.Plugin)
		if userText != "" {
			why = userText
		} else if m.alive(d) {
			why = "the message was too old when it came in"
		}
		return fmt.Sprintf("%s did not run: %s", d.title(), sentence(why)) + retry
	case chat.Refused:
		if userText == "" {
			userText = "you may not run it"
		}
		return fmt.Sprintf("%s was refused: %s (%s)", d.title(), sentence(userText), d.id)
	case chat.Cancelled:
		if userText == "" {
			userText = "somebody cancelled it"
		}
		return fmt.Sprintf("%s was cancelled: %s", d.title(), sentence(userText)) + retry
	}
	return fmt.Sprintf("%s ended %s (%s)", d.title(), o, d.id)
}

// maxTold bounds what a notice repeats of what a handler or a person said: it is
// a notice, and the record has the rest.
const maxTold = 4 << 10

func clip(text string) string {
	if len(text) <= maxTold {
		return text
	}
	return strings.ToValidUTF8(text[:maxTold], "") + "…"
}

// sentence ends a text with a mark.
func sentence(text string) string {
	switch text[len(text)-1] {
	case '.', '!', '?':
		return text
	}
	return text + "."
}

// tellWaiting tells a person why nothing happens yet.
func (m *Machine) tellWaiting(s *step, d *delivery) {
	var why string
	switch {
	case !m.alive(d):
		why = fmt.Sprintf("%s is not running; it waits until it is, at most %s.", d.route.Plugin, short(d.route.StaleAfter))
	case d.route.owner.paused || m.pauseAll && d.route.owner.role == chat.RoleHandler:
		why = fmt.Sprintf("%s is paused by an operator; it waits.", d.route.Plugin)
	case d.hold > s.at && d.admitted < 0 && s.at < int64(m.opt.RestartHold):
		why = "the bot was started again; it waits a little."
	case d.hold > s.at:
		return // it knows: trying again
	case !d.next():
		why = fmt.Sprintf("it waits behind %s.", d.lane.first.id)
	default:
		why = fmt.Sprintf("%s is busy; it waits.", d.route.Plugin)
	}
	m.notice(s, d, d.from.place, fmt.Sprintf("%s: %s To cancel it: %s cancel %s", d.title(), why, m.opt.BotName, d.id), chat.ForNotice)
}

// tellAgain tells a person, once, that a first attempt went wrong.
func (m *Machine) tellAgain(s *step, d *delivery, why string) {
	if !d.address || d.attempt != 1 {
		return
	}
	if why != "" {
		why = sentence(why) + " "
	}
	m.notice(s, d, d.from.place, fmt.Sprintf("%s: %sTrying again.", d.title(), why), chat.ForNotice)
}

func short(d time.Duration) string {
	if d%time.Hour == 0 && d > 0 {
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	if d%time.Minute == 0 && d > 0 {
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return d.Round(time.Second).String()
}
