package delivery

import (
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/chat"
)

// says asks for a message, or for an operation: on a room, or on a message that
// was said there.
func (w *world) says() {
	_, place := w.people()
	in := Say{Send: NewSend{Place: place, Text: "news", Reason: chat.ForClient, Terms: w.terms()}, Wait: w.chance(30)}
	if w.chance(50) {
		in.Caller, in.Request, in.Body = "ci", pick(w.sim, []string{"r1", "r2", "r3"}), [16]byte{byte(w.rng.IntN(2))}
	}
	switch n := w.rng.IntN(100); {
	case n < 40:
		w.do(in, func(r Reply) { w.keep(in, r) })
	case n < 50:
		in.Send.Text, in.Send.Level = "", chat.Dropped
		w.do(in, func(r Reply) {
			if r.Err == nil && r.Value.(SendEnd).Level == chat.Dropped && r.Value.(SendEnd).Message != "" {
				w.failf("dropped and queued: %+v", r)
			}
		})
	case n < 70 || len(w.said) == 0:
		in.Send.Text, in.Send.Level = "", chat.Full
		in.Send.Act = &Act{Encoded: []byte("topic"), What: "topic"}
		w.do(in, nil)
	default:
		target := pick(w.sim, w.said)
		w.do(Locate{target}, func(r Reply) {
			if r.Err != nil {
				w.failf("%s was said and is not found: %v", target, r.Err)
			}
			w.located[target] = r.Value.(Located).Place
		})
		place, ok := w.located[target]
		if !ok {
			return // not answered yet
		}
		in.Send.Text, in.Send.Place, in.Send.Level = "", place, chat.Full
		in.Send.Act = &Act{Encoded: []byte("update"), What: updateOf + target}
		w.do(in, nil)
	}
}

const updateOf = "update of "

// keep remembers messages that are surely on disk, to change them later.
func (w *world) keep(in Say, r Reply) {
	if r.Err != nil || in.Send.Act != nil {
		return
	}
	end := r.Value.(SendEnd)
	if IsID(KindSend, end.Message) && !w.past.gone[end.Message] && !slices.Contains(w.said, end.Message) {
		w.said = append(w.said, end.Message)
	}
}

// leave makes a caller give up waiting.
func (w *world) leave() {
	var waiting []Token
	for token := range w.waits {
		if w.slow[token] {
			waiting = append(waiting, token)
		}
	}
	if len(waiting) == 0 {
		return
	}
	slices.Sort(waiting)
	token := pick(w.sim, waiting)
	w.waits[token] = func(Reply) {} // an answer may be under way
	w.do(Abandon{Caller: token}, nil)
	if w.m.waiters[token] != nil {
		w.failf("the caller %d left and is waited for", token)
	}
}

// acted holds what the adapter is asked for to the line of its room: what an
// operation changes was handed out before it and has ended (OCO-OPS-8).
func (w *world) acted(f Operate) {
	if f.Repeat || len(f.Parts) != 1 {
		w.failf("an operation that is marked, or merged: %+v", f)
	}
	o := w.m.outbox[f.Lease.Delivery]
	if o == nil {
		return // it has ended since, or the bot with it
	}
	if target, ok := strings.CutPrefix(o.what, updateOf); ok {
		if _, ended := w.applied[string(SentKey(target))]; !ended && !w.past.gone[target] {
			w.failf("%s overtakes %s", f.Lease.Delivery, target)
		}
	}
}

// waitersAgree: who waits is known at both ends, and waits for something.
func (x *sim) waitersAgree() {
	x.t.Helper()
	n := 0
	for id, o := range x.m.outbox {
		n += len(o.waiters)
		for _, token := range o.waiters {
			if x.m.waiters[token] != o {
				x.failf("%d waits for %s, which does not know it", token, id)
			}
		}
		if o.isAct() != IsID(KindOperation, id) {
			x.failf("%s is an operation: %t", id, o.isAct())
		}
	}
	if n != len(x.m.waiters) {
		x.failf("%d wait, %d are kept", n, len(x.m.waiters))
	}
}
