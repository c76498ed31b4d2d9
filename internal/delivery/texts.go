package delivery

import (
	"fmt"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// All that the bot says of its own accord about deliveries is in this file. Each
// text names the command, says what happened in one calm sentence, then what can
// be done about it, with the id that show, retry and cancel take.

const (
	saidError    = "the handler reported an error"
	saidLost     = "the handler was lost while it ran"
	saidNotYet   = "it could not be done yet"
	saidTooOld   = "the message was too old when it came in"
	saidTooLong  = " was not running for too long" // after the name of a plugin
	saidTimedOut = "it timed out after "           // before a time
	saidFull     = "too much is waiting for "      // before the name of a plugin
	saidForbid   = "you may not run it"
)

// words puts what the bot says into words, for people who call it by a name.
type words struct{ bot string }

func (w words) retry(id string) string {
	return fmt.Sprintf(" To run it again: %s retry %s", w.bot, id)
}
func (w words) cancel(id string) string { return fmt.Sprintf(" To cancel it: %s cancel %s", w.bot, id) }

// done acknowledges a command that is done and said nothing.
func (w words) done(name string) string { return name + ": done." }

// ended says that a delivery ended otherwise than done. why is empty or says
// why, for people; attempt is how often it ran.
func (w words) ended(name, id string, o chat.Outcome, why string, attempt int) string {
	why = clip(why)
	tried := ""
	if attempt > 1 && o != chat.Refused {
		tried = fmt.Sprintf(" It was tried %d times.", attempt)
	}
	switch o {
	case chat.Failed:
		return fmt.Sprintf("%s failed: %s", name, sentence(or(why, saidError))) + tried + w.retry(id)
	case chat.Unknown:
		then := " It may have run or not: look first."
		if strings.HasPrefix(why, saidTimedOut) {
			then = " It may go on: if it ends, its result is said here."
		}
		return fmt.Sprintf("%s: outcome unknown, %s", name, sentence(or(why, saidLost))) + then + tried + w.retry(id)
	case chat.Expired:
		return fmt.Sprintf("%s did not run: %s", name, sentence(or(why, saidTooOld))) + tried + w.retry(id)
	case chat.Refused:
		then := ""
		if strings.HasPrefix(why, saidFull) {
			then = " Say it again later."
		}
		return fmt.Sprintf("%s was refused: %s%s (%s)", name, sentence(or(why, saidForbid)), then, id)
	}
	return fmt.Sprintf("%s was cancelled %s", name, sentence(why)) + tried + w.retry(id)
}

// notPosted says that an answer of a handler did not reach who asked.
func (w words) notPosted(id string, state chat.SendState) string {
	what := "could not be posted"
	switch state {
	case chat.SendUnknown:
		what = "may not have been posted"
	case chat.SendExpired:
		what = "was not posted, because its time was over before it could be"
	}
	return fmt.Sprintf("An answer to you %s. Operators see why with: %s show %s", what, w.bot, id)
}

// runsAgain and isCancelled answer who told the bot to do so.
func runsAgain(old, id string) string { return fmt.Sprintf("%s runs again, as %s.", old, id) }
func isCancelled(id string) string    { return id + " is cancelled." }

// waits says why a delivery does not run yet.
func (w words) waits(name, id, why string) string {
	return fmt.Sprintf("%s waits: %s", name, sentence(why)) + w.cancel(id)
}

// again says that a first attempt went wrong.
func (w words) again(name, id, why string, pause time.Duration) string {
	return fmt.Sprintf("%s: %s Trying again in %s.", name, sentence(clip(why)), span(pause)) + w.cancel(id)
}

// working says that nothing is wrong: it takes long.
func (w words) working(name, id string) string {
	return name + " is still running." + w.cancel(id)
}

func notRunning(plugin string, most time.Duration) string {
	return fmt.Sprintf("%s is not running. It runs if %s is back within %s", plugin, plugin, span(most))
}

func isDown(plugin string, most time.Duration) string {
	return fmt.Sprintf("%s is down, because it ends again and again. It runs if %s is back within %s", plugin, plugin, span(most))
}

func isPaused(plugin, reason string) string {
	if reason != "" {
		return fmt.Sprintf("%s is paused by an operator: %s", plugin, clip(reason))
	}
	return plugin + " is paused by an operator"
}

func isBusy(plugin string) string { return plugin + " is busy" }

const botRestarted = "the bot was started again, and goes on in a moment"

// behind says for whom an order makes it wait.
func behind(first string, order chat.Order) string {
	switch order {
	case chat.OrderUser:
		return fmt.Sprintf("%s runs first, because one of yours runs here at a time", first)
	case chat.OrderRoom:
		return fmt.Sprintf("%s runs first, because one runs in this room at a time", first)
	}
	return fmt.Sprintf("%s runs first, because one runs at a time", first)
}

// missed says for which time messages were not seen.
func missed(from, to time.Time) string {
	layout := time.TimeOnly
	if from.Format(time.DateOnly) != to.Format(time.DateOnly) {
		layout = time.DateTime
	}
	return fmt.Sprintf("I was away from %s to %s (%s): messages in that time were not seen.",
		from.Format(layout), to.Format(layout+" MST"), span(to.Sub(from).Round(time.Second)))
}

// paused and resumed tell operators what one of them did. plugin is empty for all
// handlers.
func paused(plugin, by, reason string, waiting int) string {
	text := fmt.Sprintf("%s was paused by %s", plugin, by)
	if plugin == "" {
		text = "All handlers were paused by " + by
	}
	if reason != "" {
		text += ": " + clip(reason)
	}
	return sentence(text) + " " + waits(waiting)
}

func resumed(plugin, by string, waiting int) string {
	if plugin == "" {
		return fmt.Sprintf("All handlers were resumed by %s. %s", by, waits(waiting))
	}
	return fmt.Sprintf("%s was resumed by %s. %s", plugin, by, waits(waiting))
}

func waits(n int) string {
	switch n {
	case 0:
		return "Nothing waits."
	case 1:
		return "1 delivery waits."
	}
	return fmt.Sprintf("%d deliveries wait.", n)
}

// broken tells operators that a process is given a rest.
func (w words) broken(plugins []string, why string) string {
	down := plugins[0] + " is down: it ends"
	if len(plugins) > 1 {
		down = strings.Join(plugins, ", ") + " are down: their process ends"
	}
	return fmt.Sprintf("%s again and again, at last with: %s It is tried every few minutes. To try at once: %s plugins restart %s",
		down, sentence(clip(why)), w.bot, plugins[0])
}

// dropped tells operators that nobody runs again what ended badly.
func dropped(name, id string, o chat.Outcome, by, reason string) string {
	text := fmt.Sprintf("%s (%s), which ended %s, was dropped by %s", name, id, o, by)
	if reason != "" {
		text += ": " + clip(reason)
	}
	return sentence(text)
}

// gone tells operators that nobody can settle any more what ended badly.
func gone(n int) string {
	what := "1 delivery that ended badly, and that nobody settled, was"
	if n > 1 {
		what = fmt.Sprintf("%d deliveries that ended badly, and that nobody settled, were", n)
	}
	return what + " kept for as long as records are, and cannot be run again."
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

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// span is a time as people say it: 1 h, 3 min 7 s, 90 min as 1 h 30 min.
func span(d time.Duration) string {
	if d < time.Second {
		return "a moment"
	}
	d = d.Round(time.Second)
	var parts []string
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / unit.of; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
			d -= n * unit.of
		}
	}
	return strings.Join(parts, " ")
}
