package intake

import (
	"sync"
	"time"
)

const (
	// atOnce is how soon after an answer of the bot's a message comes that counts
	// as an answer to it. People read first; what they paste comes in pauses of
	// two seconds, by which chat programs keep below the limits of servers.
	atOnce = 1500 * time.Millisecond
	// quiet is how long the bot says no more of what it has said enough of.
	quiet = time.Minute
	// maxTalks bounds what the guard remembers.
	maxTalks = 4096
)

// A talk is what one user says in one room.
type talk struct{ user, room string }

// A guard ends conversations of programs: no chat service can be relied upon to
// say that somebody is one. It is safe for concurrent use.
type guard struct {
	mu     sync.Mutex
	talks  recent[talk, *turns]
	traces map[string]*turns // by the traces that turns holds
}

// turns are who spoke when in a talk.
type turns struct {
	traces   [4]string // of the last messages that were taken
	next     int       // of traces, to be replaced
	answered string    // the message that was answered since the last one came
	at       time.Time // when the bot spoke last
	inRow    int       // messages that came at once after an answer, without a pause
	held     bool      // it was told that no more is taken
	wrong    int       // answers that there is no such thing, without anything else between
	since    time.Time // the first of them
	told     time.Time // when operators were told
}

func newGuard() *guard {
	g := &guard{traces: map[string]*turns{}}
	g.talks = recent[talk, *turns]{most: maxTalks, gone: func(t *turns) {
		for _, trace := range t.traces {
			delete(g.traces, trace)
		}
	}}
	return g
}

func (g *guard) of(t talk) *turns { return g.talks.of(t, func() *turns { return &turns{} }) }

// turn takes that a message is about to be delivered or answered. held says that it
// must not be: most messages in a row came at once after an answer to the one
// before. first says that this is the first one that is held.
func (g *guard) turn(who talk, trace string, now time.Time, most int) (held, first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.of(who)
	switch soon := now.Sub(t.at) <= atOnce; {
	case !soon:
		t.inRow, t.held = 0, false
	case t.answered != "":
		t.inRow++
	}
	t.answered = ""
	held = t.inRow >= most
	first = held && !t.held
	t.held = held
	if !held || first {
		delete(g.traces, t.traces[t.next])
		t.traces[t.next] = trace
		t.next = (t.next + 1) % len(t.traces)
		g.traces[trace] = t
	}
	return held, first
}

// posting takes that the adapter is asked to post what answers a message.
func (g *guard) posting(trace string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.traces[trace]; t != nil {
		t.answered, t.at = trace, now
	}
}

// posted takes that it is posted. It may be long after it was asked for, and the
// answer to it may have come before.
func (g *guard) posted(trace string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.traces[trace]; t != nil && t.answered == trace {
		t.at = now
	}
}

// complain takes that the bot is about to say that there is no such command, or
// that it is not said right, or not for this user. enough says that it has said so
// often enough for a while, and last that this is the last time.
func (g *guard) complain(who talk, now time.Time, most int) (enough, last bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.of(who)
	if now.Sub(t.since) > quiet {
		t.wrong, t.since = 0, now
	}
	t.wrong++
	if t.wrong == most {
		t.since = now // for a whole minute from here
	}
	return t.wrong > most, t.wrong == most
}

// good takes that something of a talk was a command, or a word, that there is.
func (g *guard) good(who talk) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.of(who).wrong = 0
}

// tell says whether operators are to be told of a talk: once in an hour.
func (g *guard) tell(who talk, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.of(who)
	if !t.told.IsZero() && now.Sub(t.told) < time.Hour {
		return false
	}
	t.told = now
	return true
}
