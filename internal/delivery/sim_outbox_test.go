package delivery

import (
	"strings"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
	"google.golang.org/protobuf/proto"
)

// A mail is what the world knows of a message or another operation.
type mail struct {
	loss    bool      // it is rather lost than posted twice
	answers bool      // who addressed the bot waits for it
	act     bool      // it is no message
	ended   bool      // and not well
	over    time.Time // it must not be offered then any more
	offers  int       // frames that were let out and not given back
}

// terms draws on what terms a message is sent.
func (w *world) terms() (t Terms) {
	if w.chance(30) {
		t.RepeatPolicy = chat.PreferLoss
	}
	if w.chance(30) {
		t.ValidFor = time.Duration(1+w.rng.IntN(90)) * time.Second
	}
	return t
}

// mailed learns of what a session put into the outbox, and holds the ends of what
// it took out to the contract.
func (x *sim) mailed(c Change) {
	for w := range c.Batch.Writes {
		key := string(w.Key)
		var row record.Send
		if w.Op != store.OpPut || !strings.HasPrefix(key, prefixOutbox) && !strings.HasPrefix(key, prefixSent) {
			continue
		}
		if err := proto.Unmarshal(w.Value, &row); err != nil {
			x.failf("%v", err)
		}
		if strings.HasPrefix(key, prefixSent) {
			x.endedAsItWas(&row)
			continue
		}
		age := x.opt.SendAge
		if row.ValidMs > 0 {
			age = min(age, time.Duration(row.ValidMs)*time.Millisecond)
		}
		x.world.mails[row.Id] = &mail{
			loss: row.RepeatPolicy == uint32(chat.PreferLoss), answers: row.Answers, act: row.What != "",
			over: time.UnixMilli(row.MadeMs).Add(age + time.Millisecond),
		}
	}
}

// endedAsItWas: who waited for an answer that is not surely posted is told
// (OCO-DLV-45), and an end that is not good says why.
func (x *sim) endedAsItWas(row *record.Send) {
	m := x.world.mails[row.Id]
	if m == nil || m.ended || chat.SendState(row.State) == chat.Sent || row.State == 0 {
		return
	}
	m.ended = true // later only what retention leaves of it is written
	if row.Detail == "" && chat.SendState(row.State) == chat.SendExpired {
		x.failf("%s ended %s without a word", row.Id, chat.SendState(row.State))
	}
	if !m.answers {
		return
	}
	for k, v := range x.applied {
		var told record.Send
		if !strings.HasPrefix(k, prefixOutbox) && !strings.HasPrefix(k, prefixSent) {
			continue
		}
		if err := proto.Unmarshal(v, &told); err != nil {
			x.failf("%v", err)
		}
		if told.Delivery == row.Delivery && told.Reason == uint32(chat.ForNotice) && told.MadeMs >= row.EndMs {
			return
		}
	}
	x.failf("%s ended %s, and who asked is not told", row.Id, chat.SendState(row.State))
}

// mayOperate holds an operation that reaches the adapter to the terms of its
// message, and to what the adapter asked for its room.
func (w *world) mayOperate(f Operate) {
	id := f.Lease.Delivery
	if until := w.putOff[f.Place.Key()]; w.framed.Before(until) {
		w.failf("%s is asked for %s before its room may be asked again (OCO-DLV-61)", id, until.Sub(w.framed))
	}
	m := w.mails[id]
	if m == nil {
		return // it began and ended in one session
	}
	m.offers++
	if m.loss && !w.idempotent && !m.act && m.offers > 1 {
		w.failf("%s is offered again, and its sender would rather lose it (OCO-DLV-58)", id)
	}
	if !w.framed.Before(m.over) && len(f.Parts) == 1 {
		w.failf("%s is offered %s after its time (OCO-DLV-59)", id, w.framed.Sub(m.over))
	}
}

// gaveBackMail notes that a message was surely not posted by an attempt.
func (w *world) gaveBackMail(h held) {
	if m := w.mails[h.Delivery]; m != nil {
		m.offers--
	}
}

// putsOff notes for which rooms the adapter asked to wait, once the bot has agreed.
func (w *world) putsOff(of []held, in []Completion, at time.Time, verdicts []Verdict) {
	for i, c := range in {
		for _, h := range of {
			if h.Lease == c.Lease && c.Kind == Retried && c.Delay > 0 && i < len(verdicts) && verdicts[i].Kind == Committed {
				w.putOff[h.room] = at.Add(c.Delay - time.Nanosecond)
			}
		}
	}
}

// surelyNotSent: what ended failed or expired was never posted (OCO-DLV-60).
func (x *sim) surelyNotSent() {
	for k, v := range x.applied {
		if !strings.HasPrefix(k, prefixSent) {
			continue
		}
		var row record.Send
		if err := proto.Unmarshal(v, &row); err != nil {
			x.failf("%v", err)
		}
		state := chat.SendState(row.State)
		if (state == chat.SendFailed || state == chat.SendExpired) && x.world.posted[row.Id] > 0 {
			x.failf("%s ended %s (%q) and was posted", row.Id, state, row.Detail)
		}
	}
}
