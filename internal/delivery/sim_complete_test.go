package delivery

import (
	"slices"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// complete says something of what the client has, had or never had.
func (w *world) complete(c *client) {
	if c.dead && w.chance(70) {
		return
	}
	from := &c.held
	if len(*from) == 0 || w.chance(15) {
		from = &c.old
	}
	if len(*from) == 0 {
		return
	}
	in, had := Complete{From: c.Replica}, slices.Concat(c.held, c.old)
	for range 1 + w.rng.IntN(3) {
		if len(*from) > 0 {
			in.Completions = append(in.Completions, w.completion(c, from))
		}
	}
	if w.chance(10) { // the same once more
		in.Completions = append(in.Completions, in.Completions[0])
	}
	in.Wait = len(in.Completions) == 1 && len(in.Completions[0].Sends) == 1 && w.chance(50)
	want, at := len(in.Completions), w.now
	w.do(in, func(r Reply) {
		if verdicts, ok := r.Value.([]Verdict); ok && c.adapter {
			w.putsOff(had, in.Completions, at, verdicts)
		}
		if r.Err == nil && !in.Wait && len(r.Value.([]Verdict)) != want {
			w.failf("%d verdicts of %d completions", len(r.Value.([]Verdict)), want)
		}
	})
}

// completion takes one of what the client has and says something of it.
func (w *world) completion(c *client, of *[]held) Completion {
	i := w.rng.IntN(len(*of))
	h := (*of)[i]
	done := Completion{Lease: h.Lease, Detail: "because"}
	keep := false
	if c.adapter {
		w.operated(&done, h)
	} else {
		if keep = w.handled(&done, h); done.Kind == DoneKind {
			w.transact(&done, c.Plugin)
		}
	}
	if !keep {
		*of = slices.Delete(*of, i, i+1)
		if len(c.old) < 20 {
			c.old = append(c.old, h)
		}
	}
	return done
}

func (w *world) handled(done *Completion, h held) (keep bool) {
	switch n := w.rng.IntN(100); {
	case n < 50:
		done.Kind = DoneKind
	case n < 65:
		done.Kind, done.UserText = Fail, pick(w.sim, []string{"", "no such app", "Stop!"})
	case n < 75:
		done.Kind, done.Delay = Retried, time.Duration(w.rng.IntN(20))*time.Second
		w.gaveBack(h)
	case n < 85:
		done.Kind = Release
		w.gaveBack(h)
	default:
		done.Kind, done.Extend, keep = Progress, time.Duration(w.rng.IntN(3))*time.Minute, true
	}
	for range w.rng.IntN(3) {
		_, place := w.people()
		send := KeyedSend{Key: pick(w.sim, []string{"a", "b", "c"}), Text: "reply", Terms: w.terms()}
		if w.chance(20) {
			send.Place, send.Elsewhere = place, w.chance(70)
		}
		done.Sends = append(done.Sends, send)
	}
	return keep
}

// operated says of a message what the adapter can know.
func (w *world) operated(done *Completion, h held) {
	done.Kind = DoneKind
	switch n := w.rng.IntN(100); {
	case h.posted && n < 80:
		done.Operation = &OperationResult{State: chat.Sent, ServiceID: w.draw("x")}
	case h.posted:
		done.Operation = &OperationResult{State: chat.SendUnknown, Detail: "the link broke"}
	case n < 30:
		done.Operation = &OperationResult{State: chat.SendFailed, Detail: "no such room"}
	case n < 50:
		done.Operation = &OperationResult{State: chat.SendUnknown}
	case n < 75:
		done.Kind, done.Delay = Retried, time.Duration(w.rng.IntN(5))*time.Second
		if w.chance(20) {
			done.Delay *= 60
		}
		w.gaveBackMail(h)
	case n < 90:
		done.Kind = Release
		w.gaveBackMail(h)
	default:
		done.Kind = Fail
	}
}
