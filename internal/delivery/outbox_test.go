package delivery

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// tellWith puts one message of a client into the room, on its terms.
func (r *rig) tellWith(text string, terms Terms) SendEnd {
	r.t.Helper()
	return r.do(Say{Send: NewSend{Place: r.room, Text: text, Reason: chat.ForClient, Terms: terms}}).(SendEnd)
}

var loss = Terms{RepeatPolicy: chat.PreferLoss}

// What its sender would rather lose is not posted again where nobody can know, and
// its record says so: after a word of the adapter, its death, its silence, and the
// death of the bot with an adapter that was its child. A service that recognises
// repeats is asked again all the same. [OCO-DLV-58]
func TestRatherLostThanTwice(t *testing.T) {
	lost := map[string]func(r *rig, op Operate){
		"unknown":         func(r *rig, op Operate) { r.verdict(Committed, irc, sent(op.Lease, chat.SendUnknown)) },
		"adapter died":    func(r *rig, op Operate) { r.do(Gone{irc}) },
		"adapter silent":  func(r *rig, op Operate) { r.pass(31 * time.Second) },
		"adapter hangs":   func(r *rig, op Operate) { r.hang(op.Lease) },
		"bot and adapter": func(r *rig, op Operate) { r.restart(time.Second) },
	}
	for name, lose := range lost {
		for _, keyed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, keyed %t", name, keyed), func(t *testing.T) {
				r := newRig(t, func(o *Options) { o.ChildPlugins["irc"] = true })
				r.comeAsChild(irc, keyed)
				m := r.tellWith("one", loss)
				lose(r, r.operated())
				posted := len(of[Operate](r)) > 0
				if r.m.adapter() == nil {
					r.comeAsChild(Replica{"irc", "a2"}, keyed)
					posted = posted || len(of[Operate](r)) > 0
				}
				if r.pass(10 * time.Second); posted != keyed || !keyed && len(of[Operate](r)) > 0 {
					t.Fatalf("posted again: %t", posted)
				}
				if keyed {
					return
				}
				if row := r.sentRow(m.Message); chat.SendState(row.State) != chat.SendUnknown || !strings.Contains(row.Detail, "prefer_loss") || row.RepeatPolicy != uint32(chat.PreferLoss) {
					t.Errorf("%+v", row)
				}
			})
		}
	}
}

// comeAsChild is come for an adapter that is a process of the bot's own.
func (r *rig) comeAsChild(id Replica, keyed bool) {
	r.t.Helper()
	r.n++
	r.do(Hello{Replica: id, Role: chat.RoleAdapter, Child: true})
	r.do(Activate{Account: "account:1", From: id, Name: "oco", Service: "irc", Idempotent: keyed})
	r.do(Connect{Replica: id, Sink: Sink(r.n), Credit: 8})
}

// hang lets the adapter live and say nothing of a lease until its run is over.
func (r *rig) hang(l Lease) {
	var all []Effect
	for range 6 {
		r.do(Heartbeat{irc, []Lease{l}})
		r.pass(10 * time.Second)
		all = append(all, r.frames...)
	}
	r.frames = all
}

// What never left the bot, and what the adapter gave back, was not posted and is
// offered again, whatever its policy. [OCO-DLV-58]
func TestRatherLostIsNotLostWithoutReason(t *testing.T) {
	r := newRig(t)
	sink := r.come(irc, 8)
	r.tellWith("one", loss)
	r.verdict(Committed, irc, Completion{Lease: r.operated().Lease, Kind: Release})
	r.pass(releaseHold)
	r.verdict(Committed, irc, Completion{Lease: r.operated().Lease, Kind: Retried})
	r.pass(time.Second)
	r.do(Disconnect{Replica: irc, Sink: sink, Unsent: []Lease{r.operated().Lease}})
	r.come(irc, 8)
	r.verdict(Committed, irc, sent(r.operated().Lease, chat.Sent))
}

// Its policy and how long it is worth posting stay known over a restart, and a
// committed key is not sent again, whatever is said of it then. [OCO-DLV-20]
func TestTermsOutliveARestart(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	key := KeyedSend{Key: "a", Text: "deployed", Terms: Terms{RepeatPolicy: chat.PreferLoss, ValidFor: time.Hour}}
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Progress, Sends: []KeyedSend{key}})
	r.restart(time.Second)
	r.come(far, 1)
	key.Terms = Terms{}
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind, Sends: []KeyedSend{key}})
	r.come(irc, 8)
	r.verdict(Committed, irc, sent(r.operated().Lease, chat.SendUnknown))
	row := r.sentRow(id + "/a")
	if chat.SendState(row.State) != chat.SendUnknown || row.ValidMs != time.Hour.Milliseconds() {
		t.Fatalf("%+v", row)
	}
	if notice := r.operated(); !strings.Contains(notice.Parts[0].Text, "may not have been posted") {
		t.Fatalf("%+v", notice)
	}
}

// What an attempt may have posted is never said to be surely not sent. [OCO-DLV-60]
func TestNothingUnsureIsSurelyNotSent(t *testing.T) {
	for name, end := range map[string]func(r *rig, l Lease){
		"failed": func(r *rig, l Lease) { r.verdict(Committed, irc, sent(l, chat.SendFailed)) },
		"fail": func(r *rig, l Lease) {
			r.verdict(Committed, irc, Completion{Lease: l, Kind: Fail, Detail: "no such room"})
		},
		"gives up": func(r *rig, l Lease) { r.giveUp(l) },
		"expired": func(r *rig, l Lease) {
			r.verdict(Committed, irc, Completion{Lease: l, Kind: Retried, Delay: time.Hour})
			r.pass(30 * time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.come(irc, 8)
			m := r.tellWith("one", Terms{ValidFor: 20 * time.Minute})
			r.verdict(Committed, irc, sent(r.operated().Lease, chat.SendUnknown))
			end(r, r.operated().Lease)
			if row := r.sentRow(m.Message); chat.SendState(row.State) != chat.SendUnknown || row.Detail == "" {
				t.Fatalf("%+v", row)
			}
		})
	}
}

// giveUp asks for other attempts until the bot makes no more.
func (r *rig) giveUp(l Lease) {
	for range sendAttempts {
		r.do(Heartbeat{irc, nil})
		r.verdict(Committed, irc, Completion{Lease: l, Kind: Retried, Detail: "not now"})
		if r.pass(8 * time.Second); len(of[Operate](r)) == 0 {
			return
		}
		l = r.operated().Lease
	}
}

// That an earlier attempt surely failed says nothing of the one in the adapter's
// hands. [OCO-DLV-60]
func TestLateFailureOfAnEarlierAttempt(t *testing.T) {
	r := newRig(t)
	r.come(irc, 8)
	m := r.tell("one")
	first := r.operated()
	r.hang(first.Lease)
	second := r.operated()
	r.verdict(Committed, irc, sent(first.Lease, chat.SendFailed))
	if r.m.outbox[m.Message] == nil {
		t.Fatal("it ended failed while the adapter was posting it")
	}
	r.verdict(Committed, irc, sent(second.Lease, chat.Sent))
	if row := r.sentRow(m.Message); chat.SendState(row.State) != chat.Sent {
		t.Fatalf("%+v", row)
	}

	m = r.tell("two") // one attempt, lost and waiting to be repeated
	first = r.operated()
	r.do(Gone{irc})
	r.do(Hello{Replica: irc, Role: chat.RoleAdapter})
	r.verdict(Committed, irc, sent(first.Lease, chat.SendFailed))
	if row := r.sentRow(m.Message); chat.SendState(row.State) != chat.SendFailed {
		t.Fatalf("its only attempt surely failed: %+v", row)
	}
}
