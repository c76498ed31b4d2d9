package delivery

import (
	"strings"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/texts"
)

// How the bot's own texts about deliveries are put together of whole sentences. Each
// says what happened, then what can be done about it, with the id that show, retry
// and cancel take.

// words put what the bot says into words, for people who call it by a name.
type words struct {
	*texts.Catalogue
	bot string
}

func (w words) retry(id string) string  { return w.Say(texts.ToRetry, "bot", w.bot, "id", id) }
func (w words) cancel(id string) string { return w.Say(texts.ToCancel, "bot", w.bot, "id", id) }

// A cause is why a delivery ended, for people: in the words of a plugin or a person,
// or in the bot's own. Of what somebody cancelled it says who did and why.
type cause struct {
	text        string // what the record keeps; empty: the outcome says it
	after       texts.Key
	who, reason string // of what was cancelled
}

// said is a cause in somebody else's words; because is one in the bot's own.
func said(text string) cause { return cause{text: text} }

func (m *Machine) because(key texts.Key, with ...any) cause {
	return cause{text: m.words().Say(key, with...)}
}

// follow says what is said behind a cause in the place of what is said otherwise.
func (c cause) follow(key texts.Key) cause {
	c.after = key
	return c
}

// done acknowledges a command that is done and said nothing.
func (w words) done(name string) string { return w.Say(texts.Done, "command", name) }

// ended says that a delivery ended otherwise than done; attempt is how often it ran.
func (w words) ended(name, id string, o chat.Outcome, why cause, attempt int) string {
	tried := ""
	if attempt > 1 && o != chat.Refused {
		tried = w.Say(texts.Tried, "n", attempt)
	}
	say := func(key, otherwise texts.Key, rest ...string) string {
		text := clip(why.text)
		if text == "" {
			text = w.Say(otherwise)
		}
		return w.Sentences(append([]string{w.Say(key, "command", name, "why", w.Sentence(text))}, rest...)...)
	}
	after := ""
	if why.after != (texts.Key{}) {
		after = w.Say(why.after)
	}
	switch o {
	case chat.Failed:
		return say(texts.Failed, texts.WhyFailed, tried, w.retry(id))
	case chat.Unknown:
		if after == "" {
			after = w.Say(texts.LookFirst)
		}
		return say(texts.Unknown, texts.WhyLost, after, tried, w.retry(id))
	case chat.Expired:
		return say(texts.NotRun, texts.WhyTooOld, tried, w.retry(id))
	case chat.Refused:
		return say(texts.Refused, texts.WhyForbidden, after, w.Say(texts.ByID, "id", id))
	}
	text := w.Say(texts.Cancelled, "command", name, "who", why.who)
	if why.reason != "" {
		text = w.Say(texts.CancelledFor, "command", name, "who", why.who, "reason", w.told(why.reason))
	}
	return w.Sentences(text, tried, w.retry(id))
}

// notPosted says that an answer of a handler did not reach who asked.
func (w words) notPosted(id string, state chat.SendState) string {
	key := texts.NotPosted
	switch state {
	case chat.SendUnknown:
		key = texts.PerhapsPosted
	case chat.SendExpired:
		key = texts.PostedTooLate
	}
	return w.Say(key, "bot", w.bot, "id", id)
}

// waits says why a delivery does not run yet.
func (w words) waits(name, id string, why texts.Text) string {
	return w.Sentences(w.Say(texts.Waits, "command", name, "why", why), w.cancel(id))
}

// again says that a first attempt went wrong.
func (w words) again(name, id, why string, pause time.Duration) string {
	return w.Sentences(w.Say(texts.Again, "command", name, "why", w.told(why), "time", pause), w.cancel(id))
}

// working says that nothing is wrong: it takes long.
func (w words) working(name, id string) string {
	return w.Sentences(w.Say(texts.Working, "command", name), w.cancel(id))
}

// isPaused says that a handler is paused, and what for.
func (w words) isPaused(plugin, reason string) texts.Text {
	if reason == "" {
		return texts.Of(texts.WaitsPaused, "plugin", plugin)
	}
	return texts.Of(texts.WaitsPausedFor, "plugin", plugin, "reason", w.told(reason))
}

// behind says for whom an order makes it wait.
func behind(first string, order chat.Order) texts.Text {
	switch order {
	case chat.OrderUser:
		return texts.Of(texts.WaitsUser, "first", first)
	case chat.OrderRoom:
		return texts.Of(texts.WaitsRoom, "first", first)
	}
	return texts.Of(texts.WaitsRoute, "first", first)
}

// missed says for which time messages were not seen.
func (w words) missed(from, to time.Time) string {
	at := w.Clock
	if from.Format(time.DateOnly) != to.Format(time.DateOnly) {
		at = w.Day
	}
	return w.Say(texts.Missed, "from", at(from), "to", at(to), "zone", to.Format("MST"), "time", to.Sub(from).Round(time.Second))
}

// paused and resumed tell operators what one of them did. plugin is empty for all
// handlers.
func (w words) paused(plugin, by, reason string, waiting int) string {
	var text string
	switch {
	case plugin == "" && reason == "":
		text = w.Say(texts.PausedAll, "who", by)
	case plugin == "":
		text = w.Say(texts.PausedAllFor, "who", by, "reason", w.told(reason))
	case reason == "":
		text = w.Say(texts.Paused, "plugin", plugin, "who", by)
	default:
		text = w.Say(texts.PausedFor, "plugin", plugin, "who", by, "reason", w.told(reason))
	}
	return w.Sentences(text, w.waiting(waiting))
}

func (w words) resumed(plugin, by string, waiting int) string {
	text := w.Say(texts.ResumedAll, "who", by)
	if plugin != "" {
		text = w.Say(texts.Resumed, "plugin", plugin, "who", by)
	}
	return w.Sentences(text, w.waiting(waiting))
}

func (w words) waiting(n int) string {
	if n == 0 {
		return w.Say(texts.NothingWaits)
	}
	return w.Say(texts.SomeWait, "n", n)
}

// broken tells operators that a process is given a rest.
func (w words) broken(plugins []string, why string) string {
	if len(plugins) > 1 {
		return w.Say(texts.DownTogether, "plugins", w.List(plugins...), "why", w.told(why), "bot", w.bot, "plugin", plugins[0])
	}
	return w.Say(texts.Down, "plugin", plugins[0], "why", w.told(why), "bot", w.bot)
}

// dropped tells operators that nobody runs again what ended badly.
func (w words) dropped(name, id string, o chat.Outcome, by, reason string) string {
	outcome := w.Word(o.String())
	if reason == "" {
		return w.Say(texts.Dropped, "command", name, "id", id, "outcome", outcome, "who", by)
	}
	return w.Say(texts.DroppedFor, "command", name, "id", id, "outcome", outcome, "who", by, "reason", w.told(reason))
}

// told is what somebody else wrote, as a sentence.
func (w words) told(text string) string { return w.Sentence(clip(text)) }

// maxTold bounds what a notice repeats of what a handler or a person said: it is
// a notice, and the record has the rest.
const maxTold = 4 << 10

func clip(text string) string {
	if len(text) <= maxTold {
		return text
	}
	return strings.ToValidUTF8(text[:maxTold], "") + "…"
}
