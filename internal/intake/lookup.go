package intake

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/openchatops/oco/internal/chat"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const (
	// maxNames is how many names are looked up for one message, maxBatchNames for
	// those of one call, maxBeside how many at once (OCO-RTE-53).
	maxNames, maxBatchNames, maxBeside = 8, 32, 8
	// lookupTime is how long a call waits for all of its names.
	lookupTime = 2 * time.Second
	// lookupRest is how long nobody is asked after a call waited for so long: who
	// does not answer is not waited for by everybody again and again.
	lookupRest = 10 * time.Second
	// lookupsAMinute is how many names of one user are looked up a minute that were
	// not known.
	lookupsAMinute = 60
	// maxKnown bounds what is remembered of names, knownTerm and absentTerm for how
	// long: who is there, and who is not.
	maxKnown              = 1024
	knownTerm, absentTerm = time.Minute, 5 * time.Second
)

// A name is how a message names a user or a room: by the bot's id, or by a word.
type name struct {
	kind     chat.Kind // KindUser or KindRoom
	id, word string
	asker    string // who names a room; of a user empty
}

// An answer is what is known of a name.
type answer struct {
	user  *ocov1.User
	room  *ocov1.Room
	fault fault
}

// A fault is why nobody is known by a name.
type fault uint8

const (
	absent      fault = iota + 1 // there is none, as far as the asker may know
	several                      // there are several
	untold                       // the adapter can never tell
	unreachable                  // it cannot tell now
	unasked                      // too many are named
)

// lookups find out who and what is meant by names. They are safe for concurrent use.
type lookups struct {
	directory Directory
	slow      func() // a call waited in vain
	now       func() time.Time
	limits    *limits

	mu    sync.Mutex
	known recent[name, *finding]
	rest  time.Time // nobody is asked before
	era   int       // counts how often all was forgotten
}

// A finding is an answer for a while.
type finding struct {
	answer answer
	until  time.Time
}

func newLookups(d Directory, slow func(), now func() time.Time) *lookups {
	return &lookups{directory: d, slow: slow, now: now, limits: newLimits(), known: recent[name, *finding]{most: maxKnown}}
}

// recall gives what is known of a name without asking.
func (l *lookups) recall(n name) (answer, bool) {
	if l.directory == nil {
		return answer{fault: untold}, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if f, ok := l.known.get(n); ok && l.now().Before(f.until) {
		return f.answer, true
	}
	return answer{}, false
}

// forget forgets all answers: the operator may have given names of their own.
func (l *lookups) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known, l.rest = recent[name, *finding]{most: maxKnown}, time.Time{}
	l.era++
}

// find asks for what pending messages name, side by side and no longer than
// lookupTime, and leaves the answers with them (OCO-RTE-52).
func (l *lookups) find(ctx context.Context, waiting []*pending) {
	soon, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	answers := make(map[name]answer)
	var ask []name
	now := l.now()
	l.mu.Lock()
	resting, era := now.Before(l.rest), l.era
	l.mu.Unlock()
	for _, p := range waiting {
		for _, n := range p.wants {
			if _, counted := answers[n]; counted {
				continue
			}
			answers[n] = answer{fault: unreachable}
			if resting || len(ask) == maxBatchNames {
				continue
			}
			if !p.guess { // what only explains counts for nobody
				if over, _ := l.limits.take(p.event.GetActor().GetUserId(), now, lookupsAMinute); over {
					continue
				}
			}
			ask = append(ask, n)
		}
	}
	l.ask(soon, ask, answers)
	late := len(ask) > 0 && soon.Err() != nil && ctx.Err() == nil
	l.learn(ask, answers, era, late)
	if late {
		l.slow()
	}
	for _, p := range waiting {
		for _, n := range p.wants {
			p.found[n] = answers[n]
		}
	}
}

// ask puts the answers into the map that has all names already.
func (l *lookups) ask(ctx context.Context, names []name, answers map[name]answer) {
	next := make(chan name, len(names))
	for _, n := range names {
		next <- n
	}
	close(next)
	var mu sync.Mutex
	var hands sync.WaitGroup
	broken := "" // a panic beside the caller becomes one of the caller
	for range min(maxBeside, len(names)) {
		hands.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					mu.Lock()
					defer mu.Unlock()
					broken = fmt.Sprintf("%v\n%s", v, debug.Stack())
				}
			}()
			for n := range next {
				a := l.one(ctx, n)
				mu.Lock()
				answers[n] = a
				mu.Unlock()
			}
		})
	}
	hands.Wait()
	if broken != "" {
		panic(broken)
	}
}

func (l *lookups) one(ctx context.Context, n name) (a answer) {
	if ctx.Err() != nil {
		return answer{fault: unreachable}
	}
	var err error
	if n.kind == chat.KindUser {
		a.user, err = l.directory.FindUser(ctx, n.id, n.word)
	} else {
		a.room, err = l.directory.FindRoom(ctx, n.asker, n.id, n.word)
	}
	if err != nil {
		return answer{fault: faultOf(err)}
	}
	return a
}

func faultOf(err error) fault {
	refused, ok := errors.AsType[*chat.Error](err)
	if !ok {
		return unreachable
	}
	switch refused.Reason {
	case chat.UserNotFound, chat.RoomNotFound, chat.FieldInvalid:
		return absent
	case chat.RoomAmbiguous:
		return several
	case chat.CapabilityMissing:
		return untold
	}
	return unreachable
}

// learn remembers answers, unless all was forgotten since they were asked for. Who
// was late is not asked for a while.
func (l *lookups) learn(names []name, answers map[name]answer, era int, late bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if late {
		l.rest = now.Add(lookupRest)
	}
	if era != l.era {
		return
	}
	for _, n := range names {
		a, term := answers[n], knownTerm
		switch a.fault {
		case unreachable:
			continue
		case absent, several, untold:
			term = absentTerm
		}
		*l.known.of(n, func() *finding { return &finding{} }) = finding{a, now.Add(term)}
	}
}
